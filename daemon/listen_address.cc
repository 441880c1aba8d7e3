#include "daemon/listen_address.h"

#include <charconv>

#include "collectors/resolver.h"

namespace revisitd::daemon {
namespace {

Error malformed(std::string_view text) {
  return Error{"listen address \"" + std::string(text) +
               "\" is not of the form host:port, [ipv6]:port or :port"};
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed(text);
  std::string host(text.substr(0, colon));
  const std::string_view port = text.substr(colon + 1);
  ListenAddress out;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (code != std::errc() || end != port.data() + port.size()) return malformed(text);
  out.wildcard = host.empty();
  if (out.wildcard) return out;

  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  out.address = boost::asio::ip::make_address(host, error);
  if (!error && out.address.is_v6() == bracketed) return out;
  if (!error || bracketed) return malformed(text);
  auto found = collectors::system_lookup(host);
  if (!found)
    return Error{"listen address \"" + std::string(text) + "\": " + found.error().message};
  out.address = found->front();
  return out;
}

std::string format_endpoint(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

}  // namespace revisitd::daemon
