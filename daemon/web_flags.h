#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/result.h"

// What the flags of the web server may say, judged from their words alone.
namespace revisitd::daemon {

struct ListenWords {
  std::string host;  // an address without brackets, a name, or "": every address of the host
  bool literal = false;
  std::uint16_t port = 0;  // 0: any that is free
};

// "127.0.0.1:9750", "[::1]:0", ":9750", "localhost:9750". Nothing is looked up.
Result<ListenWords> split_listen_address(std::string_view text);

// Under which people reach the pages, as it was given: http:// or https:// with a host, a port and
// a path if need be, neither query nor fragment.
Result<std::string> parse_external_url(std::string_view text);

}  // namespace revisitd::daemon
