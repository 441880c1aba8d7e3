#include "daemon/web_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::daemon {
namespace {

using testing::HasSubstr;

TEST(WebFlagsTest, ListenAddressesAreTakenApart) {
  const auto v6 = split_listen_address("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_TRUE(v6->literal);
  const auto name = split_listen_address("revisit.example-1.org:9750");
  ASSERT_TRUE(name);
  EXPECT_FALSE(name->literal);
  EXPECT_EQ(name->port, 9750);
  EXPECT_EQ(split_listen_address(":65535")->host, "");
}

TEST(WebFlagsTest, WhatIsNoListenAddressIsRefused) {
  for (const char* text :
       {"", "foo", "29755", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1",
        "127.0.0.1:80x", "::1:80", "[::1]", "[127.0.0.1]:80", "a b:80", "http://x:80", "[x]:80"}) {
    const auto words = split_listen_address(text);
    ASSERT_FALSE(words) << text;
    EXPECT_THAT(words.error().message, HasSubstr("host:port")) << text;
  }
}

TEST(WebFlagsTest, AnExternalUrlHasASchemeAndAHost) {
  for (const char* text : {"http://localhost:9750", "https://revisitd.example.org/at/path/"}) {
    EXPECT_TRUE(parse_external_url(text)) << text;
  }
  for (const char* text : {"", "foo", "revisitd.example.org", "//x", "ftp://x", "http://",
                           "http://u:p@x", "http://x/?a=b", "http://x/#top", "http://x:0"}) {
    EXPECT_FALSE(parse_external_url(text)) << text;
  }
}

}  // namespace
}  // namespace revisitd::daemon
