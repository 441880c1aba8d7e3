#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/condition.h"
#include "rules/daily_trend.h"
#include "rules/slot.h"
#include "rules/time.h"
#include "rules/window_series.h"

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

  [[nodiscard]] const Values* series(const Key& key) const;
  [[nodiscard]] const SlotValue* find(const Key& key, std::int64_t index) const;
  [[nodiscard]] static const SlotValue* find(const Values& values, std::int64_t index);
  // The first entry at or after a slot.
  [[nodiscard]] static Values::const_iterator from(const Values& values, std::int64_t index);
};

// What avg, min, max, change and forecast of one service look back at, kept for as long as its
// conditions ask.
class ServiceHistory {
 public:
  // Keep what `use` needs to be asked for any of the last `slots` slots.
  void keep(const WindowUse& use, Duration length, std::int64_t slots);
  // How many slots before the newest the series can be asked for this use; nothing when it is not
  // kept.
  [[nodiscard]] std::int64_t kept(const WindowUse& use, Duration length) const;
  void add(std::string_view signal, Duration length, std::int64_t index, const SlotValue& value);
  // Starts a series anew from stored values, ascending, unless they end before what is known.
  void fill(std::string_view signal, Duration length, const SlotHistory::Values& values);

  // The function over the window that ends with slot `index`; nothing where the data does not carry
  // it.
  [[nodiscard]] std::optional<SlotValue> evaluate(const WindowUse& use, Duration length,
                                                  std::int64_t index) const;

 private:
  struct Series {
    std::string signal;
    Duration length{};
    std::int64_t window_slots = 0;  // 0: no window function asks
    std::int64_t trend_slots = 0;   // 0: no forecast asks
    WindowSeries window;
    DailyTrend trend;
    std::optional<std::int64_t> newest;
    void add(std::int64_t index, const SlotValue& value);
  };
  [[nodiscard]] const Series* find(std::string_view signal, Duration length) const;

  std::vector<Series> series_;  // a handful
};

// By service; services without a windowed condition are not in it.
using SignalHistory = std::map<std::string, ServiceHistory, std::less<>>;

// How many slots back a windowed look needs, the judged slot included.
std::int64_t slots_needed(const WindowUse& use, Duration length);

}  // namespace revisitd::rules
