#include "daemon/log.h"

#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace revisitd::daemon {
namespace {

constexpr std::size_t kQueue = 512;  // lines
constexpr int kBurst = 20;           // lines of one message …
constexpr auto kBurstTime = std::chrono::seconds(10);
constexpr std::size_t kMostMessages = 256;
constexpr auto kFlushTime = std::chrono::milliseconds(500);

// Waits as long as standard error does.
void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(STDERR_FILENO, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return;  // a log that cannot be written cannot be told of on the log
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

// The lines under way to standard error, and the thread that takes them there. The thread shares it
// and is left to itself, because a reader that has stopped must not hold up the end of the program.
class Writer {
 public:
  static std::shared_ptr<Writer> start() {
    auto writer = std::make_shared<Writer>();
    std::thread([writer] { writer->run(); }).detach();
    return writer;
  }

  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    if (lines_.size() >= kQueue) {
      lines_.pop_front();
      ++dropped_;
    }
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }

  // Until all is written, or for a moment.
  void flush() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kFlushTime, [this] { return lines_.empty() && !writing_; });
  }

  void end() {
    flush();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  std::uint64_t dropped() {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
      if (lines_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const std::string line = std::move(lines_.front());
      lines_.pop_front();
      writing_ = true;
      lock.unlock();
      write_all(line);
      lock.lock();
      writing_ = false;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::uint64_t dropped_ = 0;
  bool writing_ = false;
  bool ended_ = false;
};

class StderrLog final : public Log {
 public:
  StderrLog(LogLevel least, LogFormat format) : least_(least), format_(format) {}
  ~StderrLog() override { writer_->end(); }

  void write(LogLevel level, std::string_view message, LogFields fields) override {
    if (level < least_) return;
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const int suppressed = admit(message);
    if (suppressed < 0) return;
    writer_->add(format_log_line(format_, now, level, message, fields) + '\n');
    if (suppressed == 0) return;
    writer_->add(
        format_log_line(format_, now, LogLevel::warn, "lines of this message were left out",
                        {{"of", std::string(message)}, {"count", std::to_string(suppressed)}}) +
        '\n');
  }

  std::uint64_t dropped() const override { return writer_->dropped(); }
  void flush() override { writer_->flush(); }

 private:
  struct Burst {
    std::chrono::steady_clock::time_point since{};
    int lines = 0;
  };

  // -1 when the line must be left out, else how many were before it.
  int admit(std::string_view message) {
    const std::lock_guard lock(mutex_);
    if (bursts_.size() > kMostMessages) bursts_.clear();
    const auto now = std::chrono::steady_clock::now();
    Burst& burst = bursts_.try_emplace(std::string(message), Burst{now, 0}).first->second;
    int suppressed = 0;
    if (now - burst.since >= kBurstTime) {
      suppressed = std::max(0, burst.lines - kBurst);
      burst = {now, 0};
    }
    return ++burst.lines > kBurst ? -1 : suppressed;
  }

  LogLevel least_;
  LogFormat format_;
  std::shared_ptr<Writer> writer_ = Writer::start();
  std::mutex mutex_;
  std::map<std::string, Burst, std::less<>> bursts_;
};

class SilentLog final : public Log {
 public:
  void write(LogLevel, std::string_view, LogFields) override {}
  std::uint64_t dropped() const override { return 0; }
  void flush() override {}
};

}  // namespace

std::unique_ptr<Log> make_log(LogLevel least, LogFormat format) {
  return std::make_unique<StderrLog>(least, format);
}

std::unique_ptr<Log> make_silent_log() { return std::make_unique<SilentLog>(); }

}  // namespace revisitd::daemon
