#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collectors/exposition_format.h"
#include "rules/diagnostic.h"

namespace revisitd::daemon::cli {

// The command `scrape` takes more than a scrape job does by default. Of a page that it took: why
// the daemon would not, a warning for each bound. `unframed`: the page came without Content-Length
// and chunks.
std::vector<Diagnostic> scrape_limit_warnings(std::string_view page,
                                              collectors::ExpositionFormat format, bool unframed,
                                              const std::string& file);

}  // namespace revisitd::daemon::cli
