#include "rules/signal_means.h"

#include "rules/slot.h"

namespace revisitd::rules {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

bool worth_a_day(std::int64_t count, Duration length) { return count * length * 5 >= 4 * kDay; }

}  // namespace

void SignalMeans::add(std::int64_t index, Duration length, double value) {
  const std::int64_t day = slot_start(index, length).time_since_epoch() / kDay;
  if (s_.last < 0 || day != s_.day) {
    const bool next = s_.last >= 0 && day == s_.day + 1;
    s_.before = next ? s_.today : 0;
    s_.before_count = next ? s_.today_count : 0;
    s_.today = 0;
    s_.today_count = 0;
    s_.day = day;
  }
  s_.last = index;
  s_.today += value;
  ++s_.today_count;
  if (s_.settled) return;
  if (s_.first < 0) s_.first = index;
  s_.first_sum += value;
  ++s_.first_count;
  if ((index + 1 - s_.first) * length < kDay || !worth_a_day(s_.first_count, length)) return;
  s_.first_sum /= static_cast<double>(s_.first_count);
  s_.first = index;
  s_.settled = true;
}

void SignalMeans::restart(Duration length) {
  const std::int64_t count = s_.today_count + s_.before_count;
  s_.settled = worth_a_day(count, length);
  s_.first = s_.settled ? s_.last : -1;
  s_.first_sum = s_.settled ? (s_.today + s_.before) / static_cast<double>(count) : 0;
  s_.first_count = s_.settled ? count : 0;
}

void SignalMeans::forget_recent() {
  s_.today = s_.before = 0;
  s_.today_count = s_.before_count = 0;
  if (s_.settled) return;
  s_.first = -1;
  s_.first_sum = 0;
  s_.first_count = 0;
}

std::optional<MeanValue> SignalMeans::recent(Duration length, TimePoint at) const {
  if (s_.today_count + s_.before_count == 0) return std::nullopt;
  const TimePoint end = slot_start(s_.last + 1, length);
  if (at >= end + 2 * kDay) return std::nullopt;
  const auto count = static_cast<double>(s_.today_count + s_.before_count);
  return MeanValue{(s_.today + s_.before) / count, end};
}

std::optional<MeanValue> SignalMeans::first(Duration length) const {
  if (!s_.settled) return std::nullopt;
  return MeanValue{s_.first_sum, slot_start(s_.first + 1, length)};
}

}  // namespace revisitd::rules
