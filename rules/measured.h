#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/condition.h"

// Which number of a condition is the measurement: what evidence shows against the threshold, and
// what a snooze "until it worsens by P %" watches.
namespace revisitd::rules {

// Of the first comparison that is not among constants alone: its side that is no constant, the left
// one where neither is.
struct Measured {
  std::optional<SlotValue> value;      // missing now
  std::optional<SlotValue> threshold;  // the other side
  Unit unit = Unit::number;
  bool rising = true;  // more of it is worse; also for == and !=
};
// `now` is what condition.read() said. Nothing for a condition of constants.
std::optional<Measured> measured(const Condition& condition,
                                 const std::vector<ComparisonReading>& now);

// "latency_p99 131ms > 100ms" for each comparison, joined with "; "; "?" for what is not known.
std::string describe(const std::vector<ComparisonReading>& comparisons);

// The value at which it is `share` (0.2 = 20 %) worse than `value`.
double worse_by(double value, bool rising, double share);
// Whether it has reached a limit that worse_by() gave; not when it is missing.
bool has_reached(const Measured& measured, double limit);

}  // namespace revisitd::rules
