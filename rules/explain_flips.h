#pragma once

#include <vector>

#include "rules/explain.h"
#include "rules/explain_trial.h"

namespace revisitd::rules {

// The smallest changes that would give another verdict, at most one of each kind and subject. A
// tripped trigger is asked what would clear it, a clear one what would trip it, any other one what
// would let it tell.
std::vector<Flip> find_flips(const TrialWindow& trial, const Decision& decision,
                             const Trigger& trigger, const TriggerState& standing);

// How many more slots in `state` give a verdict among `wanted`, which the present one is not among;
// nothing when none do.
struct TimeFlip {
  int slots = 0;
  Verdict to{};
};
std::optional<TimeFlip> slots_until(const TriggerState& standing, const Shares& shares,
                                    SlotState state, const std::vector<Verdict>& wanted);

// The nearest number at or beyond `value`, away from zero, that format_quantity() shows without
// rounding.
double readable_beyond(double value, Unit unit);

}  // namespace revisitd::rules
