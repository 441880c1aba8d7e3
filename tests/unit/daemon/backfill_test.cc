#include "daemon/backfill.h"

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
using std::chrono::seconds;

const std::int64_t kNow = slot_index(kNoon, kMinute);

// Plans and fetches as the daemon does, with a store in memory.
class BackfillTest : public ::testing::Test {
 protected:
  BackfillTest() { restart(); }

  static awaitable<bool> sleep(BackfillTest* self, Duration time) {
    self->world.now += time;
    self->slept.push_back(time);
    co_await asio::post(self->io, asio::use_awaitable);
    co_return true;
  }
  static awaitable<void> keep_values(BackfillTest* self, std::vector<storage::SlotRow> rows) {
    for (const storage::SlotRow& row : rows) {
      self->world.store[{row.service, row.signal, row.length}].emplace(row.index, row.value);
    }
    self->stored += rows.size();
    co_return;
  }
  static awaitable<void> judge(BackfillTest* self, std::vector<BackfillPlan::Ready> ready) {
    BackfillWorld& w = self->world;
    for (const BackfillPlan::Ready& r : ready) {
      const auto history = w.stored(w.engine.needs(w.now, r.service, r.trigger));
      const auto step = w.engine.rejudge(w.now, r.service, r.trigger, history);
      for (const rules::Event& e : step.events) {
        self->told += std::string(event_type_name(e.type)) + ":" + e.service + " ";
      }
      self->judged += r.service + "/" + r.trigger + (r.finished ? "." : ",") + " ";
    }
    co_return;
  }
  // A new life with what the old one kept.
  void restart() {
    BackfillEnvironment e;
    e.now = [this] { return world.now; };
    e.sleep = [this](Duration time) { return sleep(this, time); };
    e.called_off = [this] { return called_off && called_off(); };
    e.source = [this](const std::string& name) -> std::shared_ptr<collectors::PromqlSource> {
      return name == "main" ? main : name == "other" ? other : nullptr;
    };
    e.store = [this](std::vector<storage::SlotRow> values) {
      return keep_values(this, std::move(values));
    };
    e.rejudge = [this](std::vector<BackfillPlan::Ready> ready) {
      return judge(this, std::move(ready));
    };
    e.keep = [this](const storage::Batch& batch) {
      for (const auto& key : batch.erases) rows.erase(key);
      for (const storage::StateRow& row : batch.puts) rows[{row.kind, row.key}] = row;
    };
    e.services = [this] { return world.engine.decisions().size(); };
    e.note = [this](const BackfillNote& note) { notes.push_back(note); };
    backfill = std::make_unique<Backfill>(std::move(e));
    std::vector<storage::StateRow> lanes, works;
    for (const auto& [key, row] : rows) {
      (row.kind == BackfillPlan::kLaneKind ? lanes : works).push_back(row);
    }
    backfill->plan().read_lanes(lanes);
    for (const storage::StateRow& row : works) {
      if (auto work = BackfillPlan::read_work(row, world.engine)) {
        backfill->plan().add_saved(*std::move(work));
      } else {
        backfill->plan().forget(row);
      }
    }
    backfill->keep_rows();
  }

  void record(const std::string& service, const std::string& when, Duration window) {
    world.record(service, when, window);
    main->services.push_back(service);
    other->services.push_back(service);
    added.push_back(service);
  }
  // The records land.
  void land() {
    world.decide();
    for (const std::string& service : added) {
      auto work = backfill_work(world.engine, world.now, service, world.trigger(service));
      if (!work) continue;
      const auto known =
          world.stored(world.engine.needs(world.now, service, world.trigger(service).name));
      backfill->plan().add(*std::move(work), known);
    }
    added.clear();
    backfill->keep_rows();
  }
  void drain() {
    for (int round = 0; round < 5 && !backfill->idle_servers().empty(); ++round) {
      for (const std::string& server : backfill->idle_servers()) {
        asio::co_spawn(io, backfill->drain(server), [](const std::exception_ptr& error) {
          if (error) std::rethrow_exception(error);
        });
      }
      io.restart();
      io.run();
      if (called_off) return;
    }
  }

  BackfillWorld world;
  std::shared_ptr<FakeSource> main = std::make_shared<FakeSource>("main", world.now);
  std::shared_ptr<FakeSource> other = std::make_shared<FakeSource>("other", world.now);
  asio::io_context io;
  std::unique_ptr<Backfill> backfill;
  std::map<std::pair<std::string, std::string>, storage::StateRow> rows;
  std::vector<std::string> added;
  std::vector<BackfillNote> notes;
  std::vector<Duration> slept;
  std::function<bool()> called_off;
  std::size_t stored = 0;
  std::string judged, told;
};

TEST_F(BackfillTest, AThirtyDayTriggerHasItsAnswerAtOnce) {
  record("cart", "rps > 3", hours(24 * 30));
  land();
  EXPECT_EQ(world.standing("cart").verdict, rules::Verdict::blind);
  drain();
  EXPECT_EQ(main->log(slot_index(kNoon, hours(1)) - 1), "-500..0 -720..-500") << "newest first";
  EXPECT_EQ(judged, "cart/load. ");
  EXPECT_NE(world.standing("cart").verdict, rules::Verdict::blind);
  EXPECT_EQ(world.standing("cart").ledger.counts().blind, 65) << "what nobody has stays blind";
  EXPECT_TRUE(rows.empty()) << "nothing is left to do";
  EXPECT_TRUE(main->ripe);
}

TEST_F(BackfillTest, WhatMayExplainATripIsFetchedBesideIt) {
  const auto query = [&](const std::string& name, const std::string& from) {
    rules::SignalSpec& spec = world.signals[name];
    spec.name = name;
    spec.reduction = rules::Reduction::query;
    spec.from = from;
    spec.query = name;
  };
  query("version", "main");
  record("cart", "errors > 3", hours(1));
  record("shop", "cost > 3", hours(1));  // of another server
  record("heap", "heap > 3", hours(1));  // of none
  land();
  EXPECT_EQ(backfill->plan().triggers(), 2u);
  drain();
  std::map<std::string, std::string> asked;
  for (const auto* source : {main.get(), other.get()}) {
    for (const FakeSource::Asked& a : source->asked) {
      asked[a.query] += source->spec().name + " " + std::to_string(a.slots.size()) + " ";
    }
  }
  EXPECT_EQ(asked, (std::map<std::string, std::string>{{"sum by (service) (cost)", "other 60 "},
                                                       {"sum by (service) (errors)", "main 60 "},
                                                       {"sum by (service) (rps)", "main 60 "},
                                                       {"version", "main 60 "}}));
  EXPECT_EQ(judged, "cart/load. shop/load. ");
}

TEST_F(BackfillTest, AThousandRecordsCostOneQueryPerSignalAndChunk) {
  for (int i = 0; i < 1000; ++i)
    record("s" + std::to_string(i), "rps > 3 and errors < 5", hours(1));
  land();
  drain();
  EXPECT_EQ(main->asked.size(), 2u);
  EXPECT_EQ(std::count(judged.begin(), judged.end(), '.'), 1000);
  EXPECT_EQ(backfill->counters().triggers, 1000u);
  EXPECT_EQ(backfill->counters().values, stored);
}

TEST_F(BackfillTest, TheWindowIsJudgedBeforeWhatFunctionsLookBackAt) {
  record("cart", "rps > 2 * avg(rps, 6h)", hours(1));
  land();
  drain();
  EXPECT_EQ(main->log(kNow - 1), "-60..0 -421..-60");
  EXPECT_EQ(judged, "cart/load, cart/load. ");
}

TEST_F(BackfillTest, AForecastGetsItsSixtyDays) {
  record("cart", "forecast(rps, 90d) > 5", hours(24 * 15));
  land();
  drain();
  const auto& days = world.store.begin()->second;
  EXPECT_LE(days.begin()->first, slot_index(kNoon - hours(24 * 60), hours(1)));
  EXPECT_EQ(world.standing("cart").verdict, rules::Verdict::tripped);
}

TEST_F(BackfillTest, StoredValuesStand) {
  auto& series = world.store[{"cart", "rps", kMinute}];
  for (std::int64_t i = kNow - 61; i < kNow - 1; ++i) {
    if (i != kNow - 20) series[i] = rules::SlotValue::exact(-7);
  }
  record("cart", "rps > 3", hours(1));
  land();
  drain();
  EXPECT_EQ(main->log(kNow - 1), "-19..-18") << "only the hole is asked for";
  EXPECT_EQ(series[kNow - 19].value, -7);
  EXPECT_EQ(world.standing("cart").ledger.counts(), (rules::SlotCounts{1, 59, 0, 0}));
}

TEST_F(BackfillTest, NothingIsAskedForAWholePast) {
  for (std::int64_t i = kNow - 61; i < kNow - 1; ++i) {
    world.store[{"cart", "rps", kMinute}][i] = rules::SlotValue::exact(1);
  }
  record("cart", "rps > 3", hours(1));
  land();
  drain();
  EXPECT_TRUE(main->asked.empty());
  EXPECT_TRUE(rows.empty());
}

TEST_F(BackfillTest, ALiveSlotJudgedMeanwhileCountsOnce) {
  record("cart", "rps > -1", hours(1));
  land();
  main->before_answer = [this] {
    if (main->asked.size() != 1) return;
    for (std::int64_t i = kNow - 1; i < kNow + 5; ++i) {
      world.now = slot_start(i + 1, kMinute);
      const auto value = rules::SlotValue::exact(5);
      world.store[{"cart", "rps", kMinute}][i] = value;
      world.engine.judge(
          {kMinute, slot_start(i, kMinute), {{"cart", {{"rps", value, {}}}}}, false});
    }
  };
  drain();
  const rules::SlotLedger& ledger = world.standing("cart").ledger;
  EXPECT_EQ(ledger.last(), kNow + 4);
  EXPECT_EQ(ledger.slots(), 60);
  EXPECT_EQ(ledger.counts().breach + ledger.counts().blind, 60);
  EXPECT_LE(ledger.counts().blind, 6);
}

TEST_F(BackfillTest, ARestartGoesOnWhereItStopped) {
  record("cart", "rps > 3", hours(24 * 30));
  land();
  called_off = [this] { return main->asked.size() == 1; };
  drain();
  EXPECT_EQ(judged, "");
  called_off = nullptr;
  main->asked.clear();
  restart();
  EXPECT_EQ(backfill->plan().triggers(), 1u);
  drain();
  EXPECT_EQ(main->log(slot_index(kNoon, hours(1)) - 1), "-720..-500");
  EXPECT_EQ(judged, "cart/load. ");
  EXPECT_TRUE(rows.empty());
}

TEST_F(BackfillTest, ARestartForgetsATriggerThatMeansSomethingElseNow) {
  record("cart", "rps > 3", hours(1));
  land();
  world.record("cart", "rps > 4", hours(1));
  world.decide();
  restart();
  EXPECT_EQ(backfill->plan().triggers(), 0u);
  EXPECT_TRUE(rows.empty());
}

TEST_F(BackfillTest, ATriggerThatGoesAwayIsNotFetchedFor) {
  record("cart", "rps > 3", hours(1));
  record("shop", "cost > 3", hours(1));
  land();
  backfill->plan().retain([](const BackfillWork& work) { return work.service != "cart"; });
  backfill->keep_rows();
  drain();
  EXPECT_TRUE(main->asked.empty());
  EXPECT_EQ(judged, "shop/load. ");
  EXPECT_TRUE(rows.empty());
}

TEST_F(BackfillTest, AServerThatIsDownIsAskedAgainLater) {
  record("cart", "rps > 3", hours(1));
  land();
  int failures = 0;
  main->fails = [&failures](const FakeSource::Asked&) -> std::optional<collectors::PromqlError> {
    if (++failures > 6) return std::nullopt;
    return collectors::PromqlError{PromqlFailure::unavailable, "connection refused"};
  };
  drain();
  EXPECT_EQ(judged, "cart/load. ");
  EXPECT_THAT(slept, ::testing::ElementsAre(seconds(5), seconds(10), seconds(20)));
  EXPECT_EQ(std::count_if(notes.begin(), notes.end(),
                          [](const auto& n) { return n.kind == BackfillNote::Kind::failed; }),
            1)
      << "an outage is told once";
}

TEST_F(BackfillTest, ADeadServerHoldsNoOtherUp) {
  record("cart", "rps > 3", hours(1));
  record("shop", "cost > 3", hours(1));
  land();
  main->fail_always(PromqlFailure::unavailable, "connection refused");
  called_off = [this] { return judged == "shop/load. " && main->asked.size() > 3; };
  drain();
  EXPECT_EQ(judged, "shop/load. ");
  const auto progress = backfill->plan().progress();
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_EQ(progress[0].service, "cart");
  EXPECT_EQ(progress[0].problem, "connection refused");
  EXPECT_TRUE(progress[0].window);
  EXPECT_EQ(progress[0].left, 60);
}

TEST_F(BackfillTest, ADeadServerIsLetGoOnceTheWindowHasPassed) {
  record("cart", "rps > 3", hours(1));
  land();
  main->fail_always(PromqlFailure::unavailable, "connection refused");
  drain();
  EXPECT_EQ(judged, "");
  EXPECT_GE(world.now, kNoon + hours(1));
  EXPECT_LE(world.now, kNoon + hours(1) + std::chrono::minutes(6));
  ASSERT_EQ(backfill->plan().progress().size(), 1u);
  EXPECT_TRUE(backfill->plan().progress()[0].given_up);
  EXPECT_TRUE(rows.empty());
}

TEST_F(BackfillTest, ARefusalIsMetWithSmallerChunks) {
  record("cart", "rps > 3", hours(6));
  land();
  main->fails = [](const FakeSource::Asked& asked) -> std::optional<collectors::PromqlError> {
    if (asked.slots.size() <= 100) return std::nullopt;
    return collectors::PromqlError{PromqlFailure::refused, "too many samples"};
  };
  drain();
  EXPECT_EQ(main->log(kNow - 1), "-360..0 -90..0 -180..-90 -270..-180 -360..-270");
  EXPECT_EQ(judged, "cart/load. ");
  EXPECT_TRUE(backfill->plan().progress().empty());
}

TEST_F(BackfillTest, WhatAServerRefusesStaysBlindAndIsSaid) {
  record("cart", "rps > 3", hours(1));
  land();
  main->fail_always(PromqlFailure::refused, "parse error");
  drain();
  EXPECT_EQ(judged, "cart/load. ");
  EXPECT_EQ(world.standing("cart").verdict, rules::Verdict::blind);
  const auto progress = backfill->plan().progress();
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_EQ(progress[0].problem, "parse error");
  EXPECT_TRUE(progress[0].given_up);
  EXPECT_TRUE(rows.empty());
}

TEST_F(BackfillTest, AServerThatIsNotConfiguredIsWaitedFor) {
  world.signals["cost"].from = "nowhere";
  record("cart", "cost > 3", hours(1));
  land();
  called_off = [this] { return slept.size() > 2; };
  drain();
  EXPECT_EQ(backfill->plan().progress().at(0).problem, "no server is called \"nowhere\"");
}

TEST_F(BackfillTest, ScrapedSignalsHaveNoPastToFetch) {
  record("cart", "heap > 3", hours(1));
  record("shop", "heap > 3 or rps > -1", hours(1));
  land();
  drain();
  EXPECT_EQ(judged, "shop/load. ");
  EXPECT_EQ(world.standing("shop").ledger.counts().breach, 54);
}

TEST_F(BackfillTest, ProgressIsToldPerTrigger) {
  record("cart", "rps > 3", hours(24 * 30));
  land();
  called_off = [this] { return main->asked.size() == 1; };
  drain();
  const auto progress = backfill->plan().progress();
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_EQ(progress[0].wanted, 720);
  EXPECT_EQ(progress[0].left, 220);
  EXPECT_EQ(backfill->plan().slots_left(), 220);
  std::string kinds;
  for (const BackfillNote& n : notes) kinds += "scfjd"[static_cast<int>(n.kind)];
  EXPECT_EQ(kinds, "sc");
}

TEST_F(BackfillTest, ATripInThePastOpensARevisitThatSaysSo) {
  record("cart", "rps > -1", hours(1));
  land();
  drain();
  EXPECT_EQ(told, "trigger.verdict:cart revisit.opened:cart ");
  EXPECT_TRUE(world.engine.decisions().at("cart").revisit->backfilled);
}

}  // namespace
}  // namespace revisitd::daemon
