#include "collectors/response_reader.h"

#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using State = ResponseReader::State;

// Feeds the bytes in pieces of `step`, keeping what is not consumed, as the client does.
State feed_in_steps(ResponseReader& reader, const std::string& bytes, std::size_t step) {
  std::string held;
  for (std::size_t at = 0; at < bytes.size() && reader.state() == State::more; at += step) {
    held += bytes.substr(at, step);
    held.erase(0, reader.feed(held));
  }
  return reader.state();
}

const std::string kChunked =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: "
    "text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    "4;x=y\r\nab\r\n\r\n1\r\nz\r\n0\r\nX-Trailer: 1\r\n\r\n";

TEST(ResponseReaderTest, TheSplitOfTheBytesDoesNotMatter) {
  for (std::size_t step = 1; step <= kChunked.size(); ++step) {
    FetchRequest request;
    ResponseReader reader(request);
    ASSERT_EQ(feed_in_steps(reader, kChunked, step), State::done) << step;
    EXPECT_TRUE(reader.reusable());
    EXPECT_EQ(reader.take_response().body, "ab\r\nz");
  }
}

TEST(ResponseReaderTest, EveryProperPrefixIsTruncated) {
  for (std::size_t size = 0; size < kChunked.size(); ++size) {
    FetchRequest request;
    ResponseReader reader(request);
    feed_in_steps(reader, kChunked.substr(0, size), 7);
    reader.finish();
    ASSERT_EQ(reader.state(), State::failed) << size;
    EXPECT_EQ(reader.error().failure, FetchFailure::truncated) << size;
  }
}

TEST(ResponseReaderTest, Http10WithoutKeepAliveIsNotReusable) {
  FetchRequest request;
  ResponseReader reader(request);
  feed_in_steps(reader, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 99);
  EXPECT_EQ(reader.state(), State::done);
  EXPECT_FALSE(reader.reusable());
}

}  // namespace
}  // namespace revisitd::collectors
