#include "daemon/listen_address.h"

#include "collectors/resolver.h"
#include "daemon/web_flags.h"

namespace revisitd::daemon {

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto words = split_listen_address(text);
  if (!words) return words.error();
  ListenAddress out;
  out.port = words->port;
  out.wildcard = words->host.empty();
  if (out.wildcard) return out;
  if (words->literal) {
    out.address = boost::asio::ip::make_address(words->host);
    return out;
  }
  auto found = collectors::system_lookup(words->host);
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
