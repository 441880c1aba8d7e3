#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/result.h"

namespace revisitd::collectors {

// An http or https URL, taken apart for a request. The fragment is dropped.
struct HttpUrl {
  bool tls = false;
  std::string host;  // lower case, IPv6 without brackets
  bool host_is_literal = false;
  std::uint16_t port = 0;   // the scheme's when the URL names none
  std::string host_header;  // what goes into Host: brackets and a non-default port included
  std::string target;       // path and query, at least "/"

  // "host:port", for messages: paths and queries may hold secrets and are never shown.
  [[nodiscard]] std::string origin() const;

  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

// Parses an absolute URL of at most 16 KiB. Errors: not http(s), userinfo, no host, port 0, control
// bytes, a host name with bytes beyond letters, digits, '.', '-' and '_'. No error repeats the text
// of the URL.
Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace revisitd::collectors
