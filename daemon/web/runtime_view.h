#pragma once

#include "daemon/web/envelope.h"
#include "daemon/web/html.h"
#include "daemon/web/router.h"

// What a service runs, against what its record says, as JSON and on pages.
namespace revisitd::daemon::web {

// `running` (language -> version), `running_seen`, `drift` (true, false, or null where nobody says
// what runs) and `support`.
void add_runtime(Json& decision, const RuntimeFacts& facts);
// `undocumented` and `drifted`: names of services.
void add_runtime_counts(Json& status, const RuntimeFacts& facts);

// One line for the service's page; empty when there is nothing to say.
Html runtime_line(const RuntimeFacts& facts, const rules::Decision& decision, TimePoint now);

}  // namespace revisitd::daemon::web
