#pragma once

#include "daemon/web/html.h"
#include "rules/engine.h"

namespace revisitd::daemon::web {

// Everything about one trigger of a service's page: what it asks, what it sees, and how far it is
// from tripping.
Html trigger_card(const rules::Engine& engine, const rules::DecisionState& state,
                  const rules::Trigger& trigger, TimePoint now);

}  // namespace revisitd::daemon::web
