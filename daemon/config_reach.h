#pragma once

#include <vector>

#include "daemon/config.h"

namespace revisitd::daemon {

// What a good configuration points at and is not there at this moment, as warnings about its file:
// files of secrets that cannot be used, addresses of receivers that are no URL, patterns that name
// no record. Any of it may come later. Reads small files; no secret is shown.
std::vector<Diagnostic> unmet(const Config& config);
// The same of files with people. A running daemon tells of them by itself.
std::vector<Diagnostic> unmet_rosters(const Config& config);

}  // namespace revisitd::daemon
