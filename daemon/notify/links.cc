#include "daemon/notify/links.h"

namespace revisitd::daemon::notify {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string percent_encoded(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (is_unreserved(c) || (keep_slashes && c == '/')) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kHex[byte >> 4];
    result += kHex[byte & 15];
  }
  return result;
}

}  // namespace

Links links_for(const LinkOptions& options, std::string_view service, std::string_view record) {
  if (options.external_url.empty()) return {};
  const std::string name = percent_encoded(service, false);
  Links links;
  links.page = options.external_url + "/service/" + name;
  links.draft = links.page + "/draft";
  links.record = options.record_url.empty() || record.empty()
                     ? links.page + "#record"
                     : options.record_url + percent_encoded(record, true);
  return links;
}

std::string home_link(const LinkOptions& options) {
  return options.external_url.empty() ? std::string() : options.external_url + "/";
}

}  // namespace revisitd::daemon::notify
