#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"

namespace revisitd::collectors {

// Checks a page against the rules of OpenMetrics 1.0 that a lenient scrape lets pass: how families,
// metrics and points are grouped and named, what each type may hold, where exemplars may stand, how
// timestamps run. Findings come in page order, each naming its line and column. A page with a line
// that cannot be parsed gives that error, as the last finding. Meant for a person at a terminal: it
// remembers every series.
std::vector<Diagnostic> lint_openmetrics(std::string_view page, const std::string& file);

}  // namespace revisitd::collectors
