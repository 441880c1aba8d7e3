#pragma once

#include <string>

#include "daemon/app_view.h"

namespace revisitd::daemon {

// What this binary was built from, by whom it was compiled.
BuildInfo build_info();
// "revisitd, version 0.1.0 (revision: abc1234)" and the compiler, for --version.
std::string version_text();
// Names this very program: the linker's digest of it in hex, from the note that --build-id writes;
// "" where there is none.
std::string build_id();

}  // namespace revisitd::daemon
