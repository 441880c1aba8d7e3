#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

#include "rules/result.h"

// Which addresses the program may connect to. Judged after resolution, on the very address that is
// then connected to, so that a name cannot be pointed elsewhere in between.
namespace revisitd::collectors {

enum class AddressKind {
  global,       // everything else
  loopback,     // 127/8, ::1
  private_net,  // RFC 1918, shared 100.64/10, benchmarking 198.18/15, unique local fc00::/7,
                // site-local
  metadata,     // a cloud's instance metadata service: holds credentials
  link_local,   // 169.254/16, fe80::/10
  unspecified,  // 0/8, ::
  multicast,    // 224/4, ff00::/8, broadcast and the reserved 240/4
};

// IPv4 addresses inside IPv6 ones (mapped, compatible, NAT64, 6to4) are judged as the IPv4 address.
AddressKind kind_of(const boost::asio::ip::address& address);

// Metadata, link-local, unspecified and multicast addresses are refused always; loopback and
// private ones unless `allow_private`. The error says which kind it is.
Status check_address(const boost::asio::ip::address& address, bool allow_private);

}  // namespace revisitd::collectors
