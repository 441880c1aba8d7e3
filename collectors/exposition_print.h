#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/exposition.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {

struct PrintOptions {
  ExpositionFormat format = ExpositionFormat::prometheus;
  std::string file;     // named in diagnostics: a path or a URL
  bool json = false;    // one JSON object a line; else columns for people
  bool strict = false;  // adds the findings of the OpenMetrics lint, and reads the page as
                        // OpenMetrics whatever `format` says
};

// A page looked at by a person may be larger than one that is scraped each fifteen seconds.
ExpositionLimits print_limits();

// Prints all samples of a page, as `revisitd scrape` does: `print` gets one line at a time without
// its newline, in page order, and nothing at all when the page is malformed. Returns what is wrong:
// at most one parse error, which lost the page, or with `strict` any number of findings beside the
// printed samples.
std::vector<Diagnostic> print_page(std::string_view text, const PrintOptions& options,
                                   const std::function<void(std::string_view)>& print);

}  // namespace revisitd::collectors
