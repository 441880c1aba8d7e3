#pragma once

#include <string>
#include <string_view>

#include "collectors/exposition.h"
#include "rules/result.h"

namespace revisitd::collectors {

// The signals that a page could feed, as YAML to be put into the configuration: `presets:` where a
// page has all that a preset reads (a client library, a middleware), and `signals:` by rule for the
// rest: a counter becomes its rate, a histogram its 99th percentile, a summary its quantile or
// mean, a gauge the largest value of any instance, an info metric with a label `version` the
// version. Behind each stands the metric's help text. Timestamps, metrics about the scrape itself
// and names that no selector can write plainly are left out. The error is the page's.
Result<std::string, PageError> suggest_signals(std::string_view page, ExpositionFormat format);

}  // namespace revisitd::collectors
