#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/condition.h"
#include "rules/slot.h"
#include "rules/time.h"

// Past slot values: what a caller hands over from its store, and what the engine keeps for windowed
// functions.
namespace revisitd::rules {

struct SlotHistory {
  struct Key {
    std::string service, signal;
    Duration length{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Values = std::vector<std::pair<std::int64_t, SlotValue>>;  // ascending slot index
  std::map<Key, Values> values;

  [[nodiscard]] const SlotValue* find(const Key& key, std::int64_t index) const;
};

// Values that avg, min, max, change and forecast look back at, kept for exactly as long as a
// condition asks.
class SignalHistory {
 public:
  // The share of a window's slots that must have a value for avg, min, max and change to have one
  // (80 %).
  static constexpr double kLeastCoverage = 0.8;
  // forecast() needs this many daily values.
  static constexpr int kForecastDays = 14;
  static constexpr int kForecastLookback = 60;

  // Keep `slots` of this series from now on.
  void keep(const SlotHistory::Key& key, std::int64_t slots);
  [[nodiscard]] bool keeps(const SlotHistory::Key& key) const { return series_.contains(key); }
  void add(const SlotHistory::Key& key, std::int64_t index, const SlotValue& value);
  // Values that came late, ascending: they fill the slots that have none.
  void fill(const SlotHistory::Key& key, const SlotHistory::Values& values);

  // The function over the window that ends with slot `index`; nothing where the data does not carry
  // it. avg of intervals is the interval of the averages. change is value / value one window
  // earlier - 1 and needs both slots. forecast is the Theil-Sen line through the means of the last
  // 60 UTC days, `window` ahead of the slot's end.
  [[nodiscard]] std::optional<SlotValue> evaluate(const SlotHistory::Key& key, std::int64_t index,
                                                  WindowFunction function, Duration window) const;

 private:
  struct Day {
    std::int64_t day = 0;
    double sum = 0;
    int count = 0;
  };
  struct Series {
    std::int64_t slots = 0;
    std::deque<std::pair<std::int64_t, SlotValue>> values;  // ascending slot index
    std::deque<Day> days;                                   // ascending, for forecast
  };
  static std::optional<SlotValue> forecast(const Series& series, TimePoint end, Duration ahead);

  std::map<SlotHistory::Key, Series> series_;
};

// How many slots back a windowed look needs, the judged slot included. forecast asks for its whole
// look-back, so that a history can be handed over; it keeps daily sums only.
std::int64_t slots_needed(const WindowUse& use, Duration length);

}  // namespace revisitd::rules
