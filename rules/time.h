#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "rules/result.h"

// Time as the whole project speaks it: UTC, whole milliseconds since the Unix epoch, always an
// argument. Only the daemon's scheduler reads a clock. No time zone is ever consulted.
namespace revisitd {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Parses a duration of the Prometheus family: one or more of y w d h m s ms, each at most once, in
// that order
// ("1h30m", "7d", "250ms", "0"). Fractions ("1.5h"), signs, blanks and values over 100 years are
// errors.
Result<Duration> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back as the same value: "1h30m", "7d", "250ms", "0s".
// Weeks and years are written as days, as people speak of windows. Negative durations get a leading
// '-'.
std::string format_duration(Duration duration);

// Parses RFC 3339 ("2026-05-04T10:00:00Z", with offsets and up to nine decimals, of which those
// past the millisecond are dropped) or a bare date ("2026-05-04", midnight UTC). Years 0000 to
// 9999; a leap second 23:59:60Z is the first instant of the next day.
Result<TimePoint> parse_time(std::string_view text);

// RFC 3339 in UTC: "2026-05-04T10:00:00Z", with ".mmm" only where the milliseconds are not zero.
// Times outside the years 0000 to 9999 print as the nearest time inside.
std::string format_time(TimePoint time);

// The calendar date in UTC: "2026-05-04".
std::string format_date(TimePoint time);

constexpr std::int64_t to_millis(TimePoint time) { return time.time_since_epoch().count(); }
constexpr TimePoint from_millis(std::int64_t millis) { return TimePoint{Duration{millis}}; }
constexpr double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

// A slot of `length` is half-open [start, start + length) with start a multiple of length since the
// epoch. slot_index is floor(time / length), also before 1970; length must be positive.
constexpr std::int64_t slot_index(TimePoint time, Duration length) {
  const std::int64_t t = to_millis(time);
  const std::int64_t l = length.count();
  return t >= 0 ? t / l : -((-t + l - 1) / l);
}
constexpr TimePoint slot_start(std::int64_t index, Duration length) {
  return from_millis(index * length.count());
}

}  // namespace revisitd
