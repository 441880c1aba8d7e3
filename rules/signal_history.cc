#include "rules/signal_history.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace revisitd::rules {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const double upper = *middle;
  return (*std::max_element(values.begin(), middle) + upper) / 2;
}

}  // namespace

const SlotValue* SlotHistory::find(const Key& key, std::int64_t index) const {
  const auto series = values.find(key);
  if (series == values.end()) return nullptr;
  const auto at =
      std::lower_bound(series->second.begin(), series->second.end(), index,
                       [](const auto& entry, std::int64_t i) { return entry.first < i; });
  return at != series->second.end() && at->first == index ? &at->second : nullptr;
}

void SignalHistory::keep(const SlotHistory::Key& key, std::int64_t slots) {
  Series& series = series_[key];
  series.slots = std::max(series.slots, slots);
}

void SignalHistory::add(const SlotHistory::Key& key, std::int64_t index, const SlotValue& value) {
  const auto found = series_.find(key);
  if (found == series_.end()) return;
  Series& series = found->second;
  if (!series.values.empty() && index <= series.values.back().first) return;
  series.values.emplace_back(index, value);
  // A day is the UTC day the slot starts in.
  const std::int64_t day = slot_index(slot_start(index, key.length), kDay);
  if (series.days.empty() || series.days.back().day != day) series.days.push_back({day, 0, 0});
  series.days.back().sum += value.value;
  ++series.days.back().count;
  while (series.values.front().first <= index - series.slots) series.values.pop_front();
  while (series.days.front().day <= day - kForecastLookback) series.days.pop_front();
}

void SignalHistory::fill(const SlotHistory::Key& key, const SlotHistory::Values& values) {
  const auto found = series_.find(key);
  if (found == series_.end()) return;
  const auto& held = found->second.values;
  // Of two values of one slot the one held comes first, and add() passes the second over.
  SlotHistory::Values all;
  std::merge(held.begin(), held.end(), values.begin(), values.end(), std::back_inserter(all),
             [](const auto& a, const auto& b) { return a.first < b.first; });
  found->second.values.clear();
  found->second.days.clear();
  for (const auto& [index, value] : all) add(key, index, value);
}

std::optional<SlotValue> SignalHistory::evaluate(const SlotHistory::Key& key, std::int64_t index,
                                                 WindowFunction function, Duration window) const {
  const auto found = series_.find(key);
  if (found == series_.end()) return std::nullopt;
  const Series& series = found->second;
  if (function == WindowFunction::forecast) {
    return forecast(series, slot_start(index + 1, key.length), window);
  }
  const std::int64_t slots = (window.count() + key.length.count() - 1) / key.length.count();
  if (function == WindowFunction::change) {
    const SlotValue* now = nullptr;
    const SlotValue* then = nullptr;
    for (const auto& [i, value] : series.values) {
      if (i == index) now = &value;
      if (i == index - slots) then = &value;
    }
    if (now == nullptr || then == nullptr || then->value == 0) return std::nullopt;
    return SlotValue::exact((now->value - then->value) / std::abs(then->value));
  }
  SlotValue sum{};
  std::optional<SlotValue> extreme;
  std::int64_t count = 0;
  for (const auto& [i, value] : series.values) {
    if (i <= index - slots || i > index) continue;
    ++count;
    sum = {sum.value + value.value, sum.low + value.low, sum.high + value.high};
    const bool further =
        !extreme || (function == WindowFunction::max ? value.value > extreme->value
                                                     : value.value < extreme->value);
    if (further) extreme = value;
  }
  if (static_cast<double>(count) < kLeastCoverage * static_cast<double>(slots)) return std::nullopt;
  if (function != WindowFunction::avg) return extreme;
  const auto n = static_cast<double>(count);
  return SlotValue{sum.value / n, sum.low / n, sum.high / n};
}

std::optional<SlotValue> SignalHistory::forecast(const Series& series, TimePoint end,
                                                 Duration ahead) {
  if (series.days.size() < static_cast<std::size_t>(kForecastDays)) return std::nullopt;
  std::vector<double> slopes;
  std::vector<std::pair<double, double>> points;  // (day, mean)
  for (const Day& d : series.days) {
    // A day's mean stands for the middle of the day.
    points.emplace_back(static_cast<double>(d.day) + 0.5, d.sum / d.count);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      slopes.push_back((points[j].second - points[i].second) / (points[j].first - points[i].first));
    }
  }
  const double slope = median(slopes);
  std::vector<double> offsets;
  for (const auto& [day, mean] : points) offsets.push_back(mean - slope * day);
  const double target = to_seconds((end + ahead).time_since_epoch()) / to_seconds(kDay);
  return SlotValue::exact(median(offsets) + slope * target);
}

std::int64_t slots_needed(const WindowUse& use, Duration length) {
  const Duration span = use.function == WindowFunction::forecast
                            ? kDay * SignalHistory::kForecastLookback
                            : use.window;
  return (span.count() + length.count() - 1) / length.count() + 1;
}

}  // namespace revisitd::rules
