#include "collectors/http_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/unit/collectors/fault_server.h"

namespace revisitd::collectors {
namespace {

using revisitd::testing::answering;
using revisitd::testing::FaultServer;
using revisitd::testing::ok_response;
using ::testing::HasSubstr;

boost::asio::awaitable<void> keep(HttpDiscovery& discovery, std::optional<Result<bool>>& result) {
  result = co_await discovery.refresh();
}

// One discovery that asks a scripted server, answer after answer.
class HttpDiscoveryTest : public ::testing::Test {
 protected:
  Result<bool> refresh(HttpDiscovery& discovery) {
    std::optional<Result<bool>> result;
    boost::asio::co_spawn(context_, keep(discovery, result), boost::asio::detached);
    context_.restart();
    context_.run();
    return *result;
  }
  static std::string json(const std::string& body) {
    return ok_response(body, "Content-Type: application/json\r\nConnection: close\r\n");
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpClient> client_ = make_http_client(context_.get_executor(), {});
};

TEST_F(HttpDiscoveryTest, TakesTheListAndKnowsWhenItChanges) {
  FaultServer server({answering(json(R"([{"targets":["a:1"],"labels":{"service":"x"}}])")),
                      answering(json(R"([{"targets":["a:1"],"labels":{"service":"x"}}])")),
                      answering(json("[]"))});
  HttpDiscovery discovery(*client_, {.url = server.url()});
  EXPECT_TRUE(*refresh(discovery));
  ASSERT_EQ(discovery.groups().size(), 1u);
  EXPECT_EQ(discovery.groups()[0].labels.at("__meta_url"), server.url());
  EXPECT_FALSE(*refresh(discovery));
  EXPECT_TRUE(*refresh(discovery));
  EXPECT_TRUE(discovery.groups().empty());
  EXPECT_THAT(server.requests()[0], HasSubstr("X-Prometheus-Refresh-Interval-Seconds: 60"));
}

TEST_F(HttpDiscoveryTest, KeepsTheLastGoodListWhenTheEndpointMisbehaves) {
  FaultServer server(
      {answering(json(R"([{"targets":["a:1"]}])")),
       answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
       answering(ok_response("<html>", "Content-Type: text/html\r\nConnection: close\r\n")),
       answering(json(R"([{"targets":"a"}])"))});
  HttpDiscovery discovery(*client_, {.url = server.url()});
  ASSERT_TRUE(*refresh(discovery));
  EXPECT_THAT(refresh(discovery).error().message, HasSubstr("503"));
  EXPECT_THAT(refresh(discovery).error().message, HasSubstr("text/html"));
  EXPECT_THAT(refresh(discovery).error().message, HasSubstr("cannot be read"));
  EXPECT_EQ(discovery.groups().size(), 1u);
}

}  // namespace
}  // namespace revisitd::collectors
