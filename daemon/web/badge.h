#pragma once

#include <string_view>

#include "daemon/web/html.h"

namespace revisitd::daemon::web {

// A label of two halves, 20 pixels high, for README files. `kind` is one of good, warn, bad, quiet.
Html draw_badge(std::string_view left, std::string_view right, std::string_view kind);

}  // namespace revisitd::daemon::web
