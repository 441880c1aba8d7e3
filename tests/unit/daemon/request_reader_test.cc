#include "daemon/request_reader.h"

#include <gtest/gtest.h>

#include "daemon/request_target.h"
#include "daemon/response_format.h"

namespace revisitd::daemon {
namespace {

using State = RequestReader::State;

const std::string kRequest =
    "POST /a%20b?x=1 HTTP/1.1\r\nHost: a\r\nX-List: 1\r\nX-List: 2\r\nTransfer-Encoding: "
    "chunked\r\n\r\n"
    "3\r\nabc\r\n2;x\r\nde\r\n0\r\nHost: evil\r\n\r\n";

TEST(RequestReaderTest, TheSplitOfTheBytesDoesNotMatter) {
  const HttpServerOptions options;
  for (std::size_t step = 1; step <= kRequest.size(); ++step) {
    RequestReader reader(options);
    std::string held;
    for (std::size_t at = 0; at < kRequest.size(); at += step) {
      held += kRequest.substr(at, step);
      held.erase(0, reader.feed(held));
    }
    ASSERT_EQ(reader.state(), State::done) << step << " " << reader.refusal().reason;
    const HttpRequest request = reader.take_request();
    EXPECT_EQ(request.path, "/a b");
    EXPECT_EQ(request.parameter("x"), "1");
    EXPECT_EQ(request.body, "abcde");
    EXPECT_EQ(request.header("x-list"), "1, 2");
    EXPECT_EQ(request.header("host"), "a");
  }
}

TEST(RequestReaderTest, NoPrefixIsARequest) {
  const HttpServerOptions options;
  for (std::size_t size = 0; size < kRequest.size(); ++size) {
    RequestReader reader(options);
    reader.feed(kRequest.substr(0, size));
    EXPECT_EQ(reader.state(), State::more) << size;
  }
}

TEST(RequestReaderTest, WhatFollowsIsLeftForTheNextReader) {
  const HttpServerOptions options;
  RequestReader reader(options);
  const std::string first = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(reader.feed(first + "GET /next"), first.size());
  EXPECT_EQ(reader.state(), State::done);
}

TEST(AcceptsGzipTest, ReadsTheHeaderAsBrowsersSendIt) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZIP ;q=0.1, br"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000"));
  EXPECT_FALSE(accepts_gzip("br, x-gzip-like"));
  EXPECT_FALSE(accepts_gzip(""));
}

TEST(PercentDecodeTest, BrokenEscapesAreRefused) {
  EXPECT_EQ(percent_decode("%41%62+", false), "Ab+");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  for (const char* text : {"%", "%4", "%4g", "%%41"})
    EXPECT_FALSE(percent_decode(text, false)) << text;
}

}  // namespace
}  // namespace revisitd::daemon
