#pragma once

#include <string>
#include <string_view>

#include "rules/result.h"

namespace revisitd::daemon {

// What `--enable-feature` can switch on.
struct Features {
  // Scrapes ask for protobuf ahead of text, and so for native histograms.
  bool native_histograms = false;
};

// Names with commas between them, blanks around them allowed; the error names the first that is no
// feature, and those that are.
Result<Features> parse_features(std::string_view names);

// The Accept of scrapes that say nothing of protocols themselves.
std::string scrape_accept(const Features& features);

}  // namespace revisitd::daemon
