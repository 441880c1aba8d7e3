#include "rules/engine.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rules/measured.h"
#include "rules/revisit_json.h"
#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(SlotLengthTest, IsTheShortestThatHoldsTheWindowIn2016Slots) {
  const std::vector<Duration> ladder = default_engine_options().ladder;
  EXPECT_EQ(slot_length(hours(1), ladder), minutes(1));
  EXPECT_EQ(slot_length(minutes(2016), ladder), minutes(1));
  EXPECT_EQ(slot_length(minutes(2017), ladder), minutes(10));
  EXPECT_EQ(slot_length(hours(14 * 24), ladder), minutes(10));
  EXPECT_EQ(slot_length(hours(15 * 24), ladder), hours(1));
  EXPECT_EQ(slot_length(hours(5000 * 24), ladder), hours(1));
  EXPECT_EQ(slot_count(minutes(61), minutes(10)), 7);
}

TEST(EngineTest, TripsOnceTheWholeWindowIsInBreach) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b7");
  EXPECT_EQ(w.verdict("tail"), "blind");
  w.run("b1");
  EXPECT_EQ(w.verdict("tail"), "tripped");
  EXPECT_EQ(w.told(), "8 revisit.opened:tail\n");
  EXPECT_EQ(w.revisit(), "open");
}

TEST(EngineTest, OneOkSlotHoldsAFullShareBackUntilItLeaves) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("o1b9");
  EXPECT_EQ(w.verdict("tail"),
            "clear");  // 90 %: between clear and trip, and nothing tripped before
}

TEST(EngineTest, BetweenTripAndClearTheVerdictStands) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10o4");
  EXPECT_EQ(w.verdict("tail"), "tripped");
  w.run("o1");
  EXPECT_EQ(w.verdict("tail"), "clear");
  EXPECT_EQ(w.told(), "8 revisit.opened:tail\n15 revisit.subsided\n");
}

TEST(EngineTest, MissingDataNeverTripsAndNeverClears) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10.10");
  EXPECT_EQ(w.verdict("tail"), "blind");
  EXPECT_EQ(w.revisit(), "open");
  w.run("b8");
  EXPECT_EQ(w.verdict("tail"), "tripped");
  EXPECT_EQ(w.revisit(), "open");
}

TEST(EngineTest, UnmetProvidedProvesNothing) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen, "rps >= 1600")});
  w.run("x10");
  EXPECT_EQ(w.verdict("tail"), "unproven");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{0, 0, 10, 0}));
  EXPECT_EQ(w.told(), "");
}

TEST(EngineTest, AMissedStretchIsBlindAndCountsNothing) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b5-4b1");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{6, 0, 0, 4}));
}

TEST(EngineTest, ASlotIsJudgedOnce) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b3");
  w.next -= 3;  // the clock steps back
  w.run("o3");
  EXPECT_EQ(w.standing("tail").ledger.counts(), (SlotCounts{3, 0, 0, 7}));
}

TEST(EngineTest, ALaterTriggerWorsensTheOneRevisit) {
  World w;
  w.watch({w.trigger("fast", kSlow, minutes(5)), w.trigger("slow", kSlow, kTen)});
  w.run("b10");
  EXPECT_EQ(w.told(), "4 revisit.opened:fast\n8 revisit.worsened:slow\n");
  EXPECT_EQ(w.state().revisit->triggers.size(), 2u);
  EXPECT_EQ(w.state().revisit->since, slot_start(World::kFirst + 4, World::kSlot));
}

TEST(EngineTest, SubsidesOnlyWhenAllItsTriggersAreClear) {
  World w;
  w.watch({w.trigger("fast", kSlow, minutes(4)), w.trigger("slow", kSlow, kTen)});
  w.run("b10o3");
  EXPECT_EQ(w.verdict("fast"), "clear");
  EXPECT_EQ(w.revisit(), "open");
  w.run("o2");
  EXPECT_EQ(w.revisit(), "subsided");
}

TEST(EngineTest, ReasonsNameWhatIsTrippedNow) {
  World w;
  w.watch({w.trigger("fast", kSlow, minutes(4)), w.trigger("slow", kSlow, kTen)});
  w.run("b10o3");
  EXPECT_EQ(w.state().revisit->triggers[0].verdict, Verdict::clear);
  EXPECT_EQ(summary(*w.state().revisit),
            "checkout: fast clear again; slow tripped, breach in 100% of 10m, favours go");
  w.run("o2b4");
  EXPECT_EQ(summary(*w.state().revisit),
            "checkout: fast tripped, breach in 100% of 4m; slow clear again, favours go");
  const auto json = to_json(*w.state().revisit);
  EXPECT_FALSE(json["triggers"][0].contains("frozen"));
  EXPECT_EQ(json["triggers"][1]["verdict"], "clear");
  EXPECT_EQ(json["triggers"][1]["frozen"], "tripped");
}

TEST(EngineTest, WhatIsSaidOfNowNeedsAValueOfTheNewestSlot) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  const auto said = [&](Engine::Values values) {
    return describe(w.engine.read("checkout", "tail", values));
  };
  w.run("b10");
  EXPECT_EQ(said(Engine::Values::newest_slot), "latency_p99 130ms > 100ms");
  w.run(".");
  EXPECT_EQ(said(Engine::Values::newest_slot), "latency_p99 ? > 100ms");
  EXPECT_EQ(said(Engine::Values::newest_known), "latency_p99 130ms > 100ms");
}

TEST(EngineTest, TheSameRevisitReopens) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10o5");
  const std::string id = w.state().revisit->id;
  w.told();
  w.run("b10");
  EXPECT_EQ(w.told(), "25 revisit.reopened:tail\n");
  EXPECT_EQ(w.state().revisit->id, id);
}

TEST(EngineTest, AConclusionKeepsQuietUntilTheTriggerHasCleared) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.conclude(Outcome::reaffirmed);
  EXPECT_EQ(w.revisit(), "none");
  w.told();
  w.run("b20");
  EXPECT_EQ(w.told(), "");
  w.run("o10b10");
  EXPECT_EQ(w.told(), "50 revisit.opened:tail\n");
}

TEST(EngineTest, TenureHoldsASoftTripBackUntilItsEnd) {
  World w;
  w.decision.date = w.now();
  w.decision.tenure = minutes(15);
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b20");
  EXPECT_EQ(w.told(), "15 revisit.opened:tail\n");
}

TEST(EngineTest, AHardTriggerPiercesTenure) {
  World w;
  w.decision.date = w.now();
  w.decision.tenure = hours(24);
  Trigger t = w.trigger("tail", kSlow, kTen);
  t.hard = true;
  w.watch({t});
  w.run("b10");
  EXPECT_EQ(w.told(), "8 revisit.opened:tail\n");
}

TEST(EngineTest, ATripThatEndsInsideTenureOpensNothing) {
  World w;
  w.decision.date = w.now();
  w.decision.tenure = minutes(30);
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10o30");
  EXPECT_EQ(w.told(), "");
}

TEST(EngineTest, BlindnessThatLastsIsToldOnce) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("o10.2");
  EXPECT_EQ(w.told(), "");
  w.run(".9");
  EXPECT_EQ(w.told(), "13 trigger.blind:tail\n");
  w.run("o1");
  EXPECT_EQ(w.told(), "22 trigger.sighted:tail\n");
}

TEST(EngineTest, BlindnessSaysWhatIsMissing) {
  World w;
  w.watch({w.trigger("tail", "latency_p99 > 100ms and fluent(\"go\") > 1", kTen)});
  w.run(".3");
  const Event& e = w.events.back();
  ASSERT_EQ(e.type, EventType::trigger_blind);
  EXPECT_EQ(e.missing,
            (std::vector<MissingInput>{{"latency_p99", "no target of the service is known"},
                                       {"fluent(\"go\")", "no valid roster says it of the team"}}));
  EXPECT_EQ(e.why,
            "no verdict can be had from its last 3 slots of 1m: latency_p99 (no target of the "
            "service is known), fluent(\"go\") (no valid roster says it of the team)");
  EXPECT_EQ(to_json(e)["missing"][0]["input"], "latency_p99");
}

TEST(EngineTest, BlindnessWaitsForAShareOfTheWindow) {
  World w;
  w.watch({w.trigger("tail", kSlow, minutes(200))});
  w.run("o10.9");
  EXPECT_EQ(w.told(), "");
  w.run(".1");
  EXPECT_EQ(w.told(), "20 trigger.blind:tail\n");
}

TEST(EngineTest, ARestartLosesNothingAndTellsNothingTwice) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.acknowledge();
  const std::string before = w.engine.save("checkout");
  w.log();
  w.restart();
  EXPECT_EQ(w.log(), "");
  EXPECT_EQ(w.engine.save("checkout"), before);
  w.run("b5o5");
  EXPECT_EQ(w.told(), "8 revisit.opened:tail\n20 revisit.subsided\n");
}

TEST(EngineTest, RemindersComeInTheirTimeAndSurviveRestarts) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  const TimePoint since = w.state().revisit->since;
  EXPECT_TRUE(w.engine.tick(since + hours(24 * 7) - minutes(1)).events.empty());
  EXPECT_EQ(w.engine.tick(since + hours(24 * 7)).events.size(), 1u);
  w.restart();
  EXPECT_TRUE(w.engine.tick(since + hours(24 * 8)).events.empty());
  EXPECT_EQ(w.engine.tick(since + hours(24 * 90)).events.size(), 1u);
  EXPECT_EQ(w.state().revisit->reminders, 2);
}

TEST(EngineTest, ASnoozeIsQuietAnnouncedAndEnds) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.snooze(minutes(20));
  w.run("b17");
  EXPECT_EQ(w.told(), "");
  w.run("b1");
  EXPECT_EQ(w.told(), "28 revisit.snooze-ending\n");
  w.run("b3");
  EXPECT_EQ(w.told(), "30 revisit.snooze-ended\n");
  EXPECT_EQ(w.revisit(), "open");
}

TEST(EngineTest, ASnoozeWithALimitEndsOnceItIsWorseForThreeSlots) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.snooze(hours(48), 0.2);
  w.slow_value = 0.15;
  w.run("b5");
  EXPECT_EQ(w.told(), "");
  w.slow_value = 0.16;
  w.run("b2o1b2");
  EXPECT_EQ(w.told(), "");
  w.run("b1");
  EXPECT_EQ(w.told(), "21 revisit.snooze-ended:tail\n");
}

TEST(EngineTest, ReviewsAreToldWhenDueAndOnceMoreWhenOverdue) {
  World w;
  w.decision.review_every = hours(24 * 101);
  w.watch({});
  const TimePoint due = w.decision.date + hours(24 * 101);
  w.run("o1");
  EXPECT_EQ(w.told(), "");
  ASSERT_EQ(w.engine.tick(due).events.size(), 1u);
  EXPECT_TRUE(w.engine.tick(due + hours(1)).events.empty());
  w.restart();
  EXPECT_TRUE(w.engine.tick(due + hours(24)).events.empty());
  const auto overdue = w.engine.tick(due + hours(24 * 30)).events;
  ASSERT_EQ(overdue.size(), 1u);
  EXPECT_EQ(overdue[0].type, EventType::decision_review_overdue);
  EXPECT_TRUE(w.engine.tick(due + hours(24 * 40)).events.empty());
}

TEST(EngineTest, ActionsSayWhatTheyMiss) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  const auto none = w.engine.act(
      w.now(), {.kind = Action::Kind::acknowledge, .target = "checkout", .by = "ana", .why = ""});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().error, ActionError::unknown_revisit);
  w.run("b10");
  const Action bad[] = {
      {.kind = Action::Kind::acknowledge, .target = "checkout", .by = "", .why = ""},
      {.kind = Action::Kind::snooze, .target = "checkout", .by = "ana", .why = "x"},
      {.kind = Action::Kind::snooze,
       .target = "checkout",
       .by = "ana",
       .why = "x",
       .until = w.now()},
      {.kind = Action::Kind::conclude,
       .target = "checkout",
       .by = "ana",
       .why = "",
       .outcome = Outcome::changed},
      {.kind = Action::Kind::conclude, .target = "checkout", .by = "ana", .why = "x"},
  };
  for (const Action& action : bad) {
    const auto result = w.engine.act(w.now(), action);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().error, ActionError::invalid) << result.error().message;
  }
  EXPECT_EQ(w.revisit(), "open");
}

TEST(EngineTest, ASubsidedRevisitOnlyWaitsForAConclusion) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10o10");
  const auto late = w.engine.act(
      w.now(), {.kind = Action::Kind::acknowledge, .target = "checkout", .by = "ana", .why = ""});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error, ActionError::wrong_state);
  w.conclude(Outcome::reaffirmed);
  EXPECT_EQ(w.revisit(), "none");
}

TEST(EngineTest, ARosterCountsForSlotsThatEndAfterItWasRead) {
  World w;
  Roster two;
  two.teams["payments"] = {"payments",
                           {{"ana", {{"python", Fluency::fluent}}, {}, {}},
                            {"ben", {{"python", Fluency::fluent}}, {}, {}}}};
  two.read_at = w.now() - minutes(1);
  two.validity = hours(10);
  w.engine.roster(std::make_shared<Roster>(two));
  w.watch({w.trigger("fluency", "fluent(\"python\") < 2", minutes(4))});
  w.run("o4");
  EXPECT_EQ(w.verdict("fluency"), "clear");
  Roster one = two;
  one.teams["payments"].members.pop_back();
  one.read_at = w.now();
  w.engine.roster(std::make_shared<Roster>(one));
  w.run("o4");
  EXPECT_EQ(w.verdict("fluency"), "tripped");
  EXPECT_EQ(w.state().revisit->triggers[0].reading, "fluent(\"python\") 1 < 2");
}

TEST(EngineTest, AStaleRosterIsBlind) {
  World w;
  Roster roster;
  roster.teams["payments"] = {"payments", {}};
  roster.read_at = w.now() - minutes(1);
  roster.validity = minutes(4);
  w.engine.roster(std::make_shared<Roster>(roster));
  w.watch({w.trigger("fluency", "members() < 1", minutes(10))});
  w.run("o10");
  EXPECT_EQ(w.standing("fluency").ledger.counts(), (SlotCounts{3, 0, 0, 7}));
}

TEST(EngineTest, EvidenceIsFrozenAtTheOpening) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen, "rps >= 1600")});
  w.run("b10");
  const TriggerEvidence e = w.state().revisit->triggers[0];
  EXPECT_EQ(e.reading, "latency_p99 130ms > 100ms");
  EXPECT_EQ(e.provided, "rps >= 1600");
  EXPECT_EQ(e.threshold, 0.1);
  EXPECT_EQ(e.signal, "latency_p99");
  EXPECT_EQ(e.onset, slot_start(World::kFirst, World::kSlot));
  EXPECT_EQ(e.counts, (SlotCounts{8, 0, 0, 2}));
  w.slow_value = 0.5;
  w.run("b5");
  EXPECT_EQ(w.state().revisit->triggers[0].reading, e.reading);
}

}  // namespace
}  // namespace revisitd::rules
