#pragma once

#include <string>
#include <string_view>

#include "collectors/exposition.h"
#include "rules/result.h"

namespace revisitd::collectors {

// The signals that a page could feed, as YAML to be put into the configuration: `presets:` where a
// page has all that a preset reads (a client library, a middleware), and `signals:` by rule for the
// rest: a counter becomes its rate, a histogram its 99th percentile, a summary its quantile or
// mean, a gauge the largest value of any instance; the version is that of a build info, else
// of another info metric or of a gauge that has it as its label (`etcd_server_version`), never that
// of a runtime (`go_info`). Behind each stands the metric's help text. Names beyond ASCII's letters
// are quoted as PromQL wants them. Behind a histogram whose page has no buckets stands what its
// native ones need. Timestamps and metrics about the scrape itself are left out;
// what else is, a comment counts and names. The error is the page's.
Result<std::string, PageError> suggest_signals(std::string_view page, ExpositionFormat format);

}  // namespace revisitd::collectors
