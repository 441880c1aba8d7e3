#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "rules/result.h"

namespace revisitd::daemon {

struct ListenAddress {
  boost::asio::ip::address address;
  std::uint16_t port = 0;
  bool wildcard = false;  // ":9750": every address of the host
};

// "127.0.0.1:9750", "[::1]:0", ":9750", "localhost:9750". Names are looked up, which blocks.
Result<ListenAddress> parse_listen_address(std::string_view text);

// "127.0.0.1:9750", "[::1]:9750".
std::string format_endpoint(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace revisitd::daemon
