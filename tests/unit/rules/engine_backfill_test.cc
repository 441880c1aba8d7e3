#include <gtest/gtest.h>

#include <random>

#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Saved state without the mark that it was judged late.
std::string unmarked(std::string json) {
  const std::string mark = ",\"backfilled\":true";
  for (std::size_t at; (at = json.find(mark)) != std::string::npos;) json.erase(at, mark.size());
  return json;
}

std::vector<Trigger> all_kinds(World& w) {
  return {w.trigger("tail", kSlow, kTen, "rps >= 1600"),
          w.trigger("steep", "latency_p99 > 1.2 * avg(latency_p99, 20m)", minutes(15)),
          w.trigger("drift", "change(latency_p99, 12m) > 10%", minutes(30)),
          w.trigger("long", kSlow, hours(2))};
}

std::string random_slots(std::mt19937& random, int count) {
  std::string slots;
  char kind = 'o';
  for (int i = 0; i < count; ++i) {
    if (random() % 6 == 0) kind = "oobbbix.."[random() % 9];
    slots += kind;
  }
  return slots;
}

TEST(EngineBackfillTest, AGapFilledLaterIsAsIfItHadBeenWatched) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    const std::string before = random_slots(random, 1 + static_cast<int>(random() % 200));
    const std::string gap = random_slots(random, 1 + static_cast<int>(random() % 150));
    const std::string after = random_slots(random, 60);
    World through, late;
    for (World* w : {&through, &late}) w->watch(all_kinds(*w));
    through.run(before + gap + after);
    late.run(before);
    late.restart();
    late.fill(gap);
    late.run(after);
    ASSERT_EQ(unmarked(late.engine.save("checkout")), unmarked(through.engine.save("checkout")));
    ASSERT_EQ(late.log(), through.log()) << before << " " << gap << " " << after;
  }
}

TEST(EngineBackfillTest, WhatAGapShowsIsMarked) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("o10");
  w.restart();
  w.fill("b10");
  EXPECT_EQ(w.told(), "20 revisit.opened:tail\n");
  EXPECT_TRUE(w.events.back().backfilled);
  EXPECT_TRUE(w.state().revisit->backfilled);
}

TEST(EngineBackfillTest, ATriggerThatNobodyCanAskForIsPassedOver) {
  World w;
  w.decision.signals["heap"].name = "heap";
  w.watch({w.trigger("heap", "heap > 5", kTen), w.trigger("people", "members() < 3", kTen)});
  w.run(".2");
  w.fill("b30");
  EXPECT_EQ(w.standing("heap").ledger.last(), World::kFirst + 1);
  EXPECT_EQ(w.standing("people").ledger.last(), World::kFirst + 1);
  EXPECT_EQ(w.told(), "");
}

TEST(EngineBackfillTest, ASignalThatCannotBeAskedForIsNotCalledBlind) {
  World w;
  w.decision.signals["heap"].name = "heap";
  w.watch({w.trigger("both", "heap > 5 and latency_p99 > 100ms", kTen)});
  w.fill("o4b9");
  EXPECT_EQ(w.standing("both").ledger.counts(), (SlotCounts{0, 1, 0, 9}));
  EXPECT_EQ(w.standing("both").blind_run, 0);
  EXPECT_EQ(w.told(), "");
}

TEST(EngineBackfillTest, ANewTriggerHasItsAnswerOnceItsPastIsThere) {
  World w;
  w.watch({});
  w.run("b2");  // nothing was stored of what came before
  SlotHistory fetched;
  for (std::int64_t i = World::kFirst - 30; i < World::kFirst; ++i) {
    fetched.values[{"checkout", "latency_p99", World::kSlot}].emplace_back(i,
                                                                           SlotValue::exact(0.13));
  }
  w.watch({w.trigger("tail", kSlow, minutes(30))});
  w.run("b1");
  EXPECT_EQ(w.verdict("tail"), "blind");
  auto& stored = w.history.values[{"checkout", "latency_p99", World::kSlot}];
  stored.insert(stored.begin(), fetched.values.begin()->second.begin(),
                fetched.values.begin()->second.end());
  w.rejudge("tail");
  EXPECT_EQ(w.verdict("tail"), "tripped");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{30, 0, 0, 0}));
  EXPECT_EQ(w.told(), "3 revisit.opened:tail\n");
  EXPECT_TRUE(w.state().revisit->backfilled);
  w.log();
  w.rejudge("tail");
  EXPECT_EQ(w.log(), "") << "nothing is told twice";
}

TEST(EngineBackfillTest, ATripFoundInThePastHasItsValues) {
  World before;
  before.watch({});
  before.run("o5b12");
  for (const bool fetched : {false, true}) {
    World w;
    w.next = before.next;
    if (!fetched) w.history = before.history;
    w.watch({w.trigger("tail", kSlow, minutes(10), "rps >= 1600")});
    w.history = before.history;
    if (fetched) w.rejudge("tail");
    ASSERT_EQ(w.revisit(), "open");
    const TriggerEvidence& e = w.state().revisit->triggers.front();
    ASSERT_TRUE(e.value);
    EXPECT_EQ(e.value->value, 0.13);
    EXPECT_EQ(e.reading, "latency_p99 130ms > 100ms");
  }
}

TEST(EngineBackfillTest, ATripFoundInThePastIsToldWithWhatElseWasGoingOn) {
  for (const bool fetched : {false, true}) {
    World w;
    w.decision.signals["version"].name = "version";
    const std::int64_t onset = World::kFirst + 20;
    for (std::int64_t i = World::kFirst; i < onset + 30; ++i) {
      const bool slow = i >= onset;
      const auto store = [&](const char* signal, double value) {
        w.history.values[{"checkout", signal, World::kSlot}].emplace_back(i,
                                                                          SlotValue::exact(value));
      };
      store("latency_p99", slow ? 0.13 : 0.08);
      store("rps", slow ? 2900 : 2000);
      store("version", i > onset ? 42 : 41);
    }
    w.next = onset + 30;
    const SlotHistory stored = w.history;
    if (fetched) w.history.values.clear();
    Trigger tail = w.trigger("tail", kSlow, minutes(40));
    tail.trip = Share{1, 2};
    tail.clear = Share{1, 4};
    w.watch({tail});
    w.history = stored;
    if (fetched) w.rejudge("tail");
    ASSERT_EQ(w.revisit(), "open");
    EXPECT_EQ(labels(*w.state().revisit),
              (std::vector<std::string>{"began with a release", "workload grew"}));
    const TriggerEvidence& e = w.state().revisit->triggers.front();
    ASSERT_TRUE(e.release);
    EXPECT_EQ(e.release->at, slot_start(onset + 1, World::kSlot));
    EXPECT_EQ(e.release->from + " to " + e.release->to, "41 to 42");
    ASSERT_TRUE(e.load);
    EXPECT_EQ(e.load->breach, 2900);
  }
}

TEST(EngineBackfillTest, AFetchedPastIsJudgedAsItWouldHaveBeen) {
  std::mt19937 random(11);
  for (int round = 0; round < 12; ++round) {
    World always, late;
    always.watch(all_kinds(always));
    late.watch({});
    const std::string slots = random_slots(random, 400);
    always.run(slots);
    late.run(slots);
    const SlotHistory stored = std::exchange(late.history, {});
    late.watch(all_kinds(late));  // over an empty store
    late.history = stored;
    const std::string live = random_slots(random, 3);
    always.run(live);
    late.run(live);
    for (const Trigger& t : always.decision.triggers) {
      late.rejudge(t.name);
      EXPECT_EQ(late.standing(t.name).ledger.encode(), always.standing(t.name).ledger.encode());
    }
    // What functions look back at is there for the slots to come.
    const std::string more = random_slots(random, 20);
    always.run(more);
    late.run(more);
    for (const Trigger& t : always.decision.triggers) {
      ASSERT_EQ(late.standing(t.name).ledger.encode(), always.standing(t.name).ledger.encode())
          << t.name << " after " << slots << live << more;
    }
  }
}

TEST(EngineBackfillTest, ASlotJudgedLiveStands) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b4");
  w.history.values.clear();  // the disk took none of it
  w.rejudge("tail");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{4, 0, 0, 6}));
}

TEST(EngineBackfillTest, ARevisitAndItsConclusionOutlastTheRejudging) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.acknowledge();
  w.rejudge("tail");
  EXPECT_EQ(w.revisit(), "acknowledged");
  w.conclude(Outcome::reaffirmed);
  w.log();
  w.rejudge("tail");
  EXPECT_EQ(w.revisit(), "none");
  EXPECT_EQ(w.log(), "");
}

TEST(EngineBackfillTest, RejudgingAnUnknownTriggerIsNothing) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.rejudge("head");
  EXPECT_EQ(w.engine.rejudge(w.now(), "cart", "tail", {}).events.size(), 0u);
  EXPECT_TRUE(w.engine.needs(w.now(), "cart", "tail").empty());
}

TEST(EngineBackfillTest, AForecastOfThePastKnowsNothingOfTheFuture) {
  EngineOptions options = default_engine_options();
  options.ladder = {hours(1)};
  World w(options);
  w.watch({});
  const SlotHistory::Key key{"checkout", "rps", hours(1)};
  const std::int64_t now = slot_index(w.now(), hours(1));
  // 40 flat days, then a jump in the last two: seen from before it, the trend was flat.
  for (std::int64_t i = now - 40 * 24; i < now; ++i) {
    w.history.values[key].emplace_back(i, SlotValue::exact(i < now - 48 ? 100 : 100000));
  }
  w.watch({w.trigger("growth", "forecast(rps, 90d) > 200", hours(24 * 10))});
  const SlotCounts counts = w.standing("growth").ledger.counts();
  EXPECT_GT(counts.ok, 24 * 7);
}

}  // namespace
}  // namespace revisitd::rules
