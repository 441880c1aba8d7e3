#include "collectors/counter_range.h"

#include <algorithm>
#include <limits>

namespace revisitd::collectors {
namespace {

// Of all milliseconds a time can have, those whose differences do not overflow.
constexpr std::int64_t kFarthestTime = std::int64_t{1} << 61;

double seconds(std::int64_t millis) { return static_cast<double>(millis) / 1000.0; }

}  // namespace

void CounterRange::add(TimePoint time, double value, bool reset) {
  if (samples_ == 0) {
    first_time_ = to_millis(time);
    first_ = value;
  } else if (reset) {
    lost_ += last_;
  }
  span_ = static_cast<std::uint32_t>(to_millis(time) - first_time_);
  last_ = value;
  ++samples_;
}

std::optional<double> CounterRange::rate(TimePoint start, TimePoint end) const {
  const std::optional<double> by = factor(start, end);
  if (!by) return std::nullopt;
  return increase() * *by;
}

std::optional<double> CounterRange::factor(TimePoint start, TimePoint end) const {
  if (samples_ < 2) return std::nullopt;
  const double sampled = seconds(span_);
  const double interval = sampled / static_cast<double>(samples_ - 1);
  const double near = interval * 1.1;

  double to_start = seconds(first_time_ - to_millis(start));
  if (to_start >= near) to_start = interval / 2;
  // A counter is never negative, so the line through the samples must not be drawn below zero.
  if (increase() > 0 && first_ >= 0) {
    to_start = std::min(to_start, sampled * (first_ / increase()));
  }
  double to_end = seconds(to_millis(end) - last_time());
  if (to_end >= near) to_end = interval / 2;

  return (sampled + to_start + to_end) / sampled / to_seconds(end - start);
}

std::optional<CounterRange> CounterRange::from(const Parts& parts) {
  if (parts.first_time < -kFarthestTime || parts.last_time > kFarthestTime) return std::nullopt;
  if (parts.last_time < parts.first_time) return std::nullopt;
  const std::int64_t span = parts.last_time - parts.first_time;
  if (span > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  CounterRange range;
  range.first_time_ = parts.first_time;
  range.span_ = static_cast<std::uint32_t>(span);
  range.first_ = parts.first;
  range.last_ = parts.last;
  range.lost_ = parts.lost;
  range.samples_ = parts.samples;
  return range;
}

}  // namespace revisitd::collectors
