#pragma once

#include "daemon/web/page.h"

namespace revisitd::daemon::web {

// A revisit with what it gathered, who said what about it, and what it waits for; `draft` is the
// page of the new record.
Html revisit_box(const rules::Revisit& revisit, const Address& draft, TimePoint now);

}  // namespace revisitd::daemon::web
