#include "collectors/http_head.h"

#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

TEST(HttpHeadTest, WritesLinesInOrder) {
  HeadWriter head("GET / HTTP/1.1");
  EXPECT_TRUE(head.add("Host", "a"));
  EXPECT_TRUE(head.add("X-Text", "tab\tand \xC3\xA4"));
  EXPECT_EQ(head.finish(), "GET / HTTP/1.1\r\nHost: a\r\nX-Text: tab\tand \xC3\xA4\r\n\r\n");
}

TEST(HttpHeadTest, AHeadCanBeCutBetweenLines) {
  HeadWriter head("GET / HTTP/1.1");
  EXPECT_TRUE(head.add("Host", "a"));
  EXPECT_EQ(head.cut(), "GET / HTTP/1.1\r\nHost: a\r\n");
  EXPECT_TRUE(head.add("X", "b"));
  EXPECT_EQ(head.finish(), "X: b\r\n\r\n");
}

TEST(HttpHeadTest, EveryControlByteIsRefusedInValues) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = "a" + std::string(1, static_cast<char>(byte)) + "b";
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
    HeadWriter head("HTTP/1.1 200 OK");
    EXPECT_EQ(head.add("X", value), !control) << byte;
    EXPECT_EQ(head.finish() == "HTTP/1.1 200 OK\r\n\r\n", control) << byte;
  }
}

TEST(HttpHeadTest, NamesAreTokens) {
  EXPECT_TRUE(is_http_token("X-Prometheus_Scrape.1"));
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a:"), std::string("a\r\n"),
        std::string("a\0b", 3), std::string("\xC3\xA4"), std::string("(a)")}) {
    EXPECT_FALSE(is_http_token(name)) << name;
  }
}

TEST(HttpHeadTest, NamesCompareWithoutCase) {
  EXPECT_TRUE(same_name("Content-Type", "content-TYPE"));
  EXPECT_FALSE(same_name("Content-Type", "Content-Typ"));
}

}  // namespace
}  // namespace revisitd::collectors
