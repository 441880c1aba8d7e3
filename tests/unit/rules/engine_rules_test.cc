#include <gtest/gtest.h>

#include "tests/unit/rules/engine_fixture.h"

// The rules of verdicts and revisits in rules/README.md, one after the other, each under its name.
namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(SlotRuleTest, SlotsAreHalfOpenAndAlignedToTheEpoch) {
  EXPECT_EQ(slot_index(from_millis(0), minutes(1)), 0);
  EXPECT_EQ(slot_index(from_millis(59'999), minutes(1)), 0);
  EXPECT_EQ(slot_index(from_millis(60'000), minutes(1)), 1);
  EXPECT_EQ(slot_index(from_millis(-1), minutes(1)), -1);
}

TEST(SlotRuleTest, ASlotIsJudgedOnceInTimeOrder) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b3");
  w.next -= 3;
  w.run("o2");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{3, 0, 0, 7}));
}

TEST(SlotRuleTest, AnEarlierSlotChangesNoMemoryEither) {
  World w;
  w.watch({w.trigger("load", "avg(rps, 3m) > 1900", kTen)});
  w.run(".3");
  w.next -= 3;
  w.run("o2");  // would have been the first values of the series
  w.next += 1;
  w.run("o1");
  EXPECT_EQ(w.standing("load").ledger.counts(), (SlotCounts{0, 0, 0, 10}));
  EXPECT_EQ(w.state().last_values.at({"rps", World::kSlot}).index, w.next - 1);
}

TEST(SlotRuleTest, TheWindowIsItsLastSlotsRoundedUp) {
  World w;
  w.watch({w.trigger("tail", kSlow, seconds(150))});
  EXPECT_EQ(w.standing("tail").ledger.slots(), 3);
}

TEST(SlotRuleTest, SlotsBeforeTheFirstOneJudgedAreBlind) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("o1");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{0, 1, 0, 9}));
}

TEST(StateRuleTest, FalseProvidedIsIdleWhateverTheConditionSays) {
  World w;
  w.watch({w.trigger("tail", "latency_p99 > 100ms and avg(rps, 5h) > 1", kTen, "rps >= 1600")});
  w.run("x2i1");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{0, 0, 3, 7}));
}

TEST(StateRuleTest, UnknownProvidedIsBlindWhateverTheConditionSays) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen, "avg(rps, 5h) > 1")});
  w.run("b2o1");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{0, 0, 0, 10}));
}

TEST(StateRuleTest, TrueProvidedWithAnUnknownConditionIsBlind) {
  World w;
  w.watch({w.trigger("tail", "avg(latency_p99, 5h) > 100ms", kTen, "rps >= 1600")});
  w.run("b2");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{0, 0, 0, 10}));
}

TEST(StateRuleTest, OneKnownSideDecidesAnOrByKleene) {
  World w;
  w.watch({w.trigger("or", "latency_p99 > 100ms or avg(rps, 5h) > 1", kTen),
           w.trigger("and", "latency_p99 > 100ms and avg(rps, 5h) > 1", kTen)});
  w.run("b2o1");
  EXPECT_EQ(w.standing("or").ledger.counts(), (SlotCounts{2, 0, 0, 8}));
  EXPECT_EQ(w.standing("and").ledger.counts(), (SlotCounts{0, 1, 0, 9}));
}

TEST(VerdictRuleTest, TooLittleCoverageIsUnprovenOnlyWhenIdleOutweighsBlind) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen, "rps >= 1600")});
  w.run("b5i2.2b1");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{6, 0, 2, 2}));
  EXPECT_EQ(w.verdict("tail"), "blind");
  w.run("i2b6");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{7, 0, 2, 1}));
  EXPECT_EQ(w.verdict("tail"), "unproven");
}

TEST(VerdictRuleTest, TheShareIsOfCoveredSlotsOnly) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run(".2b8");
  EXPECT_EQ(w.verdict("tail"), "tripped");
}

TEST(VerdictRuleTest, BetweenTheSharesTheLatestOfTheTwoStandsThroughBlindness) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10.10");
  EXPECT_EQ(w.verdict("tail"), "blind");
  w.run("o3b7");  // 70 %: between
  EXPECT_EQ(w.verdict("tail"), "tripped");
}

TEST(VerdictRuleTest, ClearStandsWhenThereWasNoneBefore) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("o3b7");
  EXPECT_EQ(w.verdict("tail"), "clear");
}

TEST(TenureRuleTest, WithoutTenureNothingIsHeldBackEvenBeforeTheDate) {
  World w;
  w.decision.date = w.now() + hours(48);
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b8");
  EXPECT_EQ(w.told(), "8 revisit.opened:tail\n");
}

TEST(TenureRuleTest, WithTenureADecisionToComeIsTooYoung) {
  World w;
  w.decision.date = w.now() + minutes(10);
  w.decision.tenure = minutes(5);
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b20");
  EXPECT_EQ(w.told(), "15 revisit.opened:tail\n");
}

TEST(TenureRuleTest, ATripHeldBackIsNotConcludedWithAnother) {
  World w;
  w.decision.date = w.now();
  w.decision.tenure = minutes(20);
  Trigger hard = w.trigger("hard", kSlow, kTen);
  hard.hard = true;
  w.watch({hard, w.trigger("soft", kSlow, kTen)});
  w.run("b10");
  w.conclude(Outcome::reaffirmed);
  w.run("b15");
  EXPECT_EQ(w.told(), "8 revisit.opened:hard\n10 revisit.concluded\n20 revisit.opened:soft\n");
}

TEST(RevisitRuleTest, ATripBesideAClearInOneSlotDoesNotSubside) {
  for (const bool turned : {false, true}) {
    World w;
    std::vector<Trigger> triggers{w.trigger("slow", kSlow, minutes(4)),
                                  w.trigger("idle", "rps < 100", minutes(4))};
    if (turned) std::swap(triggers[0], triggers[1]);
    for (Trigger& t : triggers) {
      t.trip = {3, 4};
      t.clear = {1, 4};
    }
    w.watch(triggers);
    w.run("b4i2");
    EXPECT_EQ(w.revisit(), "open");
    w.told();
    w.run("i1");  // slow: 1 of 4 is clear; idle: 3 of 4 trips
    EXPECT_EQ(w.told(), "7 revisit.worsened:idle\n");
  }
}

TEST(RevisitRuleTest, BlindAndUnprovenLeaveARevisitAsItIs) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen, "rps >= 1600")});
  w.run("b10i20");
  EXPECT_EQ(w.verdict("tail"), "unproven");
  EXPECT_EQ(w.revisit(), "open");
  w.run(".20");
  EXPECT_EQ(w.verdict("tail"), "blind");
  EXPECT_EQ(w.revisit(), "open");
}

TEST(RevisitRuleTest, ATriggerThatClearedAndTripsAgainWorsensWhatIsStillOpen) {
  World w;
  w.watch({w.trigger("short", kSlow, minutes(4)), w.trigger("long", kSlow, minutes(20))});
  w.run("b20o2b4");
  EXPECT_EQ(w.told(),
            "4 revisit.opened:short\n16 revisit.worsened:long\n26 revisit.worsened:short\n");
}

TEST(EditRuleTest, AnotherSlotLengthIsNoNewsAboutTheService) {
  EngineOptions options = default_engine_options();
  World w(options);
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  options.ladder = {minutes(5)};
  w.engine.set_options(options);
  w.decide();
  EXPECT_EQ(w.standing("tail").length, minutes(5));
  EXPECT_EQ(w.verdict("tail"), "blind");  // nothing is stored at that length
  EXPECT_EQ(w.standing("tail").standing, Verdict::tripped);
  EXPECT_EQ(w.told(), "");
  EXPECT_EQ(w.revisit(), "open");
}

TEST(EditRuleTest, AnEditIsJudgedOverTheSlotsOfItsOwnWindow) {
  World w;
  w.watch({w.trigger("tail", kSlow, hours(1)), w.trigger("short", kSlow, minutes(5))});
  w.run("b4.5");
  w.watch({w.trigger("tail", "latency_p99 > 90ms", hours(1)),
           w.trigger("short", "latency_p99 > 90ms", minutes(5))});
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{4, 0, 0, 56}));
  EXPECT_EQ(w.standing("short").since, std::nullopt);  // its window holds nothing
}

TEST(EditRuleTest, AWiderWindowFunctionSeesWhatIsStored) {
  World w;
  w.watch({w.trigger("load", "avg(rps, 2m) > 1900", minutes(5))});
  w.run("o30");
  w.watch({w.trigger("load", "avg(rps, 20m) > 1900", minutes(5))});
  EXPECT_EQ(w.standing("load").ledger.counts(), (SlotCounts{5, 0, 0, 0}));
}

TEST(EditRuleTest, RemovalWithdrawsWithOneMessage) {
  World w;
  w.watch({w.trigger("fast", kSlow, minutes(5)), w.trigger("slow", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.gone = true;
  w.decide();
  w.run("b1");
  EXPECT_EQ(w.told(), "10 revisit.withdrawn\n");
}

TEST(EditRuleTest, RemovingOneOfItsTriggersLeavesTheRevisitToTheOthers) {
  World w;
  w.watch({w.trigger("fast", kSlow, minutes(5)), w.trigger("slow", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.watch({w.trigger("slow", kSlow, kTen)});
  EXPECT_EQ(w.told(), "");
  EXPECT_EQ(w.state().revisit->triggers.size(), 1u);
}

TEST(ReminderRuleTest, WhatFellDueInASnoozeIsNotCaughtUpWhenItIsTaken) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.snooze(hours(24 * 20));
  const TimePoint later = w.state().revisit->since + hours(24 * 10);
  w.engine.tick(later);
  ASSERT_TRUE(w.engine.act(
      later, {.kind = Action::Kind::acknowledge, .target = "checkout", .by = "ana", .why = ""}));
  EXPECT_TRUE(w.engine.tick(later).events.empty());
  EXPECT_EQ(w.state().revisit->next_reminder, w.state().revisit->since + hours(24 * 14));
}

}  // namespace
}  // namespace revisitd::rules
