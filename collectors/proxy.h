#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/http_client.h"
#include "collectors/http_url.h"
#include "rules/result.h"

// Which proxy a request goes through, and what is said to it. Pure, but for the environment.
namespace revisitd::collectors {

struct Proxy {
  std::string host;  // lower case, IPv6 without brackets
  std::uint16_t port = 0;
  std::string authorization;  // for Proxy-Authorization, where the URL holds a name; else ""

  [[nodiscard]] std::string origin() const;  // "host:port"
};

// "http://[USER[:PASSWORD]@]HOST[:PORT]"; the error does not repeat the text.
Result<Proxy> parse_proxy_url(std::string_view url);

// Whether a comma-separated list in the manner of NO_PROXY names the host: "*", a name with all
// below it, ".name" for those below it alone, an address, a network ("10.0.0.0/8"), each with
// ":PORT" for that port alone.
bool bypasses_proxy(std::string_view no_proxy, const HttpUrl& url);

// The proxy for a URL; nothing when it is fetched directly. As everywhere, `localhost` and loopback
// addresses are never asked of a proxy that only the environment names.
Result<std::optional<Proxy>> proxy_for(const ProxyOptions& options, const HttpUrl& url);

// "CONNECT host:port …" with its blank line.
Result<std::string> format_connect_head(const Proxy& proxy, const HttpUrl& url,
                                        const ProxyOptions& options, const std::string& user_agent);
// The status of the proxy's answer to it; nothing while the head is not complete.
std::optional<int> connect_status(std::string_view received);

}  // namespace revisitd::collectors
