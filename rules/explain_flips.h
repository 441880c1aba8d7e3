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

}  // namespace revisitd::rules
