#include "daemon/features.h"

#include "collectors/exposition_format.h"
#include "rules/diagnostic.h"

namespace revisitd::daemon {
namespace {

constexpr std::string_view kNativeHistograms = "native-histograms";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

Result<Features> parse_features(std::string_view names) {
  Features features;
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    const std::string_view name = trim(names.substr(0, comma));
    names = comma == std::string_view::npos ? "" : names.substr(comma + 1);
    if (name.empty()) continue;
    if (name != kNativeHistograms) {
      return Error{"there is no feature " + in_quotes(name) + ", expected " +
                   std::string(kNativeHistograms)};
    }
    features.native_histograms = true;
  }
  return features;
}

std::string scrape_accept(const Features& features) {
  return features.native_histograms ? collectors::accept_native_histograms()
                                    : collectors::kExpositionAccept;
}

}  // namespace revisitd::daemon
