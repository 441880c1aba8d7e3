#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rules/engine.h"

// A decision and its triggers as they stand, with the native webhook's keys.
namespace revisitd::daemon::web {

// The shares a trigger asks for are `trip`, `clear` and `least_coverage`; those it has are `share`
// and `coverage`.
nlohmann::ordered_json trigger_json(const rules::DecisionState& state,
                                    const rules::Trigger& trigger);
nlohmann::ordered_json decision_json(const rules::DecisionState& state);

}  // namespace revisitd::daemon::web
