#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>

namespace revisitd::collectors {

// A client context and a number that no other context of this process has.
struct TlsContext {
  std::uint64_t number;
  boost::asio::ssl::context context;
};

}  // namespace revisitd::collectors
