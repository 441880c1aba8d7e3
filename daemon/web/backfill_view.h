#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "daemon/app_view.h"
#include "daemon/web/html.h"

// How far fetching the past has come, for the API and the pages.
namespace revisitd::daemon::web {

// Under `backfill` in `status`: what is open, and totals since the start.
nlohmann::ordered_json backfill_json(const BackfillStatus& status);
// Puts `backfill` into those of a decision's triggers whose past is not complete.
void add_backfill(nlohmann::ordered_json& decision, const BackfillStatus& status);

// A paragraph for the page of all decisions; empty when nothing is open.
Html backfill_summary(const BackfillStatus& status);
// A line per trigger of the service whose past is not complete; empty when there is none.
Html backfill_lines(const BackfillStatus& status, std::string_view service);

}  // namespace revisitd::daemon::web
