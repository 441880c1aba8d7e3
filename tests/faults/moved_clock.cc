// A wall clock that is set, or runs fast, under the real program by LD_PRELOAD; the monotonic one
// goes on as it is. The file that MOVED_CLOCK names is a Control, which tests write while the
// program runs. Timers are left alone: libfaketime bends an Asio timer that is already due into one
// that never is.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct Control {
  std::atomic<std::int64_t> offset;  // ns
  std::atomic<std::int64_t> begin;   // ns since the epoch: from then on it runs
  std::atomic<std::int64_t> faster;  // by so many thousandths
};

Control* control = nullptr;

__attribute__((constructor)) void take_orders() {
  const char* const path = std::getenv("MOVED_CLOCK");
  if (path == nullptr) return;
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  void* const page = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (page != MAP_FAILED) control = static_cast<Control*>(page);
}

std::int64_t moved(std::int64_t now) {
  if (control == nullptr) return now;
  return now + control->offset + (now - control->begin) / 1000 * control->faster;
}

std::int64_t wall_clock() {
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return moved(now.tv_sec * kSecond + now.tv_nsec);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
    return static_cast<int>(::syscall(SYS_clock_gettime, clock, out));
  const std::int64_t now = wall_clock();
  *out = {now / kSecond, now % kSecond};
  return 0;
}

int gettimeofday(timeval* out, void* /*zone*/) noexcept {
  const std::int64_t now = wall_clock();
  *out = {now / kSecond, now % kSecond / 1000};
  return 0;
}

std::time_t time(std::time_t* out) noexcept {
  const std::time_t now = wall_clock() / kSecond;
  if (out != nullptr) *out = now;
  return now;
}
}
