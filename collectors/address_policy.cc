#include "collectors/address_policy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace revisitd::collectors {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

constexpr bool in_net(std::uint32_t host, std::uint32_t net, int bits) {
  return (host >> (32 - bits)) == (net >> (32 - bits));
}

// AWS, Azure, Google and most others; Alibaba; Oracle.
constexpr std::array<std::uint32_t, 3> kMetadataV4 = {0xA9FEA9FE, 0x646464C8, 0xC00000C0};

AddressKind kind_of_v4(std::uint32_t host) {
  if (std::ranges::find(kMetadataV4, host) != kMetadataV4.end()) return AddressKind::metadata;
  if (in_net(host, 0x00000000, 8)) return AddressKind::unspecified;
  if (in_net(host, 0x7F000000, 8)) return AddressKind::loopback;
  if (in_net(host, 0xA9FE0000, 16)) return AddressKind::link_local;
  if (in_net(host, 0xE0000000, 3)) return AddressKind::multicast;
  const bool private_net = in_net(host, 0x0A000000, 8) || in_net(host, 0xAC100000, 12) ||
                           in_net(host, 0xC0A80000, 16) || in_net(host, 0x64400000, 10) ||
                           in_net(host, 0xC6120000, 15);
  return private_net ? AddressKind::private_net : AddressKind::global;
}

std::uint32_t word_at(const address_v6::bytes_type& bytes, std::size_t offset) {
  return std::uint32_t{bytes[offset]} << 24 | std::uint32_t{bytes[offset + 1]} << 16 |
         std::uint32_t{bytes[offset + 2]} << 8 | std::uint32_t{bytes[offset + 3]};
}

std::optional<std::uint32_t> embedded_v4(const address_v6::bytes_type& bytes) {
  const bool zero_80 =
      std::all_of(bytes.begin(), bytes.begin() + 10, [](auto b) { return b == 0; });
  const std::uint32_t last = word_at(bytes, 12);
  if (zero_80 && bytes[10] == 0xFF && bytes[11] == 0xFF) return last;             // mapped
  if (zero_80 && bytes[10] == 0 && bytes[11] == 0 && last > 0xFFFF) return last;  // compatible
  if (word_at(bytes, 0) == 0x0064FF9B && (word_at(bytes, 4) | word_at(bytes, 8)) == 0) {
    return last;  // NAT64
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return word_at(bytes, 2);  // 6to4
  return std::nullopt;
}

AddressKind kind_of_v6(const address_v6& v6) {
  const auto bytes = v6.to_bytes();
  if (const auto v4 = embedded_v4(bytes)) return kind_of_v4(*v4);
  if (v6.is_unspecified()) return AddressKind::unspecified;
  if (v6.is_loopback()) return AddressKind::loopback;
  if (v6.is_multicast()) return AddressKind::multicast;
  if (v6.is_link_local()) return AddressKind::link_local;
  static const address_v6 kAwsMetadata = boost::asio::ip::make_address_v6("fd00:ec2::254");
  if (address_v6(bytes) == kAwsMetadata) return AddressKind::metadata;
  const bool unique_local = (bytes[0] & 0xFE) == 0xFC;
  return unique_local || v6.is_site_local() ? AddressKind::private_net : AddressKind::global;
}

Error refused(const address& address, const char* why) {
  return Error{address.to_string() + " is " + why + " and is never connected to"};
}

}  // namespace

AddressKind kind_of(const address& address) {
  return address.is_v4() ? kind_of_v4(address.to_v4().to_uint()) : kind_of_v6(address.to_v6());
}

Status check_address(const address& address, bool allow_private) {
  switch (kind_of(address)) {
    case AddressKind::global:
      return Ok{};
    case AddressKind::loopback:
      if (allow_private) return Ok{};
      return Error{address.to_string() +
                   " is a loopback address, which allow_private: false forbids"};
    case AddressKind::private_net:
      if (allow_private) return Ok{};
      return Error{address.to_string() +
                   " is a private address, which allow_private: false forbids"};
    case AddressKind::metadata:
      return refused(address, "a cloud metadata service");
    case AddressKind::link_local:
      return refused(address, "a link-local address");
    case AddressKind::unspecified:
      return refused(address, "the unspecified address");
    case AddressKind::multicast:
      return refused(address, "a multicast or reserved address");
  }
  return Ok{};
}

}  // namespace revisitd::collectors
