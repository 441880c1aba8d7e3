#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rules/assessor.h"

// A decision and its triggers as they stand, with the native webhook's keys.
namespace revisitd::daemon::web {

// The shares a trigger asks for are `trip`, `clear` and `least_coverage`; those it has are `share`
// and `coverage`.
nlohmann::ordered_json trigger_json(const rules::DecisionState& state,
                                    const rules::Trigger& trigger);
// With `assessment` in short: {"result","leans","margin","confidence","summary"}.
nlohmann::ordered_json decision_json(const rules::DecisionState& state,
                                     const rules::Assessor& assessor);

}  // namespace revisitd::daemon::web
