#include "daemon/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "daemon/recorder.h"
#include "storage/store.h"
#include "tests/integration/peer.h"
#include "tests/unit/collectors/temp_folder.h"

// The whole daemon in this process, with a clock of our own: what takes weeks takes seconds.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class SetClock final : public Clock {
 public:
  TimePoint wall = from_millis(1'780'000'020'000);  // 2026-05-28T20:27:00Z
  Duration steady = hours(1);

  void pass(Duration time) {
    wall += time;
    steady += time;
  }
  TimePoint now() const override { return wall; }
  Duration monotonic() const override { return steady; }
};

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    folder.write("revisitd.yml",
                 "global: {settle: 0s}\n"
                 "records: {files: ['*.md'], poll_interval: 1s}\n"
                 "roster: {files: [roster.yaml], validity: 365d}\n"
                 "receivers: [{name: hook, webhook: {url: '" +
                     peer.url("/hook") + "'}}]\nroutes: [{receiver: hook}]\n");
    folder.write("roster.yaml",
                 "teams: {payments: {members: [{name: ana, languages: {python: fluent}}]}}\n");
    folder.write(
        "checkout.md",
        "# Use Python\n* Status: accepted\n* Date: 2026-01-04\n\n```yaml revisit\n"
        "service: checkout\nteam: payments\nlanguage: python\nalternatives: [go]\n"
        "review_by: 2026-07-01\n"
        "triggers: {fluency: {when: fluent(\"python\") < 2, window: 2m, favours: go}}\n```\n");
    options.config_file = folder / "revisitd.yml";
    options.storage_path = folder / "data";
    options.listen_address = "127.0.0.1:0";
    options.on_ready = [this] { ready = true; };
  }
  ~AppTest() override { stop(); }

  void start() {
    ready = false;
    code.reset();
    io.restart();
    app = std::make_unique<App>(io.get_executor(), options, *log, clock);
    asio::co_spawn(io, app->run(), [this](std::exception_ptr error, int exit_code) {
      code = error ? 99 : exit_code;
    });
    ASSERT_TRUE(wait_for([this] { return ready; }));
  }
  void stop() {
    if (!app) return;
    app->stop();
    EXPECT_TRUE(wait_for([this] { return code.has_value(); }));
    app.reset();
    io.restart();
    io.run_for(milliseconds(50));
  }
  template <class Condition>
  bool wait_for(Condition holds) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(15);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      io.run_for(milliseconds(20));
    }
    return true;
  }
  // Lets minutes pass one by one, each seen by the daemon, until it holds.
  template <class Condition>
  bool pass_until(Condition holds) {
    for (int i = 0; i < 10; ++i) {
      clock.pass(minutes(1));
      const auto deadline = std::chrono::steady_clock::now() + milliseconds(1200);
      while (std::chrono::steady_clock::now() < deadline) {
        if (holds()) return true;
        io.run_for(milliseconds(20));
      }
    }
    return false;
  }
  // While it is stopped.
  std::unique_ptr<storage::Store> store() const {
    return storage::open_store({.directory = options.storage_path});
  }
  std::vector<storage::StateRow> readings() const { return store()->load(kReadingKind); }

  std::vector<std::string> types() const {
    std::vector<std::string> all;
    for (const auto& post : peer.posts("/hook")) all.push_back(json::parse(post.body)["type"]);
    return all;
  }
  bool told(const std::string& type) const {
    return ::testing::Value(types(), ::testing::Contains(type));
  }

  revisitd::testing::Peer peer;
  collectors::TempFolder folder;
  SetClock clock;
  std::unique_ptr<Log> log = make_silent_log();
  asio::io_context io;
  AppOptions options;
  bool ready = false;
  std::optional<int> code;
  std::unique_ptr<App> app;
};

TEST_F(AppTest, BeforeItRunsItIsNotReady) {
  App early(io.get_executor(), options, *log, clock);
  EXPECT_THAT(early.view().readiness().reasons, ::testing::ElementsAre("starting or stopping"));
}

TEST_F(AppTest, RemindersAndReviewDatesComeInTheirTimeAndOnce) {
  start();
  ASSERT_TRUE(pass_until([this] { return told("revisit.opened"); }));
  clock.pass(hours(7 * 24));
  ASSERT_TRUE(wait_for([this] { return told("revisit.reminder"); }));
  stop();
  EXPECT_EQ(code, 0);
  const auto before = types().size();

  start();  // a restart resets no reminder
  clock.pass(hours(24));
  io.run_for(milliseconds(1500));
  EXPECT_EQ(types().size(), before) << ::testing::PrintToString(types());
  clock.pass(hours(40 * 24));
  // Messages to one receiver are a second apart, so time has to go on for the second one.
  ASSERT_TRUE(pass_until([this] { return told("decision.review-due"); }))
      << ::testing::PrintToString(types());
}

TEST_F(AppTest, AClockThatStepsBackWaitsAndSaysSo) {
  start();
  ASSERT_TRUE(
      pass_until([this] { return app->view().engine().last_slot(minutes(1)).has_value(); }));
  EXPECT_TRUE(app->view().readiness().ready);
  const auto last = app->view().engine().last_slot(minutes(1));
  clock.wall -= hours(24 * 30);
  ASSERT_TRUE(wait_for([this] { return !app->view().readiness().ready; }));
  EXPECT_THAT(app->view().readiness().reasons.at(0), ::testing::HasSubstr("recorded already"));
  clock.pass(minutes(5));
  io.run_for(milliseconds(1500));
  EXPECT_EQ(app->view().engine().last_slot(minutes(1)), last) << "nothing is judged twice";
  clock.wall += hours(24 * 30);
  EXPECT_TRUE(wait_for([this] { return app->view().readiness().ready; }));
}

TEST_F(AppTest, AClockThatLeapsTripsNothing) {
  start();
  ASSERT_TRUE(
      pass_until([this] { return app->view().engine().last_slot(minutes(1)).has_value(); }));
  const auto opened = types().size();
  clock.wall += hours(24 * 30);
  io.run_for(milliseconds(2500));
  const auto& trigger = app->view().engine().decisions().at("checkout").triggers.at("fluency");
  EXPECT_LE(trigger.ledger.counts().breach, 1) << "the days nobody saw are blind";
  for (std::size_t i = opened; i < types().size(); ++i) EXPECT_NE(types()[i], "revisit.opened");
}

// Whether the next start takes it or is done before it knows of it, is a matter of time.
TEST_F(AppTest, WhatARecordWasReadAsIsKeptOnce) {
  start();
  stop();
  const auto before = readings();
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].key, folder / "checkout.md");
  EXPECT_THAT(before[0].value, ::testing::HasSubstr("\"python\""));
  start();
  EXPECT_EQ(app->view().records().at(0).service, "checkout");
  stop();
  ASSERT_EQ(readings().size(), 1u);
  EXPECT_EQ(readings()[0].value, before[0].value);
}

TEST_F(AppTest, WhatARecordWasReadAsGoesWithIt) {
  start();
  stop();
  ASSERT_EQ(readings().size(), 1u);
  std::filesystem::rename(folder / "checkout.md", folder / "renamed.md");
  start();
  stop();
  ASSERT_EQ(readings().size(), 1u);
  EXPECT_EQ(readings()[0].key, folder / "renamed.md");
  start();
  std::filesystem::remove(folder / "renamed.md");
  ASSERT_TRUE(pass_until([&] { return app->view().records().empty(); }));
  stop();
  EXPECT_THAT(readings(), ::testing::IsEmpty());
}

TEST_F(AppTest, AnEditIsKeptForTheNextStart) {
  start();
  const std::string before = "language: python", after = "language: rust";
  std::ifstream in(folder / "checkout.md");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.replace(text.find(before), before.size(), after);
  folder.write("checkout.md", text);
  ASSERT_TRUE(pass_until([&] {
    const auto& decision = app->view().engine().decisions().at("checkout").decision;
    return decision && decision->language == "rust";
  }));
  stop();
  ASSERT_EQ(readings().size(), 1u);
  EXPECT_THAT(readings()[0].value, ::testing::HasSubstr("\"rust\""));
}

TEST_F(AppTest, WhatThePagesAskIsAnswered) {
  start();
  EXPECT_EQ(app->address().find("127.0.0.1:"), 0u);
  EXPECT_EQ(app->view().external_url(), "http://" + app->address());
  EXPECT_EQ(app->view().records().size(), 1u);
  EXPECT_TRUE(app->view().roster_status().valid);
  EXPECT_EQ(app->view().stuck(), std::nullopt);
  EXPECT_EQ(app->view().runtime().decisions, 1u);
  clock.steady += seconds(31);
  EXPECT_NE(app->view().stuck(), std::nullopt) << "no round was made for half a minute";
}

}  // namespace
}  // namespace revisitd::daemon
