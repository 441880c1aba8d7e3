#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rules/assessor.h"

// A decision and its triggers as they stand, with the native webhook's keys.
namespace revisitd::daemon::web {

// The shares a trigger asks for are `trip`, `clear` and `least_coverage`; those it has are `share`
// and `coverage`. `value` is that of the newest judged slot, as evidence measures it; where there
// is none, `last_value` and `last_seen` say what was known of the signal last.
nlohmann::ordered_json trigger_json(const rules::Engine& engine, const rules::DecisionState& state,
                                    const rules::Trigger& trigger);
// With `assessment` in short: {"result","leans","margin","confidence","summary"}.
nlohmann::ordered_json decision_json(const rules::Engine& engine, const rules::DecisionState& state,
                                     const rules::Assessor& assessor);

}  // namespace revisitd::daemon::web
