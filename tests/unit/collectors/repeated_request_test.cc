#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>

#include "collectors/http_client.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/fetching.h"
#include "tests/unit/collectors/test_certificates.h"

namespace revisitd::collectors {
namespace {

using revisitd::testing::answering;
using revisitd::testing::brief;
using revisitd::testing::FaultServer;
using revisitd::testing::FetchResult;
using revisitd::testing::hang;
using revisitd::testing::ok_response;
using revisitd::testing::outcome;
using revisitd::testing::read_request;
using revisitd::testing::reset;
using revisitd::testing::Script;
using revisitd::testing::send;
using revisitd::testing::TestCertificates;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

// Keeps what it is told.
struct Listener final : FetchListener {
  void fetched(FetchResult what) noexcept override {
    ++told;
    result = std::move(what);
  }
  void broke(std::exception_ptr why) noexcept override {
    ++told;
    broken = std::move(why);
  }

  int told = 0;
  std::optional<FetchResult> result;
  std::exception_ptr broken;
};

class RepeatedRequestTest : public ::testing::Test {
 protected:
  std::unique_ptr<RepeatedRequest> repeat(FetchRequest request) {
    auto made = client_->repeat(std::move(request));
    if (!made) throw std::runtime_error(made.error().message);
    return *std::move(made);
  }
  std::unique_ptr<RepeatedRequest> repeat(const std::string& url) {
    return repeat(brief(url, seconds(5)));
  }

  // Runs until there is nothing to do any more.
  void run() {
    io_.restart();
    io_.run();
  }
  // Runs until the condition holds; false after five seconds.
  bool run_until(const std::function<bool()>& condition) {
    const auto deadline = Clock::now() + seconds(5);
    while (!condition() && Clock::now() < deadline) {
      if (io_.stopped()) io_.restart();
      io_.run_one_for(milliseconds(20));
    }
    return condition();
  }
  FetchResult ask(RepeatedRequest& request) {
    Listener listener;
    request.send(listener);
    run();
    EXPECT_EQ(listener.told, 1);
    return std::move(listener.result).value();
  }

  boost::asio::io_context io_;
  std::unique_ptr<RepeatingClient> client_ = make_http_client(io_.get_executor(), {});
};

// Answers the first request and does the rest with the second one, both over one connection.
Script answering_then(const Script& rest) {
  Script script = {read_request(), send(ok_response("1")), read_request()};
  script.insert(script.end(), rest.begin(), rest.end());
  return script;
}

TEST_F(RepeatedRequestTest, SendsTheSameAgainOverOneConnection) {
  FaultServer server(Script{read_request(), send(ok_response("1")), read_request(),
                            send(ok_response("2")), read_request(), send(ok_response("3"))});
  FetchRequest wanted = brief(server.url("/metrics?a=b"), seconds(5));
  wanted.headers = {{"Accept", "text/plain"}};
  const auto request = repeat(wanted);
  for (const char* body : {"1", "2", "3"}) EXPECT_EQ(ask(*request)->body, body);
  EXPECT_EQ(server.connections(), 1u);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_THAT(requests[0], HasSubstr("GET /metrics?a=b HTTP/1.1\r\n"));
  EXPECT_THAT(requests[0], HasSubstr("Accept: text/plain\r\n"));
  EXPECT_EQ(requests[1], requests[0]);
  EXPECT_EQ(requests[2], requests[0]);
}

TEST_F(RepeatedRequestTest, SharesConnectionsWithEveryFetch) {
  FaultServer server(answering_then({send(ok_response("2"))}));
  EXPECT_EQ(ask(*repeat(server.url()))->body, "1");
  EXPECT_EQ(ask(*repeat(server.url("/other")))->body, "2");
  EXPECT_EQ(server.connections(), 1u);
}

// A fleet keeps a request for each target, and few of them are under way.
TEST_F(RepeatedRequestTest, BetweenAnswersARequestHoldsLittleMemory) {
  constexpr int kRequests = 100;
  constexpr std::size_t kLittle = 600;  // bytes, with what the server notes of one
  Script script;
  for (int i = 0; i < 2 * kRequests; ++i) {
    script.push_back(read_request());
    script.push_back(send(ok_response("1")));
  }
  FaultServer server(script);
  std::vector<std::unique_ptr<RepeatedRequest>> requests;
  for (int i = 0; i < kRequests; ++i) requests.push_back(repeat(server.url()));
  EXPECT_TRUE(ask(*requests[0]));
  const std::size_t before = ::mallinfo2().uordblks;  // 0 under a sanitizer
  for (const auto& request : requests) EXPECT_TRUE(ask(*request));
  const std::size_t after = ::mallinfo2().uordblks;
  EXPECT_LT(after, before + kRequests * kLittle);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(RepeatedRequestTest, AnAnswerMayComeInManyPieces) {
  const std::string line(1000, 'x');
  FaultServer server(answering_then({send("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n"),
                                     send(line, 1000), send(line, 1000)}));
  FetchRequest wanted = brief(server.url(), seconds(5));
  std::size_t seen = 0;
  int heads = 0;
  wanted.sink = [&seen](std::string_view piece) {
    seen += piece.size();
    return true;
  };
  wanted.on_head = [&heads](int status, std::string_view) { heads += status == 200; };
  const auto request = repeat(std::move(wanted));
  ASSERT_TRUE(ask(*request));
  const FetchResult second = ask(*request);
  ASSERT_TRUE(second);
  EXPECT_EQ(seen, 2'000'001u);
  EXPECT_EQ(heads, 2);
  EXPECT_EQ(second->body, "");
  EXPECT_GT(second->wire_bytes, 2'000'000u);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(RepeatedRequestTest, IsSentOnceMoreWhenTheKeptConnectionWasDead) {
  for (const Script& end : {Script{}, Script{reset()}}) {
    FaultServer server({answering_then(end), answering(ok_response("2"))});
    const auto request = repeat(server.url());
    EXPECT_EQ(ask(*request)->body, "1");
    EXPECT_EQ(ask(*request)->body, "2");
    EXPECT_EQ(server.connections(), 2u);
  }
}

TEST_F(RepeatedRequestTest, AfterADeadConnectionNoOtherKeptOneIsTried) {
  FaultServer server({answering_then({}), answering_then({}), answering(ok_response("2"))});
  const auto first = repeat(server.url());
  const auto second = repeat(server.url());
  Listener one, other;
  first->send(one);
  second->send(other);
  run();
  EXPECT_EQ(server.connections(), 2u);
  EXPECT_EQ(ask(*first)->body, "2");
  EXPECT_EQ(server.connections(), 3u);
  EXPECT_EQ(server.requests().size(), 4u);
}

TEST_F(RepeatedRequestTest, APostIsNeverSentTwice) {
  FaultServer server({answering_then({}), answering(ok_response("2"))});
  FetchRequest wanted = brief(server.url(), seconds(5));
  wanted.method = "POST";
  wanted.body = "{}";
  const auto request = repeat(std::move(wanted));
  EXPECT_EQ(ask(*request)->body, "1");
  EXPECT_EQ(outcome(ask(*request)), "truncated");
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_THAT(server.requests().at(1), HasSubstr("\r\n\r\n{}"));
}

TEST_F(RepeatedRequestTest, AnAnswerCutOffIsNotAskedForAgain) {
  FaultServer server({answering_then({send("HTTP/1.1 2")}), answering(ok_response("2"))});
  const auto request = repeat(server.url());
  EXPECT_EQ(ask(*request)->body, "1");
  EXPECT_EQ(outcome(ask(*request)), "truncated");
  EXPECT_EQ(ask(*request)->body, "2");
}

TEST_F(RepeatedRequestTest, LimitsHoldOverKeptConnections) {
  FaultServer server(
      {answering_then({send(ok_response(std::string(64, 'x')))}), answering(ok_response("2"))});
  FetchRequest wanted = brief(server.url(), seconds(5));
  wanted.max_body_bytes = 63;
  const auto request = repeat(std::move(wanted));
  EXPECT_EQ(ask(*request)->body, "1");
  EXPECT_EQ(outcome(ask(*request)), "too_large");
  EXPECT_EQ(ask(*request)->body, "2");
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(RepeatedRequestTest, SilenceMeetsTheDeadline) {
  FaultServer server({answering_then({hang()}), answering(ok_response("2"))});
  const auto request = repeat(brief(server.url(), milliseconds(800)));
  EXPECT_EQ(ask(*request)->body, "1");
  const FetchResult late = ask(*request);
  EXPECT_EQ(outcome(late), "timeout");
  EXPECT_THAT(late.error().message, HasSubstr("not done within 800ms"));
  EXPECT_EQ(ask(*request)->body, "2");
}

TEST_F(RepeatedRequestTest, ASinkThatHasEnoughStopsIt) {
  FaultServer server({answering_then({send(ok_response("2"))}), answering(ok_response("3"))});
  FetchRequest wanted = brief(server.url(), seconds(5));
  wanted.sink = [](std::string_view piece) { return piece != "2"; };
  const auto request = repeat(std::move(wanted));
  EXPECT_TRUE(ask(*request));
  EXPECT_EQ(outcome(ask(*request)), "cancelled");
  EXPECT_TRUE(ask(*request));
}

TEST_F(RepeatedRequestTest, WhatTheSinkThrowsIsToldOnBothWays) {
  FaultServer server({answering(ok_response("thrown")),
                      answering_then({send(ok_response("thrown"))}), answering(ok_response("3"))});
  FetchRequest wanted = brief(server.url(), seconds(5));
  wanted.sink = [](std::string_view piece) -> bool {
    if (piece == "thrown") throw std::logic_error("nobody foresaw this");
    return true;
  };
  const auto request = repeat(std::move(wanted));
  for (const bool throws : {true, false, true, false}) {
    Listener listener;
    request->send(listener);
    run();
    EXPECT_EQ(listener.told, 1);
    EXPECT_EQ(listener.broken != nullptr, throws);
    if (listener.broken) EXPECT_THROW(std::rethrow_exception(listener.broken), std::logic_error);
  }
  EXPECT_EQ(server.connections(), 3u);
}

TEST_F(RepeatedRequestTest, CancellingEndsWhatIsUnderWay) {
  FaultServer server({answering_then({hang()}), Script{read_request(), hang()}});
  const auto request = repeat(brief(server.url(), minutes(5)));
  request->cancel();  // nothing is under way
  EXPECT_EQ(ask(*request)->body, "1");
  // Over the kept connection first, and over a new one then.
  for (const std::size_t requests : {2u, 3u}) {
    Listener listener;
    request->send(listener);
    EXPECT_TRUE(run_until([&] { return server.requests().size() == requests; }));
    request->cancel();
    run();
    EXPECT_EQ(listener.told, 1);
    if (listener.result) EXPECT_EQ(outcome(*listener.result), "cancelled");
  }
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(RepeatedRequestTest, TheClientsStopEndsThemAll) {
  FaultServer server(answering_then({hang()}));
  const auto request = repeat(brief(server.url(), minutes(5)));
  EXPECT_EQ(ask(*request)->body, "1");
  Listener listener;
  request->send(listener);
  EXPECT_TRUE(run_until([&] { return server.requests().size() == 2; }));
  client_->cancel_all();
  run();
  EXPECT_EQ(outcome(listener.result.value()), "cancelled");
  EXPECT_EQ(outcome(ask(*request)), "cancelled");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(RepeatedRequestTest, KeepsItsConnectionUnderTlsToo) {
  const TestCertificates certificates;
  FaultServer server(
      {answering_then({send(ok_response("2"))})},
      {.cert_file = certificates.path("good.pem"), .key_file = certificates.path("good.key")});
  FetchRequest wanted = brief(server.url(), seconds(10));
  wanted.tls = std::make_shared<TlsOptions>(TlsOptions{.ca_file = certificates.path("ca.pem")});
  const auto request = repeat(std::move(wanted));
  EXPECT_EQ(ask(*request)->body, "1");
  EXPECT_EQ(ask(*request)->body, "2");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(RepeatedRequestTest, FilesThatChangedCountFromTheNextSendingOn) {
  const TestCertificates certificates;
  FaultServer server(
      {answering_then({send(ok_response("2"))})},
      {.cert_file = certificates.path("good.pem"), .key_file = certificates.path("good.key")});
  const std::string authorities = certificates.path("ours.pem");
  std::filesystem::copy_file(certificates.path("ca.pem"), authorities);
  FetchRequest wanted = brief(server.url(), seconds(10));
  wanted.tls = std::make_shared<TlsOptions>(TlsOptions{.ca_file = authorities});
  const auto request = repeat(std::move(wanted));
  EXPECT_EQ(ask(*request)->body, "1");
  std::filesystem::remove(authorities);
  EXPECT_EQ(outcome(ask(*request)), "tls");
  std::filesystem::copy_file(certificates.path("ca.pem"), authorities);
  EXPECT_EQ(ask(*request)->body, "1") << "over a connection that was made under these files";
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(RepeatedRequestTest, MayBeDestroyedByWhoIsTold) {
  struct Last final : FetchListener {
    void fetched(FetchResult what) noexcept override {
      told = outcome(what);
      request.reset();
    }
    void broke(std::exception_ptr) noexcept override {}
    std::unique_ptr<RepeatedRequest> request;
    std::string told;
  };
  FaultServer server(answering_then({send(ok_response("2"))}));
  const auto told_of = [&](const char* expected) {
    Last last;
    last.request = repeat(server.url());
    last.request->send(last);
    run();
    EXPECT_EQ(last.told, expected);
  };
  told_of("status 200");
  told_of("status 200");
  client_->cancel_all();
  told_of("cancelled");
}

TEST_F(RepeatedRequestTest, AnAnswerUnderWayOutlivesItsRequest) {
  FaultServer server(answering_then({send(ok_response("2"))}));
  auto request = repeat(server.url());
  EXPECT_EQ(ask(*request)->body, "1");
  Listener listener;
  request->send(listener);
  request.reset();
  run();
  EXPECT_EQ((*listener.result)->body, "2");
}

TEST_F(RepeatedRequestTest, WhatCanNeverBeSentIsRefusedAtOnce) {
  EXPECT_EQ(client_->repeat(brief("ftp://127.0.0.1/")).error().failure, FetchFailure::bad_url);
  FetchRequest split = brief("http://127.0.0.1/");
  split.headers = {{"X-A", "1\r\nX-B: 2"}};
  const auto refused = client_->repeat(split);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("X-A"));
}

TEST_F(RepeatedRequestTest, AConnectionThatIsRefusedSaysSoEachTime) {
  std::string url;
  {
    FaultServer server(answering(ok_response("")));
    url = server.url();
  }
  const auto request = repeat(url);
  for (int round = 0; round < 2; ++round) EXPECT_EQ(outcome(ask(*request)), "connect");
}

}  // namespace
}  // namespace revisitd::collectors
