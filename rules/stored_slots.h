#pragma once

#include <cstdint>
#include <functional>

#include "rules/engine.h"
#include "rules/slot_inputs.h"

namespace revisitd::rules {

// Slots first <= index < last of a trigger, oldest first, with the inputs that stored values,
// rosters of the time and today's fleet give its conditions: what judging them anew would see. The
// state must hold the trigger, whose slot length counts.
void for_stored_slots(const Engine& engine, const DecisionState& state, const Trigger& trigger,
                      const SlotHistory& history, std::int64_t first, std::int64_t last,
                      const std::function<void(std::int64_t, const SlotInputs&)>& see);

// The state a slot gets from the truth of its conditions; without `provided`, that is yes.
SlotState state_of(Truth provided, Truth when);

}  // namespace revisitd::rules
