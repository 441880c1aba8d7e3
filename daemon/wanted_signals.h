#pragma once

#include <vector>

#include "collectors/slot_collector.h"
#include "rules/decision.h"

namespace revisitd::daemon {

// Appends the signals that a decision looks at: in conditions, at the slot length of their trigger;
// in the envelope, which has no window, at the lengths its triggers use, or the shortest.
void add_wanted_signals(const rules::Decision& decision, const std::vector<Duration>& ladder,
                        std::vector<collectors::WantedSignal>& wanted);

}  // namespace revisitd::daemon
