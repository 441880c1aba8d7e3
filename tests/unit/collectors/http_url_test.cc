#include "collectors/http_url.h"

#include <gmock/gmock.h>

namespace revisitd::collectors {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HttpUrlTest, TakesAUrlApart) {
  const auto url = parse_http_url("https://Prom.Example:9443/api/v1/query?query=up%7B%7D#top");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "prom.example");
  EXPECT_EQ(url->port, 9443);
  EXPECT_EQ(url->host_header, "prom.example:9443");
  EXPECT_EQ(url->target, "/api/v1/query?query=up%7B%7D");
  EXPECT_EQ(url->origin(), "prom.example:9443");
}

TEST(HttpUrlTest, FillsInPortAndPath) {
  EXPECT_EQ(parse_http_url("http://a")->port, 80);
  EXPECT_EQ(parse_http_url("https://a")->port, 443);
  EXPECT_EQ(parse_http_url("http://a:80")->host_header, "a");
  EXPECT_EQ(parse_http_url("http://a?x=1")->target, "/?x=1");
}

TEST(HttpUrlTest, KnowsLiterals) {
  const auto v6 = parse_http_url("http://[2001:DB8::1]:9100/metrics");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_EQ(v6->host_header, "[2001:db8::1]:9100");
  EXPECT_TRUE(v6->host_is_literal);
  EXPECT_TRUE(parse_http_url("http://10.0.0.1/")->host_is_literal);
  EXPECT_FALSE(parse_http_url("http://ten.example/")->host_is_literal);
}

// The scheme in capitals keeps a URL from the short way that plain ones take.
TEST(HttpUrlTest, PlainUrlsReadAsAllOthersDo) {
  for (const std::string rest : {"10.0.0.1:9100/metrics",
                                 "10.0.0.1:80/metrics",
                                 "10.0.0.1:09100/m",
                                 "10.0.0.1:0/m",
                                 "10.0.0.1:70000/m",
                                 "10.0.0.1:/m",
                                 "10.0.0.1:+1/m",
                                 "10.0.0.1/m",
                                 "10.0.0.1:9100",
                                 "010.0.0.1:9100/m",
                                 "10.0.1:9100/m",
                                 "10.0.0.0.1:9100/m",
                                 "10.0.0.256:9100/m",
                                 "10..0.1:9100/m",
                                 "10.0.0.1.:9100/m",
                                 "u@10.0.0.1:9100/m",
                                 "10.0.0.1:9100/a//../b_c-D.e",
                                 "10.0.0.1:9100/m?x=1",
                                 "10.0.0.1:9100/m#top",
                                 "10.0.0.1:9100/%41",
                                 "10.0.0.1:9100/a b"}) {
    const auto plain = parse_http_url("http://" + rest);
    const auto other = parse_http_url("HTTP://" + rest);
    ASSERT_EQ(plain.has_value(), other.has_value()) << rest;
    if (plain) EXPECT_EQ(*plain, *other) << rest;
  }
}

TEST(HttpUrlTest, RefusesWhatIsNoPlainHttpUrl) {
  for (const char* text : {"", "example", "ftp://a/", "file:///etc/passwd", "http://", "http:///x",
                           "//a/", "http://a:0/", "http://a:70000/", "http://a b/", "http://a%00b/",
                           "http://a/\r\nX: y", "http://[::1/", "http://\xC3\xA4.example/"}) {
    EXPECT_FALSE(parse_http_url(text)) << text;
  }
  EXPECT_FALSE(parse_http_url("http://a/" + std::string(20'000, 'x')));
}

TEST(HttpUrlTest, CredentialsAreRefusedAndNeverRepeated) {
  for (const char* text :
       {"http://user:hunter2@a/", "http://hunter2@a/", "gopher://a/?token=hunter2"}) {
    const auto url = parse_http_url(text);
    ASSERT_FALSE(url);
    EXPECT_THAT(url.error().message, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace revisitd::collectors
