#pragma once

#include <vector>

#include "daemon/web/page.h"
#include "storage/store.h"

namespace revisitd::daemon::web {

// Rows of the trail as a table, in the order given. `with_service` adds the service's column.
Html trail_table(const Call& call, const std::vector<storage::TrailRow>& rows, bool with_service);

}  // namespace revisitd::daemon::web
