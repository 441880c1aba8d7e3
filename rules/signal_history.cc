#include "rules/signal_history.h"

#include <algorithm>

namespace revisitd::rules {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

std::int64_t slots_in(Duration span, Duration length) {
  return (span.count() + length.count() - 1) / length.count();
}

}  // namespace

const SlotHistory::Values* SlotHistory::series(const Key& key) const {
  const auto found = values.find(key);
  return found == values.end() ? nullptr : &found->second;
}

const SlotValue* SlotHistory::find(const Key& key, std::int64_t index) const {
  const Values* found = series(key);
  return found == nullptr ? nullptr : find(*found, index);
}

SlotHistory::Values::const_iterator SlotHistory::from(const Values& values, std::int64_t index) {
  return std::lower_bound(values.begin(), values.end(), index,
                          [](const auto& entry, std::int64_t i) { return entry.first < i; });
}

const SlotValue* SlotHistory::find(const Values& values, std::int64_t index) {
  const auto at = from(values, index);
  return at != values.end() && at->first == index ? &at->second : nullptr;
}

const ServiceHistory::Series* ServiceHistory::find(std::string_view signal, Duration length) const {
  for (const Series& s : series_) {
    if (s.length == length && s.signal == signal) return &s;
  }
  return nullptr;
}

std::int64_t ServiceHistory::kept(const WindowUse& use, Duration length) const {
  const Series* series = find(use.signal, length);
  if (series == nullptr) return 0;
  if (use.function == WindowFunction::forecast) return series->trend_slots;
  return std::max<std::int64_t>(0, series->window_slots - slots_needed(use, length));
}

void ServiceHistory::keep(const WindowUse& use, Duration length, std::int64_t slots) {
  auto* series = const_cast<Series*>(std::as_const(*this).find(use.signal, length));
  if (series == nullptr) {
    series = &series_.emplace_back();
    series->signal = use.signal;
    series->length = length;
  }
  if (use.function == WindowFunction::forecast) {
    series->trend_slots = std::max(series->trend_slots, slots);
    series->trend.keep(length * slots);
  } else {
    series->window_slots = std::max(series->window_slots, slots + slots_needed(use, length));
    series->window.keep(series->window_slots);
  }
}

void ServiceHistory::Series::add(std::int64_t index, const SlotValue& value) {
  newest = std::max(newest.value_or(index), index);
  if (window_slots > 0) window.add(index, value);
  if (trend_slots > 0) trend.add(slot_start(index, length), value.value);
}

void ServiceHistory::add(std::string_view signal, Duration length, std::int64_t index,
                         const SlotValue& value) {
  for (Series& s : series_) {
    if (s.length == length && s.signal == signal) s.add(index, value);
  }
}

void ServiceHistory::fill(std::string_view signal, Duration length,
                          const SlotHistory::Values& values) {
  for (Series& s : series_) {
    if (s.length != length || s.signal != signal) continue;
    if (values.empty() || values.back().first < s.newest.value_or(values.back().first)) continue;
    s.window = WindowSeries();
    s.window.keep(s.window_slots);
    s.trend = DailyTrend();
    s.trend.keep(length * s.trend_slots);
    for (const auto& [index, value] : values) s.add(index, value);
  }
}

std::optional<SlotValue> ServiceHistory::evaluate(const WindowUse& use, Duration length,
                                                  std::int64_t index) const {
  const Series* series = find(use.signal, length);
  if (series == nullptr) return std::nullopt;
  if (use.function == WindowFunction::forecast) {
    const auto value = series->trend.forecast(slot_start(index + 1, length), use.window);
    if (!value) return std::nullopt;
    return SlotValue::exact(*value);
  }
  return series->window.look(index, use.function, slots_in(use.window, length));
}

std::int64_t slots_needed(const WindowUse& use, Duration length) {
  if (use.function != WindowFunction::forecast) return slots_in(use.window, length) + 1;
  // Whole days only, and the one in progress.
  return slots_in(kDay * (DailyTrend::kLookback + 2), length);
}

}  // namespace revisitd::rules
