#pragma once

#include <string_view>

#include "daemon/web/html.h"
#include "rules/assessment.h"

namespace revisitd::daemon::web {

// "The decision rerun": the result, a row per criterion with each language's score and its reason,
// what moved, what is not known.
Html assessment_section(const rules::Assessment& assessment);
// What that section says below its heading; without the column of then for a service that does not
// exist yet.
Html assessment_body(const rules::Assessment& assessment);
// For a row of a list: a chip and the margin.
Html assessment_chip(const rules::Assessment& assessment);

}  // namespace revisitd::daemon::web
