#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/result.h"
#include "rules/time.h"

// Logs for people and machines, one line an event on standard error.
namespace revisitd::daemon {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { logfmt, json };
Result<LogLevel> parse_log_level(std::string_view name);
Result<LogFormat> parse_log_format(std::string_view name);

struct LogField {
  std::string_view key;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

// One line without its newline. Control bytes, escapes, bidirectional marks and what is not UTF-8
// come out escaped as JSON does it, and every value is cut after 1 KiB, so nobody who is logged can
// forge or flood a line.
std::string format_log_line(LogFormat format, TimePoint at, LogLevel level,
                            std::string_view message, LogFields fields);

// Writes lines on a thread of its own and never makes the caller wait: when standard error does not
// take them, the oldest are dropped and counted. Lines of the same message are limited to 20 in 10
// seconds; the first one after that says how many were left out. Thread-safe.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message, LogFields fields) = 0;
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
  // Waits until what was written has left the program, though not for long.
  virtual void flush() = 0;

  void debug(std::string_view message, LogFields fields = {}) {
    write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, LogFields fields = {}) {
    write(LogLevel::info, message, fields);
  }
  void warn(std::string_view message, LogFields fields = {}) {
    write(LogLevel::warn, message, fields);
  }
  void error(std::string_view message, LogFields fields = {}) {
    write(LogLevel::error, message, fields);
  }
};

std::unique_ptr<Log> make_log(LogLevel least, LogFormat format);
// Keeps nothing; for tests and commands that do not log.
std::unique_ptr<Log> make_silent_log();

}  // namespace revisitd::daemon
