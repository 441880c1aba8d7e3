#include "daemon/long_past.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/unit/daemon/backfill_fixture.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using collectors::PromqlFailure;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::int64_t kNow = slot_index(kNoon, kMinute);

// Plans and fetches as the daemon does, with a store in memory.
class LongPastTest : public ::testing::Test {
 protected:
  LongPastTest() { restart(); }

  static awaitable<bool> sleep(LongPastTest* self, Duration time) {
    self->world.now += time;
    self->slept.push_back(time);
    if (self->after_sleep) self->after_sleep();
    co_await asio::post(self->io, asio::use_awaitable);
    co_return true;
  }
  static awaitable<void> keep_values(LongPastTest* self, std::vector<storage::SlotRow> rows) {
    for (const storage::SlotRow& row : rows) {
      ++self->handed[row.service + "/" + row.signal];
      self->world.store[{row.service, row.signal, row.length}].emplace(row.index, row.value);
    }
    co_return;
  }
  // A new life with what the old one kept.
  void restart() {
    LongPastEnvironment e;
    e.now = [this] { return world.now; };
    e.monotonic = [this] { return world.now.time_since_epoch(); };
    e.sleep = [this](Duration time) { return sleep(this, time); };
    e.called_off = [this] { return called_off; };
    e.busy = [this](const std::string&) { return busy; };
    e.source = [this](const std::string& name) -> std::shared_ptr<collectors::PromqlSource> {
      return name == "main" ? main : nullptr;
    };
    e.store = [this](std::vector<storage::SlotRow> values) {
      return keep_values(this, std::move(values));
    };
    e.keep = [this](const storage::Batch& batch) {
      for (const auto& key : batch.erases) rows.erase(key);
      for (const storage::StateRow& row : batch.puts) rows[{row.kind, row.key}] = row;
    };
    e.services = [this] { return main->services.size(); };
    e.note = [this](const LongPastNote& note) { notes.push_back(note); };
    past = std::make_unique<LongPast>(std::move(e));
    std::vector<storage::StateRow> left, series;
    for (const auto& [key, row] : rows)
      (row.kind == LongPastPlan::kLeftKind ? left : series).push_back(row);
    past->plan().read_rows(left, series);
  }

  static BackfillQuestion question(const std::string& query, const std::string& from = "main") {
    return {from, query, false, kMinute};
  }
  // The slots of the last `slots` minutes.
  void wish(const std::string& service, std::int64_t slots, const std::string& signal = "rps",
            const std::string& from = "main") {
    wishes.push_back({{service, signal, kMinute}, question(signal, from), {kNow - slots, kNow}});
    if (std::find(main->services.begin(), main->services.end(), service) == main->services.end())
      main->services.push_back(service);
  }
  void want() {
    past->plan().want(wishes);
    past->keep_rows();
  }
  void drain() {
    for (const std::string& server : past->idle_servers()) {
      asio::co_spawn(io, past->drain(server), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
    }
    io.restart();
    io.run();
  }

  BackfillWorld world;
  std::shared_ptr<FakeSource> main = std::make_shared<FakeSource>("main", world.now);
  asio::io_context io;
  std::unique_ptr<LongPast> past;
  std::vector<LongPastWish> wishes;
  std::map<std::pair<std::string, std::string>, storage::StateRow> rows;
  std::map<std::string, std::size_t> handed;  // values given to the store, by service and signal
  std::vector<LongPastNote> notes;
  std::vector<Duration> slept;
  std::function<void()> after_sleep;
  bool called_off = false, busy = false;
};

TEST_F(LongPastTest, FetchesWhatIsWantedNewestFirstAndOnce) {
  wish("cart", 1200);
  want();
  EXPECT_EQ(past->plan().standing("cart")->asked, 0);
  drain();
  EXPECT_EQ(main->log(kNow), "-500..0 -1000..-500 -1200..-1000");
  EXPECT_EQ(handed["cart/rps"], past->counters().values);
  EXPECT_GT(past->counters().values, 1000u);
  EXPECT_EQ(past->plan().standing("cart")->asked, 1);
  EXPECT_EQ(notes.front().kind, LongPastNote::Kind::started);
  EXPECT_EQ(notes.front().count, 1200);
  EXPECT_EQ(notes.back().kind, LongPastNote::Kind::finished);
  want();  // the records were read again
  EXPECT_THAT(past->idle_servers(), IsEmpty());
}

TEST_F(LongPastTest, RestsNineTenthsOfTheTime) {
  main->takes = milliseconds(300);
  wish("cart", 1000);
  want();
  drain();
  EXPECT_THAT(slept, ElementsAre(milliseconds(2700), milliseconds(2700)));
}

TEST_F(LongPastTest, WaitsForWhatVerdictsWaitFor) {
  wish("cart", 60);
  want();
  busy = true;
  after_sleep = [this] { busy = slept.size() < 3; };
  drain();
  EXPECT_THAT(slept, ElementsAre(seconds(1), seconds(1), seconds(1), seconds(0)));
  EXPECT_EQ(main->log(kNow), "-60..0");
}

TEST_F(LongPastTest, ServicesShareAQuestionAndItsLongestStretch) {
  wish("cart", 100);
  wish("shop", 400);
  wish("shop", 200, "errors");
  want();
  drain();
  EXPECT_EQ(main->log(kNow), "-200..0 -400..0") << "the shorter question first";
  EXPECT_EQ(handed.size(), 3u);
  EXPECT_GT(handed["shop/rps"], handed["shop/errors"]);
}

TEST_F(LongPastTest, AServiceThatComesLaterIsFetchedAlone) {
  wish("cart", 100);
  want();
  drain();
  const std::size_t before = handed["cart/rps"];
  wish("shop", 80);
  want();
  EXPECT_EQ(past->plan().standing("cart")->asked, 1);
  EXPECT_EQ(past->plan().standing("shop")->asked, 0);
  drain();
  EXPECT_EQ(main->log(kNow), "-100..0 -80..0");
  EXPECT_EQ(handed["cart/rps"], before);
  EXPECT_GT(handed["shop/rps"], 0u);
}

TEST_F(LongPastTest, ARestartGoesOnWhereTheLastLifeStopped) {
  wish("cart", 1200);
  want();
  after_sleep = [this] { called_off = true; };
  drain();
  EXPECT_EQ(main->log(kNow), "-500..0");
  restart();
  called_off = false;
  after_sleep = nullptr;
  want();
  EXPECT_NEAR(past->plan().standing("cart")->asked, 500.0 / 1200, 1e-9);
  main->asked.clear();
  drain();
  EXPECT_EQ(main->log(kNow), "-1000..-500 -1200..-1000");

  restart();
  want();
  EXPECT_THAT(past->idle_servers(), IsEmpty()) << "what is there is not asked for again";
  EXPECT_EQ(past->plan().standing("cart")->asked, 1);
}

TEST_F(LongPastTest, WhatNobodyWantsAnyMoreIsForgotten) {
  wish("cart", 1200);
  wish("shop", 1200, "errors");
  want();
  EXPECT_EQ(rows.size(), 4u);
  wishes.pop_back();
  want();
  EXPECT_EQ(rows.size(), 2u);
  EXPECT_FALSE(past->plan().standing("shop"));
  restart();
  wishes.clear();
  want();
  EXPECT_THAT(rows, IsEmpty());
}

TEST_F(LongPastTest, RowsThatCannotBeReadAreAskedForAgain) {
  wish("cart", 100);
  want();
  drain();
  for (auto& [key, row] : rows) row.value = "{half";
  restart();
  want();
  drain();
  EXPECT_EQ(main->log(kNow), "-100..0 -100..0");
}

TEST_F(LongPastTest, AServerThatIsAwayIsAskedForLessAfterAWhile) {
  wish("cart", 500);
  want();
  main->fails = [&](const FakeSource::Asked&) -> std::optional<collectors::PromqlError> {
    if (main->asked.size() > 2) return std::nullopt;
    return collectors::PromqlError{PromqlFailure::unavailable, "connection refused"};
  };
  after_sleep = [this] {
    if (past->plan().standing("cart")->asked == 0)
      EXPECT_EQ(past->plan().standing("cart")->problem, "connection refused");
  };
  drain();
  EXPECT_THAT(std::vector<Duration>(slept.begin(), slept.begin() + 4),
              ElementsAre(seconds(0), seconds(5), seconds(0), seconds(10)));
  EXPECT_EQ(main->log(kNow), "-500..0 -125..0 -31..0 -93..-31 -217..-93 -465..-217 -500..-465");
  EXPECT_EQ(past->plan().standing("cart")->problem, "");
  EXPECT_EQ(std::count_if(notes.begin(), notes.end(),
                          [](const auto& n) { return n.kind == LongPastNote::Kind::failed; }),
            1)
      << "told once";
  EXPECT_EQ(past->counters().failures, 2u);
}

TEST_F(LongPastTest, ARefusalIsMetWithSmallerChunksAndGivenUpForNow) {
  wish("cart", 500);
  wish("cart", 600, "errors");
  want();
  main->fails = [](const FakeSource::Asked& asked) -> std::optional<collectors::PromqlError> {
    const std::int64_t most = asked.query == "rps" ? 0 : 40;
    if (asked.slots.size() <= most) return std::nullopt;
    return collectors::PromqlError{PromqlFailure::refused, "too many samples"};
  };
  drain();
  EXPECT_EQ(past->plan().standing("cart")->problem, "too many samples");
  EXPECT_NEAR(past->plan().standing("cart")->asked, 600.0 / 1100, 1e-9);
  EXPECT_EQ(past->plan().problem("main"), "too many samples");
  const auto largest = std::max_element(
      main->asked.end() - 10, main->asked.end(),
      [](const auto& a, const auto& b) { return a.slots.size() < b.slots.size(); });
  EXPECT_LE(largest->slots.size(), 40) << "what was refused is not asked for again";
  // The records or the configuration changed: perhaps it may be had now.
  main->fails.reset();
  want();
  drain();
  EXPECT_EQ(past->plan().standing("cart")->asked, 1);
  EXPECT_EQ(past->plan().standing("cart")->problem, "");
}

TEST_F(LongPastTest, ChunksAreAsLargeAsAServerTakesASecondFor) {
  wish("cart", 2000);
  want();
  main->before_answer = [this] { world.now += main->asked.back().slots.size() * milliseconds(5); };
  drain();
  EXPECT_EQ(main->asked.at(0).slots.size(), 500) << "took two and a half seconds";
  EXPECT_EQ(main->asked.at(1).slots.size(), 250);
  for (std::size_t i = 2; i + 1 < main->asked.size(); ++i)
    EXPECT_EQ(main->asked[i].slots.size(), 125);
}

TEST_F(LongPastTest, SlotsThatNobodySawAreAskedForOfAllSeries) {
  wish("cart", 100);
  want();
  drain();
  past->plan().missed(kMinute, {kNow + 50, kNow + 80});
  past->plan().missed(hours(1), {kNow + 50, kNow + 80});
  past->keep_rows();
  world.now += minutes(90);
  restart();
  want();
  drain();
  EXPECT_EQ(main->log(kNow), "-100..0 50..80");
  EXPECT_EQ(past->plan().standing("cart")->asked, 1);
}

TEST_F(LongPastTest, AServerThatIsNotThereAnyMoreIsNamed) {
  wish("cart", 100, "rps", "gone");
  want();
  after_sleep = [this] { called_off = slept.size() >= 2; };
  drain();
  EXPECT_EQ(past->plan().standing("cart")->problem, "no server is called \"gone\"");
  EXPECT_EQ(past->plan().slots_left(), (std::map<std::string, std::int64_t>{{"gone", 100}}));
}

}  // namespace
}  // namespace revisitd::daemon
