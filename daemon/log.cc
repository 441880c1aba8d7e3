#include "daemon/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <condition_variable>
#include <map>
#include <mutex>

namespace revisitd::daemon {
namespace {

constexpr std::size_t kQueue = 512;  // lines
constexpr int kBurst = 20;           // lines of one message …
constexpr auto kBurstTime = std::chrono::seconds(10);
constexpr std::size_t kMostMessages = 256;
constexpr auto kFlushPatience = std::chrono::milliseconds(500);

// Standard error, and how often all that was logged so far has got there.
class StderrSink final : public spdlog::sinks::stderr_sink_mt {
 public:
  void flush() override {
    spdlog::sinks::stderr_sink_mt::flush();
    const std::lock_guard lock(flushed_mutex_);
    ++flushed_;
    changed_.notify_all();
  }
  // False when it takes longer than `patience`.
  bool wait_flushed(std::uint64_t count, std::chrono::milliseconds patience) {
    std::unique_lock lock(flushed_mutex_);
    return changed_.wait_for(lock, patience, [&] { return flushed_ >= count; });
  }

 private:
  std::mutex flushed_mutex_;
  std::condition_variable changed_;
  std::uint64_t flushed_ = 0;
};

class StderrLog final : public Log {
 public:
  StderrLog(LogLevel least, LogFormat format)
      : least_(least),
        format_(format),
        sink_(std::make_shared<StderrSink>()),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueue, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "revisitd", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_pattern("%v");
    logger_->set_level(spdlog::level::trace);
    // A log that cannot be written must not be reported on the log.
    logger_->set_error_handler([](const std::string&) {});
  }

  void write(LogLevel level, std::string_view message, LogFields fields) override {
    if (level < least_) return;
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const int suppressed = admit(message);
    if (suppressed < 0) return;
    std::string line = format_log_line(format_, now, level, message, fields);
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    if (suppressed == 0) return;
    line = format_log_line(format_, now, LogLevel::warn, "lines of this message were left out",
                           {{"of", std::string(message)}, {"count", std::to_string(suppressed)}});
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

  std::uint64_t dropped() const override { return pool_->overrun_counter(); }
  void flush() override {
    std::uint64_t mine = 0;
    {
      const std::lock_guard lock(mutex_);
      mine = ++flushes_;
    }
    logger_->flush();
    sink_->wait_flushed(mine, kFlushPatience);
  }

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
  std::shared_ptr<StderrSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::mutex mutex_;
  std::uint64_t flushes_ = 0;
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
