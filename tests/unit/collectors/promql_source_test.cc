#include "collectors/promql_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

namespace revisitd::collectors {
namespace {

using rules::Absence;
using ::testing::HasSubstr;

constexpr Duration kMinute = std::chrono::minutes(1);
const TimePoint kStart = from_millis(1795444440000);

std::string vector_of(const std::string& elements, const std::string& more = "") {
  return R"({"status":"success",)" + more + R"("data":{"resultType":"vector","result":[)" +
         elements + "]}}";
}
std::string element(const std::string& service, const std::string& value) {
  return R"({"metric":{"service":")" + service + R"("},"value":[1795444500,")" + value + R"("]})";
}

// Answers from a list and keeps what it was asked.
class ScriptedClient final : public HttpClient {
 public:
  boost::asio::awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) override {
    requests.push_back(std::move(request));
    if (answers.empty()) co_return FetchError{FetchFailure::connect, "refused"};
    FetchResponse response = answers.front();
    answers.pop_front();
    if (response.status == 0) co_return FetchError{FetchFailure::too_large, "too large"};
    co_return response;
  }
  void answer(int status, std::string body, std::optional<std::string> retry_after = {}) {
    FetchResponse response;
    response.status = status;
    response.retry_after = std::move(retry_after);
    response.body = std::move(body);
    answers.push_back(std::move(response));
  }

  std::vector<FetchRequest> requests;
  std::deque<FetchResponse> answers;
};

// A server that takes connections and says nothing.
class SilentClient final : public HttpClient {
 public:
  boost::asio::awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) override {
    timeouts.push_back(request.timeout);
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, request.timeout);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return FetchError{FetchFailure::timeout, "nothing came"};
  }

  std::vector<Duration> timeouts;
};

class PromqlSourceTest : public ::testing::Test {
 protected:
  PromqlSourceTest() {
    spec_.name = "main";
    spec_.url = "http://prometheus:9090/prefix/";
    signal_.name = "rps";
    signal_.reduction = rules::Reduction::query;
    signal_.from = "main";
    signal_.query = "sum by (service) (rate(x[$slot])) + 1";
  }
  PromqlSource& source() {
    if (!source_) {
      source_ = make_promql_source(io_.get_executor(), client_, spec_, [] { return kStart; });
    }
    return *source_;
  }
  Result<PromqlVector, PromqlError> query() {
    return run(source().query(signal_, kMinute, kStart));
  }
  Result<SlotHistoryAnswer, PromqlError> range(std::int64_t first, std::int64_t last) {
    return run(source().fetch_range(signal_, kMinute, first, last));
  }
  template <class T>
  T run(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, keep(std::move(work), result), [](const std::exception_ptr&) {});
    io_.restart();
    io_.run();
    return std::move(*result);
  }
  template <class T>
  static boost::asio::awaitable<void> keep(boost::asio::awaitable<T> work,
                                           std::optional<T>& result) {
    result = co_await std::move(work);
  }

  boost::asio::io_context io_;
  ScriptedClient client_;
  PromqlServerSpec spec_;
  rules::SignalSpec signal_;
  std::unique_ptr<PromqlSource> source_;
};

TEST(QueryForSlotTest, PutsTheSlotLengthIn) {
  EXPECT_EQ(query_for_slot("rate(x[$slot]) / y[$slot:]", kMinute), "rate(x[1m]) / y[1m:]");
  EXPECT_EQ(query_for_slot("x[$slot]", std::chrono::hours(1)), "x[1h]");
  EXPECT_EQ(query_for_slot("$slots $slot", std::chrono::seconds(90)), "$slots 1m30s");
}

TEST_F(PromqlSourceTest, ALiveAnswerMayTakeHalfTheSlot) {
  ASSERT_FALSE(run(source().query(signal_, std::chrono::seconds(10), kStart)));
  ASSERT_EQ(client_.requests.size(), 1u);
  EXPECT_LE(client_.requests[0].timeout, std::chrono::seconds(5));
  EXPECT_GT(client_.requests[0].timeout, std::chrono::seconds(4));
  EXPECT_THAT(client_.requests[0].body, HasSubstr("timeout=5s"));
}

TEST_F(PromqlSourceTest, WhatHistoryIsFetchedForHasTheServersOwnTime) {
  ASSERT_FALSE(range(1, 2));
  ASSERT_EQ(client_.requests.size(), 1u);
  EXPECT_EQ(client_.requests[0].timeout, spec_.timeout);
}

TEST_F(PromqlSourceTest, AServerThatHangsIsGivenUpBeforeTheNextSlotEnds) {
  constexpr Duration kSlot = std::chrono::milliseconds(100);
  constexpr int kQueries = 12;
  SilentClient silent;
  spec_.max_concurrent = 2;
  const auto hanging = make_promql_source(io_.get_executor(), silent, spec_, [] { return kStart; });
  std::vector<std::string> messages;
  const auto ask = [&]() -> boost::asio::awaitable<void> {
    const auto answer = co_await hanging->query(signal_, kSlot, kStart);
    messages.push_back(answer ? "" : answer.error().message);
  };
  for (int i = 0; i < kQueries; ++i)
    boost::asio::co_spawn(io_, ask(), [](const std::exception_ptr&) {});
  io_.run();
  // Two were asked, and nothing of the slot was left for the others.
  ASSERT_EQ(messages.size(), kQueries);
  ASSERT_EQ(silent.timeouts.size(), 2u);
  for (const Duration timeout : silent.timeouts) EXPECT_LE(timeout, kSlot / 2);
  EXPECT_EQ(hanging->counters().held_back, kQueries - 2u);
}

TEST_F(PromqlSourceTest, ALiveQueryDoesNotWaitForHistoryThatHangs) {
  SilentClient silent;
  spec_.max_concurrent = 1;
  spec_.timeout = std::chrono::milliseconds(500);
  const auto hanging = make_promql_source(io_.get_executor(), silent, spec_, [] { return kStart; });
  std::vector<std::string> ended;
  const auto history = [&]() -> boost::asio::awaitable<void> {
    (void)co_await hanging->fetch_range(signal_, kMinute, 1, 2);
    ended.emplace_back("history");
  };
  const auto live = [&]() -> boost::asio::awaitable<void> {
    const auto answer = co_await hanging->query(signal_, std::chrono::milliseconds(100), kStart);
    ended.push_back(answer ? "" : answer.error().message);
  };
  boost::asio::co_spawn(io_, history(), [](const std::exception_ptr&) {});
  boost::asio::co_spawn(io_, live(), [](const std::exception_ptr&) {});
  io_.run();
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_THAT(ended[0], HasSubstr("not asked"));
  EXPECT_EQ(ended[1], "history");
}

TEST_F(PromqlSourceTest, ParametersOfTheServerAreInEveryQuery) {
  client_.answer(200, vector_of(""));
  client_.answer(200, R"({"status":"success","data":{"resultType":"matrix","result":[]}})");
  spec_.params = {{"partial_response", "false"}, {"match[]", "a b"}};
  spec_.post = false;
  ASSERT_TRUE(query());
  ASSERT_TRUE(range(1, 2));
  for (const FetchRequest& request : client_.requests)
    EXPECT_THAT(request.url, HasSubstr("&partial_response=false&match%5B%5D=a%20b"));
}

TEST_F(PromqlSourceTest, AnAnswerThatSaysItIsPartialIsMissingData) {
  const std::string half = vector_of(element("a", "1"), R"("isPartial":true,)");
  client_.answer(200, half);
  EXPECT_EQ(query()->services.at("a").absence, Absence::partial);
  signal_.allow_partial = true;
  client_.answer(200, half);
  EXPECT_EQ(query()->services.at("a").value, 1);
}

TEST_F(PromqlSourceTest, AsksOnceAtTheEndOfTheSlot) {
  client_.answer(200, vector_of(element("a", "1") + "," + element("b", "2")));
  spec_.headers = {{"X-Scope-OrgID", "team"}};
  const auto vector = query();
  ASSERT_TRUE(vector);
  EXPECT_EQ(vector->services.at("b").value, 2);
  ASSERT_EQ(client_.requests.size(), 1u);
  const FetchRequest& request = client_.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://prometheus:9090/prefix/api/v1/query");
  EXPECT_THAT(request.body,
              HasSubstr("query=sum%20by%20%28service%29%20%28rate%28x%5B1m%5D%29%29%20%2B%201&"));
  EXPECT_THAT(request.body, HasSubstr("time=1795444500.000&"));
  EXPECT_THAT(request.headers,
              ::testing::Contains(std::pair<std::string, std::string>("X-Scope-OrgID", "team")));
  EXPECT_EQ(source().status().health, "up");
}

TEST_F(PromqlSourceTest, TurnsToGetWherePostIsNotAllowed) {
  client_.answer(405, "");
  client_.answer(200, vector_of(""));
  client_.answer(200, vector_of(""));
  EXPECT_TRUE(query());
  EXPECT_TRUE(query());
  ASSERT_EQ(client_.requests.size(), 3u);
  EXPECT_EQ(client_.requests[1].method, "GET");
  EXPECT_THAT(client_.requests[1].url, HasSubstr("/api/v1/query?query=sum%20by"));
  EXPECT_EQ(client_.requests[2].method, "GET");
}

TEST_F(PromqlSourceTest, WarningsMakeValuesPartialUnlessAllowed) {
  const std::string body = vector_of(element("a", "1"), R"("warnings":["a store is away"],)");
  client_.answer(200, body);
  EXPECT_EQ(query()->services.at("a").absence, Absence::partial);
  EXPECT_EQ(source().counters().partial, 1u);
  signal_.allow_partial = true;
  client_.answer(200, body);
  EXPECT_EQ(query()->services.at("a").value, 1);
}

TEST_F(PromqlSourceTest, BacksOffWhileTheServerIsAway) {
  client_.answer(503, "");
  EXPECT_EQ(query().error().failure, PromqlFailure::unavailable);
  const auto held = query();
  EXPECT_THAT(held.error().message, HasSubstr("backing off"));
  EXPECT_EQ(client_.requests.size(), 1u);
  EXPECT_EQ(source().counters().held_back, 1u);
  EXPECT_EQ(source().status().health, "down");
}

TEST_F(PromqlSourceTest, LeavesAServerAloneAsLongAsItAsks) {
  client_.answer(429, "slow down", "120");
  EXPECT_FALSE(query());
  const auto held = query();
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error().message, HasSubstr("backing off for 120 s after: "));
}

TEST_F(PromqlSourceTest, OnlyABusyServerMayAskToBeLeftAlone) {
  client_.answer(500, "oops", "120");
  EXPECT_FALSE(query());
  EXPECT_THAT(query().error().message, HasSubstr("backing off for 1 s after: "));
}

TEST_F(PromqlSourceTest, HistoryThatCannotBeHadHoldsUpNoSlot) {
  client_.answer(200, vector_of(element("a", "1")));
  client_.answer(504, "too many steps");
  client_.answer(200, vector_of(element("a", "1")));
  EXPECT_TRUE(query());
  EXPECT_EQ(range(0, 100).error().failure, PromqlFailure::unavailable);
  EXPECT_EQ(source().status().health, "up");
  EXPECT_EQ(source().counters().failures, 1u);
  EXPECT_TRUE(query());
}

TEST_F(PromqlSourceTest, AServerThatAsksToBeLeftAloneIsEvenIfItWasForHistory) {
  client_.answer(429, "slow down", "120");
  EXPECT_FALSE(range(0, 100));
  EXPECT_THAT(query().error().message, HasSubstr("backing off for 120 s after: "));
}

TEST_F(PromqlSourceTest, AWrongQueryHoldsUpNoOther) {
  client_.answer(400, R"({"status":"error","errorType":"bad_data","error":"parse error"})");
  client_.answer(200, vector_of(element("a", "1")));
  EXPECT_EQ(query().error().failure, PromqlFailure::refused);
  EXPECT_TRUE(query());
}

TEST_F(PromqlSourceTest, UnreadableCredentialsKeepTheRequestBack) {
  spec_.credentials = []() -> Result<HeaderList> { return Error{"token file is empty"}; };
  EXPECT_EQ(query().error().message, "token file is empty");
  EXPECT_TRUE(client_.requests.empty());
}

TEST_F(PromqlSourceTest, RangesAreAlignedToSlotEndsAndCut) {
  spec_.range_points = 2;
  const std::string head =
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"service":"a"},"values":[)";
  client_.answer(200, head + R"([660,"1"],[720,"NaN"]]}]}})");
  client_.answer(200, head + R"([780,"3"]]}]}})");
  const auto history = range(10, 13);
  ASSERT_TRUE(history);
  const auto& slots = history->at("a");
  ASSERT_EQ(slots.size(), 3u);
  EXPECT_EQ(slots.at(10).value, 1);
  EXPECT_EQ(slots.at(11).absence, Absence::not_finite);
  EXPECT_EQ(slots.at(12).value, 3);
  EXPECT_THAT(client_.requests[0].body, HasSubstr("start=660.000&end=720.000&step=60.000"));
  EXPECT_THAT(client_.requests[1].body, HasSubstr("start=780.000&end=780.000&step=60.000"));
}

TEST_F(PromqlSourceTest, TooLargeRangesAreHalved) {
  spec_.range_points = 4;
  client_.answer(0, "");
  for (int i = 0; i < 2; ++i) {
    client_.answer(200, R"({"status":"success","data":{"resultType":"matrix","result":[]}})");
  }
  EXPECT_TRUE(range(0, 4));
  EXPECT_EQ(client_.requests.size(), 3u);
  client_.answer(0, "");
  EXPECT_EQ(range(0, 1).error().failure, PromqlFailure::wrong_shape);
}

}  // namespace
}  // namespace revisitd::collectors
