#pragma once

#include <optional>
#include <string>

#include "daemon/app_view.h"
#include "rules/draft.h"

namespace revisitd::daemon::web {

// The draft of the service's new record on what is known now; nothing when no decision is in force.
std::optional<rules::Draft> draft_for(const AppView& app, const std::string& service);

}  // namespace revisitd::daemon::web
