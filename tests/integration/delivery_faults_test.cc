#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "daemon/notify/dispatch.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/daemon/notify/samples.h"

// One attempt over real sockets, against receivers that misbehave.
namespace revisitd::daemon::notify {
namespace {

namespace asio = boost::asio;
using testing::answering;
using testing::FaultServer;
using ::testing::HasSubstr;
using testing::ok_response;
using testing::read_request;
using testing::reset;
using testing::send;

asio::awaitable<void> attempt_once(collectors::HttpClient& http, Courier& courier,
                                   std::optional<Judgement>& out) {
  const auto flights = std::make_shared<Flights>();
  Judgement judgement =
      co_await dispatch(flights, http, courier, "msg_1", "{}", time_of("2026-05-12"));
  out = std::move(judgement);
}

Judgement attempt(const FaultServer& server, ReceiverKind kind = ReceiverKind::webhook) {
  Receiver receiver = kind == ReceiverKind::slack ? slack_receiver() : webhook_receiver();
  receiver.slack.api_url.inline_value = Secret(server.url("/hook"));
  receiver.webhook.url.inline_value = Secret(server.url("/hook"));
  Courier courier(receiver);
  asio::io_context io;
  const auto http = collectors::make_http_client(io.get_executor(), {});
  std::optional<Judgement> judgement;
  asio::co_spawn(io, attempt_once(*http, courier, judgement), asio::detached);
  while (!judgement) io.run_one();
  return *judgement;
}

TEST(DeliveryFaultsTest, AConnectionResetInsteadOfAnAnswerIsRetried) {
  const FaultServer server({read_request(), reset()});
  EXPECT_EQ(attempt(server).verdict, AttemptVerdict::retry);
}

TEST(DeliveryFaultsTest, AnAnswerCutShortIsRetried) {
  const FaultServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"));
  EXPECT_EQ(attempt(server).verdict, AttemptVerdict::retry);
}

TEST(DeliveryFaultsTest, GarbageIsRetried) {
  const FaultServer server(answering("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_EQ(attempt(server).verdict, AttemptVerdict::retry);
}

TEST(DeliveryFaultsTest, ARedirectIsNotFollowed) {
  const FaultServer other(answering(ok_response("ok")));
  for (const char* status : {"301", "302", "307", "308"}) {
    const FaultServer server(answering("HTTP/1.1 " + std::string(status) + " Moved\r\nLocation: " +
                                       other.url() + "\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(attempt(server).verdict, AttemptVerdict::rejected) << status;
  }
  EXPECT_EQ(other.connections(), 0U);
}

TEST(DeliveryFaultsTest, AnEndlessAnswerIsCutAndItsStatusCounts) {
  const FaultServer server({read_request(),
                            send("HTTP/1.1 200 OK\r\nContent-Length: 400000000\r\n\r\n"),
                            send(std::string(100'000, 'x'), 4000)});
  EXPECT_EQ(attempt(server).verdict, AttemptVerdict::accepted);
  EXPECT_LT(server.bytes_sent(), 20'000'000U);
}

TEST(DeliveryFaultsTest, SlackErrorsAreTold) {
  const FaultServer server(answering(ok_response("invalid_payload")));
  const Judgement judgement = attempt(server, ReceiverKind::slack);
  EXPECT_EQ(judgement.verdict, AttemptVerdict::rejected);
  EXPECT_THAT(judgement.reason, HasSubstr("invalid_payload"));
}

TEST(DeliveryFaultsTest, AClosedPortIsRetriedAndNamesNoSecret) {
  std::string url;
  {
    const FaultServer server(answering(""));
    url = server.url("/services/T0/canary");
  }
  Receiver receiver = slack_receiver();
  receiver.slack.api_url.inline_value = Secret(url);
  Courier courier(receiver);
  asio::io_context io;
  const auto http = collectors::make_http_client(io.get_executor(), {});
  std::optional<Judgement> judgement;
  asio::co_spawn(io, attempt_once(*http, courier, judgement), asio::detached);
  while (!judgement) io.run_one();
  EXPECT_EQ(judgement->verdict, AttemptVerdict::retry);
  EXPECT_EQ(judgement->reason.find("canary"), std::string::npos) << judgement->reason;
}

TEST(DeliveryFaultsTest, TheRequestIsWhatStandardWebhooksAsksFor) {
  const FaultServer server(answering(ok_response("")));
  EXPECT_EQ(attempt(server).verdict, AttemptVerdict::accepted);
  const std::string request = server.requests().at(0);
  EXPECT_THAT(request, HasSubstr("POST /hook HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("webhook-id: msg_1\r\n"));
  EXPECT_THAT(request, HasSubstr("webhook-timestamp: 1778544000\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_TRUE(request.ends_with("\r\n\r\n{}"));
}

}  // namespace
}  // namespace revisitd::daemon::notify
