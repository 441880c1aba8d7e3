#pragma once

#include <optional>
#include <vector>

#include "rules/ledger.h"
#include "rules/verdict.h"

// What a ledger says beyond its counts: where it came from and where it would go. Needs no values,
// so the engine can freeze it with a revisit's evidence.
namespace revisitd::rules {

// Share of covered slots in breach in the older and the newer half of the window.
struct BreachTrend {
  double earlier = 0;
  double later = 0;
  friend bool operator==(const BreachTrend&, const BreachTrend&) = default;
};
// Nothing unless both halves have covered slots.
std::optional<BreachTrend> breach_trend(const SlotLedger& ledger);

// So many more slots in one state, and the verdict is another.
struct TimeFlip {
  int slots = 0;
  Verdict to{};
  friend bool operator==(const TimeFlip&, const TimeFlip&) = default;
};
// The fewest slots in `state` from now on that give a verdict among `wanted`, which the present one
// is not among; nothing when a whole window of them does not.
std::optional<TimeFlip> slots_until(const SlotLedger& ledger, Verdict standing,
                                    const Shares& shares, SlotState state,
                                    const std::vector<Verdict>& wanted);

}  // namespace revisitd::rules
