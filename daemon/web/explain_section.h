#pragma once

#include <vector>

#include "daemon/web/html.h"
#include "rules/explain.h"

namespace revisitd::daemon::web {

// "Why, and what would change it": a line per flip of every trigger, all numbers folded away behind
// it. Empty without explanations.
Html explain_section(const std::vector<rules::Explanation>& explanations);

}  // namespace revisitd::daemon::web
