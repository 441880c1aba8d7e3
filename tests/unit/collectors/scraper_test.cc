#include "collectors/scraper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>

#include "tests/unit/collectors/fault_server.h"

namespace revisitd::collectors {
namespace {

using revisitd::testing::answering;
using revisitd::testing::FaultServer;
using revisitd::testing::hang;
using revisitd::testing::ok_response;
using revisitd::testing::read_request;
using revisitd::testing::Script;
using revisitd::testing::send;
using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using Clock = std::chrono::steady_clock;

constexpr const char* kType = "Content-Type: text/plain; version=0.0.4\r\n";

TimePoint wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// Wants the gauge `a` of every service and keeps what comes.
class Recorder final : public ScrapeConsumer {
 public:
  Recorder() {
    rules::SignalSpec spec;
    spec.series = "a";
    router_ = std::make_shared<SignalRouter>(std::vector{*SignalMatcher::compile(spec)});
  }
  Interest interest(std::string_view service) override {
    break_off(Where::router, service);
    asked.emplace_back(service);
    return {router_, round, static_cast<std::uint32_t>(asked.size())};
  }
  void expect(const Interest& interest) override { expected.push_back(interest.service); }
  void scraped(const ScrapeTargetSpec& target, std::uint64_t, TimePoint, const PageStage& page,
               const Interest& interest) override {
    break_off(Where::scraped, target.service());
    EXPECT_THAT(expected, ::testing::Contains(interest.service));
    std::erase(expected, interest.service);
    EXPECT_EQ(asked.at(interest.service - 1), target.service());
    rounds.push_back(interest.round);
    specs[target.service()] = &target;
    for (const StagedSample& sample : page.signals()[0]) {
      values.emplace_back(target.service(), sample.value);
    }
    ++good;
  }
  void scrape_failed(const ScrapeTargetSpec& target, std::uint64_t, TimePoint) override {
    failed.push_back(target.service());
    break_off(Where::failed, target.service());
  }

  std::vector<std::pair<std::string, double>> values;
  std::vector<std::string> failed;
  int good = 0;
  std::vector<std::string> asked;       // of the interest in each
  std::vector<std::uint32_t> expected;  // services whose pages began to come in
  std::uint32_t round = 0;
  std::vector<std::uint32_t> rounds;                     // of each page
  std::map<std::string, const ScrapeTargetSpec*> specs;  // of the last scrape of each service
  // Where it throws when it is told of the service "broken".
  enum class Where { nowhere, router, scraped, failed } throws = Where::nowhere;

 private:
  void break_off(Where here, std::string_view service) const {
    if (here == throws && service == "broken") throw std::logic_error("nobody foresaw this");
  }

  std::shared_ptr<SignalRouter> router_;
};

class ScraperTest : public ::testing::Test {
 protected:
  ScraperTest()
      : client_(make_http_client(io_.get_executor(), {})),
        scraper_(make_scraper(io_.get_executor(), *client_, recorder_, {}, wall_clock)) {}
  ~ScraperTest() override {
    bool stopped = false;
    boost::asio::co_spawn(io_, scraper_->stop(Duration::zero()),
                          [&stopped](const std::exception_ptr&) { stopped = true; });
    EXPECT_TRUE(run_until([&stopped] { return stopped; }));
  }

  // Runs the loop until the condition holds; false after five seconds.
  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = Clock::now() + std::chrono::seconds(5);
    while (!condition() && Clock::now() < deadline) {
      if (io_.stopped()) io_.restart();
      io_.run_one_for(milliseconds(20));
    }
    return condition();
  }

  static std::shared_ptr<ScrapeJob> job(Duration interval = milliseconds(20)) {
    auto job = std::make_shared<ScrapeJob>();
    job->job_name = "app";
    job->scrape_interval = interval;
    job->scrape_timeout = interval;
    return job;
  }
  static ScrapeTargetSpec target(const FaultServer& server, std::shared_ptr<ScrapeJob> job,
                                 const std::string& service = "checkout") {
    ScrapeTargetSpec spec;
    spec.job = std::move(job);
    spec.address = "127.0.0.1:" + std::to_string(server.port());
    spec.labels["service"] = service;
    return spec;
  }
  void begin(const std::vector<ScrapeTargetSpec>& targets) {
    scraper_->apply(targets);
    scraper_->start();
  }

  boost::asio::io_context io_;
  std::unique_ptr<RepeatingClient> client_;
  Recorder recorder_;
  std::unique_ptr<Scraper> scraper_;
};

TEST_F(ScraperTest, HandsOnWhatTheServiceWants) {
  FaultServer server(answering(ok_response("a 7\nb 8\n", kType)));
  begin({target(server, job())});
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 2; }));
  EXPECT_THAT(recorder_.values, Contains(Pair("checkout", 7.0)));
  const TargetStatus status = scraper_->status()[0];
  EXPECT_EQ(status.health, "up");
  EXPECT_EQ(status.samples, 1u);
  EXPECT_TRUE(status.last_scrape);
  EXPECT_GE(scraper_->counters().samples_seen, 4u);
}

TEST_F(ScraperTest, TurnsWhenATargetsHealthIsAnother) {
  const Script good = answering(ok_response("a 7\n", kType));
  FaultServer server({good, good, good, good, answering(ok_response("a b c\n", kType))});
  begin({target(server, job())});
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 1; }));
  const std::uint64_t up = scraper_->turns();
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 4; }));
  EXPECT_EQ(scraper_->turns(), up);
  ASSERT_TRUE(run_until([this] { return recorder_.failed.size() >= 3; }));
  EXPECT_EQ(scraper_->turns(), up + 1);
  scraper_->apply({});
  EXPECT_EQ(scraper_->turns(), up + 2);
}

TEST_F(ScraperTest, AsksInTheFamilysManner) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  auto asks = job(milliseconds(1500));
  asks->params = {{"collect[]", "x y"}};
  asks->headers = {{"X-Extra", "1"}};
  asks->credentials = [] {
    return HeaderList{{"Authorization", basic_authorization("ana", "p w")}};
  };
  begin({target(server, asks)});
  ASSERT_TRUE(run_until([this] { return recorder_.good > 0; }));
  const std::string request = server.requests()[0];
  EXPECT_THAT(request, HasSubstr("GET /metrics?collect%5B%5D=x%20y HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Accept: application/openmetrics-text;version=1.0.0;"));
  EXPECT_THAT(request, HasSubstr("X-Prometheus-Scrape-Timeout-Seconds: 1.500\r\n"));
  EXPECT_THAT(request, HasSubstr("Accept-Encoding: gzip"));
  EXPECT_THAT(request, HasSubstr("User-Agent: revisitd"));
  EXPECT_THAT(request, HasSubstr("X-Extra: 1\r\n"));
  EXPECT_THAT(request, HasSubstr("Authorization: Basic YW5hOnAgdw==\r\n"));
}

TEST_F(ScraperTest, ReadsByContentTypeAlone) {
  FaultServer server(answering(
      ok_response("a 7\n", "Content-Type: application/openmetrics-text; version=1.0.0\r\n")));
  begin({target(server, job())});
  ASSERT_TRUE(run_until([this] { return !recorder_.failed.empty(); }));
  EXPECT_THAT(scraper_->counters().failures, Contains(Pair("cut_off", ::testing::Gt(0u))));
  EXPECT_EQ(recorder_.good, 0);
}

// The default type of web frameworks, given to metrics by those who forgot to say another.
TEST_F(ScraperTest, TakesMetricsThatCallThemselvesHtml) {
  FaultServer server(
      answering(ok_response("a 7\nb 8\n", "Content-Type: text/html; charset=utf-8\r\n")));
  begin({target(server, job())});
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 2; }));
  EXPECT_THAT(recorder_.values, Contains(Pair("checkout", 7.0)));
  EXPECT_EQ(scraper_->status()[0].samples, 1u);
}

TEST_F(ScraperTest, ReadsWhatNamesNoFormatAsTheJobSays) {
  FaultServer server(answering(ok_response("a 7\n", "Content-Type: application/json\r\n")));
  auto falls_back = job();
  falls_back->fallback_format = ExpositionFormat::openmetrics;
  begin({target(server, falls_back)});
  ASSERT_TRUE(run_until([this] { return !recorder_.failed.empty(); }));
  EXPECT_THAT(scraper_->counters().failures, Contains(Pair("cut_off", ::testing::Gt(0u))));
}

struct BadAnswer {
  const char* name;
  std::string bytes;
  const char* reason;
  const char* words;

  friend void PrintTo(const BadAnswer& answer, std::ostream* out) { *out << answer.name; }
};

class BadAnswerTest : public ScraperTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(BadAnswerTest, FailsAsAWhole) {
  FaultServer server(answering(GetParam().bytes));
  begin({target(server, job(std::chrono::seconds(1)))});
  ASSERT_TRUE(run_until([this] { return !recorder_.failed.empty(); }));
  EXPECT_TRUE(recorder_.values.empty());
  EXPECT_THAT(scraper_->counters().failures, Contains(Pair(GetParam().reason, 1u)));
  const TargetStatus status = scraper_->status()[0];
  EXPECT_EQ(status.health, "down");
  EXPECT_THAT(status.last_error, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAnswerTest,
    ::testing::Values(
        BadAnswer{"bad_line", ok_response("a 7\na {\n", kType), "syntax", "line 2, column"},
        BadAnswer{"cut_protobuf",
                  ok_response("\t\n\x01"
                              "a",
                              "Content-Type: " + std::string(kProtobufType) + "\r\n"),
                  "cut_off", "byte 5: expected 6 more bytes"},
        BadAnswer{"login_page",
                  ok_response("<!DOCTYPE html><html>sign in", "Content-Type: text/html\r\n"),
                  "content_type", "text/html"},
        BadAnswer{"words_as_html", ok_response("Please sign in\n", "Content-Type: text/html\r\n"),
                  "syntax", "line 1, column 8"},
        BadAnswer{"login_page_as_text", ok_response("<!DOCTYPE html><html>sign in", kType), "html",
                  "HTML page"},
        BadAnswer{"not_found", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status_404",
                  "HTTP 404"},
        BadAnswer{
            "redirect",
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "status_302", "not followed"},
        BadAnswer{"no_content", "HTTP/1.1 204 No Content\r\n\r\n", "status_204", "HTTP 204"},
        BadAnswer{"short_body",
                  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\na 7\n",
                  "truncated", ""},
        BadAnswer{"no_framing", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\na 7\n",
                  "truncated", ""}),
    [](const auto& one) { return one.param.name; });

TEST_F(ScraperTest, LimitsFailTheScrape) {
  FaultServer server(answering(ok_response("b 1\nb2 1\na 7\n", kType)));
  auto small = job();
  small->limits.samples = 2;
  begin({target(server, small)});
  ASSERT_TRUE(run_until([this] { return !recorder_.failed.empty(); }));
  EXPECT_THAT(scraper_->counters().failures, Contains(Pair("too_many_samples", ::testing::Gt(0u))));
}

TEST_F(ScraperTest, NeverScrapesATargetTwiceAtOnce) {
  FaultServer server({read_request(), hang()});
  begin({target(server, job(milliseconds(20)))});
  std::size_t most = 0;
  ASSERT_TRUE(run_until([&] {
    most = std::max(most, scraper_->counters().in_flight);
    return scraper_->counters().scrapes >= 4;
  }));
  EXPECT_EQ(most, 1u);
  EXPECT_THAT(scraper_->counters().failures, ElementsAre(Pair("timeout", Ge(4u))));
}

TEST_F(ScraperTest, TargetsThatHangHoldUpNobody) {
  FaultServer hanging({read_request(), hang()});
  FaultServer healthy(answering(ok_response("a 7\n", kType)));
  scraper_ = make_scraper(io_.get_executor(), *client_, recorder_,
                          {.concurrency = 2, .young = milliseconds(10)}, wall_clock);
  std::vector<ScrapeTargetSpec> targets = {target(healthy, job(milliseconds(100)), "well")};
  for (int i = 0; i < 20; ++i) {
    targets.push_back(target(hanging, job(milliseconds(200)), "sick" + std::to_string(i)));
  }
  begin(targets);
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 5; }));
  EXPECT_LE(scraper_->counters().worst_lateness, milliseconds(150));
}

TEST_F(ScraperTest, NoTickIsLateOfTargetsThatWereKnownBeforeTheStart) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  scraper_->apply({target(server, job(milliseconds(100)))});
  std::this_thread::sleep_for(milliseconds(500));
  scraper_->start();
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 1; }));
  EXPECT_LT(scraper_->counters().missed_ticks, 3u);
}

TEST_F(ScraperTest, InterestsAreAskedForOnceAndAnewWhenTheyChange) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  begin({target(server, job(milliseconds(20)), "checkout")});
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 3; }));
  EXPECT_THAT(recorder_.asked, ElementsAre("checkout"));
  EXPECT_THAT(recorder_.rounds, Each(0U));
  recorder_.round = 5;
  scraper_->refresh_interests();
  ASSERT_TRUE(run_until([this] { return recorder_.rounds.back() == 5U; }));
  scraper_->apply({target(server, job(milliseconds(30)), "checkout")});
  const int good = recorder_.good;
  ASSERT_TRUE(run_until([&] { return recorder_.good >= good + 2; }));
  EXPECT_THAT(recorder_.asked, ElementsAre("checkout", "checkout", "checkout"));
}

TEST_F(ScraperTest, WhatTheConsumerThrowsFailsThatScrapeAlone) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  FaultServer bad(answering("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"));
  begin({target(server, job(), "broken"), target(server, job(), "checkout"),
         target(bad, job(), "broken")});
  for (const auto where :
       {Recorder::Where::router, Recorder::Where::scraped, Recorder::Where::failed}) {
    recorder_.throws = where;
    scraper_->refresh_interests();
    const std::uint64_t failures = scraper_->counters().failures.contains("exception")
                                       ? scraper_->counters().failures.at("exception")
                                       : 0;
    const int good = recorder_.good;
    ASSERT_TRUE(run_until([&] {
      const auto& counted = scraper_->counters().failures;
      return counted.contains("exception") && counted.at("exception") >= failures + 2 &&
             recorder_.good >= good + 2;
    })) << static_cast<int>(where);
  }
  const auto errors = [this] {
    std::vector<std::string> all;
    for (const TargetStatus& one : scraper_->status()) all.push_back(one.last_error);
    return all;
  };
  EXPECT_THAT(errors(), Contains(HasSubstr("broke off: nobody foresaw this")));
  recorder_.throws = Recorder::Where::nowhere;
  ASSERT_TRUE(run_until([&] {
    const auto all = scraper_->status();
    return std::ranges::count(all, "up", &TargetStatus::health) == 2;
  }));
  EXPECT_TRUE(run_until([this] { return scraper_->counters().in_flight == 0; })) << "none is lost";
}

TEST_F(ScraperTest, RetryAfterHoldsTheNextScrapes) {
  FaultServer server(answering(
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"));
  begin({target(server, job())});
  ASSERT_TRUE(run_until([this] { return scraper_->counters().held_ticks >= 3; }));
  EXPECT_EQ(scraper_->counters().scrapes, 1u);
}

TEST_F(ScraperTest, ReloadKeepsWhatStaysAndReportsWhatGoes) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  const auto shared = job();
  begin({target(server, shared, "stays"), target(server, shared, "goes")});
  ASSERT_TRUE(run_until([this] { return recorder_.good >= 4; }));
  recorder_.failed.clear();
  scraper_->apply({target(server, shared, "stays"), target(server, shared, "new")});
  EXPECT_THAT(recorder_.failed, ElementsAre("goes"));
  EXPECT_EQ(scraper_->services(), (std::set<std::string, std::less<>>{"new", "stays"}));
  for (const TargetStatus& status : scraper_->status()) {
    EXPECT_EQ(status.health, status.service == "stays" ? "up" : "unknown");
  }
  recorder_.values.clear();
  ASSERT_TRUE(run_until([this] { return recorder_.values.size() >= 4; }));
  EXPECT_THAT(recorder_.values, Not(Contains(Pair("goes", 7.0))));
  EXPECT_THAT(recorder_.values, Contains(Pair("new", 7.0)));
}

// Discovery gives a fleet's targets anew every few seconds; what is known of those that are as they
// were stays, and its memory with it.
TEST_F(ScraperTest, ATargetThatIsFoundUnchangedKeepsWhatItHas) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  const auto shared = job();
  ScrapeTargetSpec changing = target(server, shared, "changes");
  begin({target(server, shared, "same"), changing});
  const auto both_again = [this] {
    recorder_.specs.clear();
    return run_until([this] { return recorder_.specs.size() == 2; });
  };
  ASSERT_TRUE(both_again());
  const auto before = recorder_.specs;
  changing.labels["zone"] = "b";
  scraper_->apply({target(server, shared, "same"), changing});
  ASSERT_TRUE(both_again());
  EXPECT_EQ(recorder_.specs.at("same"), before.at("same"));
  EXPECT_EQ(scraper_->services(), (std::set<std::string, std::less<>>{"changes", "same"}));
  EXPECT_TRUE(recorder_.specs.at("changes")->labels.contains("zone"));
}

TEST_F(ScraperTest, SettleWaitsForScrapesUnderWay) {
  FaultServer server({read_request(), hang()});
  auto slow = job(milliseconds(100));
  begin({target(server, slow)});
  ASSERT_TRUE(run_until([this] { return scraper_->counters().in_flight == 1; }));
  bool settled = false;
  boost::asio::co_spawn(io_, scraper_->settle(wall_clock(), std::chrono::seconds(5)),
                        [&settled](const std::exception_ptr&) { settled = true; });
  EXPECT_EQ(scraper_->counters().scrapes, 0u);
  ASSERT_TRUE(run_until([&settled] { return settled; }));
  EXPECT_GE(scraper_->counters().scrapes, 1u);
}

TEST_F(ScraperTest, CredentialsAndTargetsThatChangeCountFromTheNextScrapeOn) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  auto secret = job();
  auto word = std::make_shared<std::string>("first");
  secret->credentials = [word] { return HeaderList{{"Authorization", "Bearer " + *word}}; };
  ScrapeTargetSpec spec = target(server, secret);
  begin({spec});
  const auto asked_with = [&server](const std::string& text) {
    return [&server, text] { return server.requests().back().find(text) != std::string::npos; };
  };
  ASSERT_TRUE(run_until([this] { return recorder_.good > 1; }));
  EXPECT_TRUE(asked_with("Bearer first\r\n")());
  *word = "second";
  EXPECT_TRUE(run_until(asked_with("Bearer second\r\n")));
  spec.timeout = milliseconds(15);  // the same target for all that
  scraper_->apply({spec});
  EXPECT_TRUE(run_until(asked_with("X-Prometheus-Scrape-Timeout-Seconds: 0.015\r\n")));
  EXPECT_TRUE(asked_with("Bearer second\r\n")());
}

TEST_F(ScraperTest, UnreadableCredentialsKeepTheRequestBack) {
  FaultServer server(answering(ok_response("a 7\n", kType)));
  auto secret = job();
  secret->credentials = []() -> Result<HeaderList> { return Error{"password_file x: is empty"}; };
  begin({target(server, secret)});
  ASSERT_TRUE(run_until([this] { return !recorder_.failed.empty(); }));
  EXPECT_EQ(server.connections(), 0u);
  EXPECT_EQ(scraper_->status()[0].last_error, "password_file x: is empty");
}

TEST(ScrapeTargetTest, IdentityFollowsJobUrlAndLabels) {
  auto job = std::make_shared<ScrapeJob>();
  job->job_name = "app";
  ScrapeTargetSpec one{job, "h:1", "", "", {}, {}, {{"service", "a"}}};
  ScrapeTargetSpec same = one;
  EXPECT_EQ(one.identity(), same.identity());
  same.labels["service"] = "b";
  EXPECT_NE(one.identity(), same.identity());
  EXPECT_EQ(one.url(), "http://h:1/metrics");
  one.scheme = "https";
  one.metrics_path = "/m?x=1";
  EXPECT_EQ(one.url(), "https://h:1/m%3Fx=1");
}

}  // namespace
}  // namespace revisitd::collectors
