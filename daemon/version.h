#pragma once

#include <string>

#include "daemon/app_view.h"

namespace revisitd::daemon {

// What this binary was built from, by whom it was compiled.
BuildInfo build_info();
// "revisitd, version 0.1.0 (revision: abc1234)" and the compiler, for --version.
std::string version_text();

}  // namespace revisitd::daemon
