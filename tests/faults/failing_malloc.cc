// Allocations that fail when they are told to, under the real program by LD_PRELOAD. The file that
// FAILING_MALLOC names is a Control, which tests write and read while the program runs.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace {

struct Control {
  std::atomic<std::int64_t> left;   // allocations that succeed before one fails; negative: at rest
  std::atomic<std::int64_t> burst;  // how many more fail after it
  std::atomic<std::int64_t> struck;
};

Control* control = nullptr;

__attribute__((constructor)) void take_orders() {
  const char* const path = std::getenv("FAILING_MALLOC");
  if (path == nullptr) return;
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  void* const page = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (page != MAP_FAILED) control = static_cast<Control*>(page);
}

bool fails() {
  if (control == nullptr) return false;
  if (control->left.load(std::memory_order_relaxed) >= 0) {
    if (control->left.fetch_sub(1) > 0) return false;
  } else if (control->burst.load(std::memory_order_relaxed) <= 0 ||
             control->burst.fetch_sub(1) <= 0) {
    return false;
  }
  ++control->struck;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);

void* malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) {
  return fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) { return fails() ? nullptr : __libc_realloc(old, size); }
}
