#pragma once

#include <string>
#include <vector>

#include "rules/quantity.h"
#include "rules/time.h"

// Round places on the axes of a plot.
namespace revisitd::daemon::web {

struct ValueTick {
  double value = 0;
  std::string label;  // in the unit's own words: "100ms", "256MiB", "80%"
};

// About `wanted` round values that cover [low, high]; the first is at or below low, the last at or
// above high. Durations over a minute step by clock units, sizes by powers of two, everything else
// by 1, 2 or 5 times a power of ten. low < high, both finite; wanted >= 2.
std::vector<ValueTick> value_ticks(double low, double high, Unit unit, int wanted);

struct TimeTick {
  TimePoint at{};
  std::string label;  // "14:30", or "23 Nov" at midnight UTC
};

// At most `most` round times within [from, to], aligned to the epoch in UTC.
std::vector<TimeTick> time_ticks(TimePoint from, TimePoint to, int most);

}  // namespace revisitd::daemon::web
