#include "collectors/proxy.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/parse.hpp>
#include <charconv>
#include <cstdlib>

#include "collectors/http_head.h"
#include "collectors/request_credentials.h"

namespace revisitd::collectors {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The variable in lower case or, failing that, in upper case. HTTP_PROXY alone is not looked at in
// upper case where a web server could have set it from a header (CGI).
std::string environment(const char* name, const char* upper) {
  for (const char* one : {name, upper}) {
    if (std::string_view(one) == "HTTP_PROXY" && std::getenv("REQUEST_METHOD") != nullptr) continue;
    const char* value = std::getenv(one);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

bool in_network(std::string_view network, const ip::address& address) {
  error_code bad;
  if (address.is_v4()) {
    const auto net = ip::make_network_v4(std::string(network), bad);
    return !bad &&
           net.canonical() == ip::network_v4(address.to_v4(), net.prefix_length()).canonical();
  }
  const auto net = ip::make_network_v6(std::string(network), bad);
  return !bad &&
         net.canonical() == ip::network_v6(address.to_v6(), net.prefix_length()).canonical();
}

// "host:port" with the port taken off; one with several colons is an IPv6 address.
std::optional<std::uint16_t> take_port(std::string_view& entry) {
  const std::size_t colon = entry.rfind(':');
  const bool bracketed = entry.starts_with('[') && entry.find(']') != std::string_view::npos;
  if (colon == std::string_view::npos || (!bracketed && entry.find(':') != colon)) return {};
  if (bracketed && colon < entry.find(']')) return {};
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(entry.data() + colon + 1, entry.data() + entry.size(), port);
  if (error != std::errc{} || end != entry.data() + entry.size()) return {};
  entry = entry.substr(0, colon);
  return port;
}

bool entry_names(std::string_view entry, const HttpUrl& url) {
  if (entry == "*") return true;
  error_code no_address;
  const ip::address address = ip::make_address(url.host, no_address);
  if (entry.find('/') != std::string_view::npos) return !no_address && in_network(entry, address);
  if (const auto port = take_port(entry); port && *port != url.port) return false;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  error_code no_entry;
  const ip::address listed = ip::make_address(std::string(entry), no_entry);
  if (!no_entry) return !no_address && listed == address;
  const std::string name = lower(entry.starts_with("*.") ? entry.substr(1) : entry);
  if (name.empty() || !no_address) return false;
  if (name.starts_with('.')) return url.host.ends_with(name);
  return url.host == name || url.host.ends_with("." + name);
}

bool is_loopback(const HttpUrl& url) {
  error_code no_address;
  const ip::address address = ip::make_address(url.host, no_address);
  return no_address ? url.host == "localhost" : address.is_loopback();
}

}  // namespace

std::string Proxy::origin() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Proxy> parse_proxy_url(std::string_view text) {
  const std::string full = text.find("://") == std::string_view::npos
                               ? "http://" + std::string(text)
                               : std::string(text);
  const auto parsed = boost::urls::parse_uri(full);
  if (!parsed || parsed->host().empty()) return Error{"the proxy's URL is none"};
  if (parsed->scheme_id() != boost::urls::scheme::http) {
    return Error{"a proxy is spoken to in plain HTTP, expected http://HOST:PORT"};
  }
  Proxy proxy;
  proxy.host = lower(std::string(parsed->host_address()));
  proxy.port = parsed->has_port() && !parsed->port().empty() ? parsed->port_number() : 80;
  if (proxy.host.empty() || proxy.port == 0) return Error{"the proxy's URL has no host or port"};
  if (parsed->has_userinfo()) {
    proxy.authorization =
        basic_authorization(std::string(parsed->user()), std::string(parsed->password()));
  }
  return proxy;
}

bool bypasses_proxy(std::string_view no_proxy, const HttpUrl& url) {
  while (!no_proxy.empty()) {
    const std::size_t comma = std::min(no_proxy.find(','), no_proxy.size());
    if (entry_names(trim(no_proxy.substr(0, comma)), url)) return true;
    no_proxy.remove_prefix(std::min(comma + 1, no_proxy.size()));
  }
  return false;
}

Result<std::optional<Proxy>> proxy_for(const ProxyOptions& options, const HttpUrl& url) {
  std::string proxy = options.url, no_proxy = options.no_proxy;
  if (options.from_environment) {
    if (is_loopback(url)) return std::optional<Proxy>();
    proxy = url.tls ? environment("https_proxy", "HTTPS_PROXY")
                    : environment("http_proxy", "HTTP_PROXY");
    no_proxy = environment("no_proxy", "NO_PROXY");
  }
  if (proxy.empty() || bypasses_proxy(no_proxy, url)) return std::optional<Proxy>();
  auto parsed = parse_proxy_url(proxy);
  if (!parsed) return parsed.error();
  return std::optional(*std::move(parsed));
}

Result<std::string> format_connect_head(const Proxy& proxy, const HttpUrl& url,
                                        const ProxyOptions& options,
                                        const std::string& user_agent) {
  HeadWriter head("CONNECT " + url.origin() + " HTTP/1.1");
  bool well = head.add("Host", url.origin()) && head.add("User-Agent", user_agent);
  if (!proxy.authorization.empty())
    well = head.add("Proxy-Authorization", proxy.authorization) && well;
  for (const auto& [name, value] : options.connect_headers) {
    well = is_http_token(name) && head.add(name, value) && well;
  }
  if (!well) return Error{"a header for the proxy holds bytes that no header may hold"};
  return head.finish();
}

std::optional<int> connect_status(std::string_view received) {
  if (received.find("\r\n\r\n") == std::string_view::npos) return std::nullopt;
  int status = 0;
  const std::size_t blank = received.find(' ');
  if (!received.starts_with("HTTP/1.") || blank == std::string_view::npos) return status;
  std::from_chars(received.data() + blank + 1, received.data() + received.size(), status);
  return status;
}

}  // namespace revisitd::collectors
