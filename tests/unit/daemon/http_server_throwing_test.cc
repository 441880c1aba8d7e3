#include <gtest/gtest.h>

#include <optional>

#include "tests/throw_at_nth.h"
#include "tests/unit/daemon/running_server.h"

// Exceptions at every point of what the server does with a connection (F70).
namespace revisitd::testing {
namespace {

using daemon::HttpRequest;
using daemon::HttpResponse;

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

TEST(HttpServerThrowingTest, AThrowAnywhereCostsAConnectionAtMost) {
  if (!kAllocationsCanThrow) GTEST_SKIP() << "not under a sanitizer";
  std::size_t point = 0, struck = 0;
  std::optional<ThrowAtNth> thrower;  // of the server's thread
  RunningServer server([&](const HttpRequest& request) {
    if (thrower && thrower->struck()) ++struck;
    thrower.reset();
    HttpResponse response;
    response.body = "fine";
    if (request.path == "/throw") thrower.emplace(point);
    return response;
  });
  for (; point < 50; ++point) {
    RawClient first(server.port());
    first.send(get("/throw")).read_response();
    std::string answer;
    // It may strike in what comes next as well: twice means that something stays broken.
    for (int tries = 0; tries < 2 && answer != "fine"; ++tries) {
      answer = body_of(RawClient(server.port()).send(get("/good")).read_response());
    }
    ASSERT_EQ(answer, "fine") << "after a throw at " << point;
  }
  EXPECT_GT(struck, 5u) << "the points are about right";
}

}  // namespace
}  // namespace revisitd::testing
