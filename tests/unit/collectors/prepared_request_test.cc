#include "collectors/prepared_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

PreparedRequest prepare(const std::string& url, const std::string& body = "") {
  FetchRequest request;
  request.url = url;
  request.body = body;
  request.headers = {{"Accept", "text/plain"}};
  auto prepared = prepare_request(std::move(request), "revisitd");
  EXPECT_TRUE(prepared) << prepared.error().message;
  return *std::move(prepared);
}

TEST(PreparedRequestTest, OnlyItsFrontIsOfOneUrlAlone) {
  const PreparedRequest one = prepare("http://a.example:8080/metrics?x=1");
  const PreparedRequest other = prepare("http://b.example/stats");
  EXPECT_EQ(one.front, "GET /metrics?x=1 HTTP/1.1\r\nHost: a.example:8080\r\n");
  EXPECT_EQ(other.front, "GET /stats HTTP/1.1\r\nHost: b.example\r\n");
  EXPECT_EQ(*one.rest, *other.rest);
  EXPECT_EQ(one.rest->hash(), other.rest->hash());
  EXPECT_THAT(one.rest->text, HasSubstr("Accept: text/plain\r\n"));
  EXPECT_THAT(one.rest->text, EndsWith("\r\n\r\n"));
}

// Thousands are kept.
TEST(PreparedRequestTest, WhatWasWrittenOutTakesNoMemoryAnyMore) {
  const PreparedRequest prepared =
      prepare("http://a.example:8080/metrics?" + std::string(100, 'x'));
  const std::size_t in_place = std::string().capacity();
  EXPECT_EQ(prepared.request.headers.capacity(), 0u);
  EXPECT_EQ(prepared.request.url.capacity(), in_place);
  EXPECT_EQ(prepared.url.host_header.capacity(), in_place);
  EXPECT_EQ(prepared.url.target.capacity(), in_place);
}

TEST(PreparedRequestTest, ItsBodyStandsBehindTheHead) {
  const PreparedRequest prepared = prepare("http://a.example/", "a body");
  EXPECT_THAT(prepared.rest->text, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(prepared.rest->text, EndsWith("\r\n\r\na body"));
}

}  // namespace
}  // namespace revisitd::collectors
