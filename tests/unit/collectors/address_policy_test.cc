#include "collectors/address_policy.h"

#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

AddressKind kind(const char* text) { return kind_of(boost::asio::ip::make_address(text)); }
bool allowed(const char* text, bool allow_private) {
  return check_address(boost::asio::ip::make_address(text), allow_private).has_value();
}

TEST(AddressPolicyTest, KnowsTheKinds) {
  for (const char* text : {"8.8.8.8", "1.1.1.1", "2606:4700::1111", "172.32.0.1", "100.128.0.1"}) {
    EXPECT_EQ(kind(text), AddressKind::global) << text;
  }
  for (const char* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(kind(text), AddressKind::loopback) << text;
  }
  for (const char* text :
       {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "198.18.0.1",
        "fd12::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"}) {
    EXPECT_EQ(kind(text), AddressKind::private_net) << text;
  }
  for (const char* text :
       {"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::", "::169.254.169.254", "fd00:ec2::254", "100.100.100.200"}) {
    EXPECT_EQ(kind(text), AddressKind::metadata) << text;
  }
  for (const char* text : {"169.254.1.1", "fe80::1", "fe80::1%1"})
    EXPECT_EQ(kind(text), AddressKind::link_local) << text;
  for (const char* text : {"0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"}) {
    EXPECT_EQ(kind(text), AddressKind::unspecified) << text;
  }
  for (const char* text : {"224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "ff02::1"}) {
    EXPECT_EQ(kind(text), AddressKind::multicast) << text;
  }
}

TEST(AddressPolicyTest, DangerousKindsAreRefusedAlways) {
  for (const char* text : {"169.254.169.254", "169.254.1.1", "0.0.0.0", "224.0.0.1"}) {
    EXPECT_FALSE(allowed(text, true)) << text;
    EXPECT_FALSE(allowed(text, false)) << text;
  }
}

TEST(AddressPolicyTest, LoopbackAndPrivateNetsDependOnTheOption) {
  for (const char* text : {"127.0.0.1", "::1", "10.0.0.1", "fd12::1"}) {
    EXPECT_TRUE(allowed(text, true)) << text;
    EXPECT_FALSE(allowed(text, false)) << text;
  }
  EXPECT_TRUE(allowed("8.8.8.8", false));
}

}  // namespace
}  // namespace revisitd::collectors
