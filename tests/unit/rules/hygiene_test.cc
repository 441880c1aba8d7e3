#include "rules/hygiene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/rules/explain_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

// Findings of the story as "kind[:signal]" words; `history` as far as it reaches back.
std::string found(const Story& story, HygieneOptions options = {},
                  std::vector<HygieneFinding>* findings = nullptr) {
  options.look_back = Story::kSlot * static_cast<int>(story.slots.size());
  if (options.least_covered > std::chrono::hours(1)) options.least_covered = minutes(30);
  const Engine engine = story.told();
  const DecisionState& state = engine.decisions().at("checkout");
  const auto needs = hygiene_needs(state, story.end(), options);
  const auto list = hygiene(engine, state, story.history(needs), story.end(), options);
  // Pieces of any length say the same.
  for (const std::int64_t piece : {1, 7, 15'000}) {
    if (std::cmp_greater(story.slots.size(), piece * 1000)) continue;
    options.piece_slots = piece;
    HygieneLook look(state, story.end(), options);
    for (auto next = look.needs(state); !next.empty(); next = look.needs(state))
      look.see(engine, state, story.history(next));
    std::string one, other;
    for (const HygieneFinding& f : list) one += f.message + "\n";
    for (const HygieneFinding& f : look.findings(engine, state)) other += f.message + "\n";
    EXPECT_EQ(other, one) << "pieces of " << piece;
  }
  std::string words;
  for (const HygieneFinding& f : list) {
    words += (words.empty() ? "" : " ") + std::string(hygiene_name(f.kind));
    if (!f.signal.empty()) words += ":" + f.signal;
  }
  if (findings != nullptr) *findings = list;
  return words;
}

// A story with nothing to find: an owner in the roster, values on both sides.
Story sound(const std::string& when = "latency_p99 > 100ms", Duration window = minutes(10)) {
  Story story(when, window);
  story.team(2, 1);
  return story;
}

TEST(HygieneTest, ASoundDecisionHasNoFindings) {
  Story story = sound();
  story.latency("80x20 120x5 80x20");
  EXPECT_EQ(found(story), "");
}

TEST(HygieneTest, ADecisionWithoutTriggers) {
  Story story = sound();
  story.decision.triggers.clear();
  EXPECT_EQ(found(story), "no-trigger");
}

TEST(HygieneTest, ADecisionWithoutOwner) {
  Story story = sound();
  story.latency("80x20 120x5 80x20");
  story.decision.team = "";
  EXPECT_EQ(found(story), "no-owner");
  story.decision.team = "strangers";
  EXPECT_EQ(found(story), "no-owner");
}

TEST(HygieneTest, ARosterThatIsOutOfDate) {
  Story story = sound();
  story.latency("80x20 120x5 80x20");
  story.roster->validity = minutes(70);  // read an hour before the first slot
  EXPECT_EQ(found(story), "stale-roster");
  story.roster.reset();
  EXPECT_EQ(found(story), "stale-roster");
  HygieneOptions none;
  none.roster_expected = false;
  EXPECT_EQ(found(story, none), "");
}

TEST(HygieneTest, ASignalThatNeverHadAValue) {
  Story story = sound();
  story.latency(".x40");
  EXPECT_EQ(found(story), "no-data:latency_p99");
}

TEST(HygieneTest, ASignalThatWentAway) {
  Story story = sound();
  story.latency("80x20 120x5 80x20 .x15");
  std::vector<HygieneFinding> findings;
  EXPECT_EQ(found(story, {}, &findings), "no-data:latency_p99");
  EXPECT_THAT(findings[0].message, HasSubstr("no value since 2025-02-19T22:05:00Z"));
}

TEST(HygieneTest, ATriggerThatNoValueWouldTrip) {
  Story story = sound();
  story.latency("80x45");
  std::vector<HygieneFinding> findings;
  EXPECT_EQ(found(story, {}, &findings), "never-trips");
  EXPECT_EQ(findings[0].message,
            "trigger `tail`: no value of the last 45m would trip it: not one of 45 covered slots "
            "was in breach");
}

TEST(HygieneTest, TooLittleIsKnownToSayThatItNeverTrips) {
  Story story = sound();
  story.latency("80x29");
  EXPECT_EQ(found(story), "");
}

TEST(HygieneTest, SaysHowMuchOfThePastCouldBeLookedAt) {
  Story story = sound();
  story.latency(".x20 80x10 .x5 80x15");
  const Engine engine = story.told();
  const DecisionState& state = engine.decisions().at("checkout");
  HygieneOptions options;
  options.look_back = Story::kSlot * static_cast<int>(story.slots.size());
  for (const std::int64_t piece : {3, 1000}) {
    options.piece_slots = piece;
    HygieneLook look(state, story.end(), options);
    for (auto next = look.needs(state); !next.empty(); next = look.needs(state))
      look.see(engine, state, story.history(next));
    const HygieneReport report = look.report(engine, state);
    ASSERT_EQ(report.reach.size(), 1u);
    EXPECT_EQ(report.reach[0].trigger, "tail");
    EXPECT_EQ(report.reach[0].since, story.end() - Story::kSlot * 30);
    EXPECT_EQ(report.reach[0].covered, Story::kSlot * 25);
  }
}

TEST(HygieneTest, ATriggerThatWasTrippedWhenItWasWritten) {
  Story story = sound();
  story.decision.date = slot_start(Story::kFirst + 15, Story::kSlot);
  story.latency("120x20 80x20");
  EXPECT_EQ(found(story), "tripped-when-written");
  story.slots.clear();
  story.latency("80x20 120x20");
  EXPECT_EQ(found(story), "");
}

TEST(HygieneTest, AThresholdInsideABucket) {
  Story story = sound();
  story.latency("80x10 120(90-250)x2 120x10");
  std::vector<HygieneFinding> findings;
  EXPECT_EQ(found(story, {}, &findings), "inside-bucket:latency_p99");
  EXPECT_THAT(findings[0].message, HasSubstr("inside the bucket (90ms, 250ms]"));
  EXPECT_THAT(findings[0].message, HasSubstr("2 of 22 slots"));
}

TEST(HygieneTest, AThresholdOnABoundTells) {
  Story story = sound();
  story.latency("80(50-100)x10 120(100-250)x12");
  EXPECT_EQ(found(story), "");
}

TEST(HygieneTest, ATriggerThatTripsAndClearsAllTheTime) {
  Story story = sound();
  for (int i = 0; i < 5; ++i) story.latency("80x12 120x12");
  EXPECT_EQ(found(story), "flapping");
}

TEST(HygieneTest, FourTripsInALongTimeAreNoFlapping) {
  Story story = sound();
  for (int i = 0; i < 4; ++i) story.latency("80x60 120x12");
  EXPECT_EQ(found(story), "");
}

TEST(HygieneTest, WindowedFunctionsSeeWhatCameBeforeAPiece) {
  Story story = sound("avg(latency_p99, 20m) > 100ms");
  story.latency("80x45");
  EXPECT_EQ(found(story), "never-trips");
  story.latency("200x30");
  EXPECT_EQ(found(story), "");
}

TEST(HygieneTest, ABreachOfWeeksAgoCountsAtShortSlots) {
  Story story = sound();
  story.latency("80x20 120x5 80x39975");
  EXPECT_EQ(found(story), "");
}

TEST(HygieneTest, NothingIsSaidOfSignalsThatWereNotAsked) {
  Story story = sound();
  story.latency(".x40");
  HygieneOptions options;
  options.unasked = {"latency_p99"};
  EXPECT_EQ(found(story, options), "");
}

TEST(HygieneTest, WhatIsSaidOfTheDecisionPointsIntoItsBlock) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.decision.place = {8, 1};
  story.decision.team_place = {9, 1};
  story.latency("80x20 120x5 80x20");
  std::vector<HygieneFinding> findings;
  EXPECT_EQ(found(story, {}, &findings), "stale-roster");
  EXPECT_EQ(findings[0].place, (Place{9, 1}));
  story.decision.team = "nobody";
  story.team(2, 1);
  EXPECT_EQ(found(story, {}, &findings), "no-owner");
  EXPECT_EQ(findings[0].place, (Place{9, 1}));
  story.decision.team = "payments";
  story.decision.triggers.clear();
  Engine engine(default_engine_options());
  engine.roster(std::make_shared<const Roster>(*story.roster));
  engine.decide(story.end(), {std::make_shared<const Decision>(story.decision)}, {});
  findings = hygiene(engine, engine.decisions().at("checkout"), {}, story.end(), {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, HygieneKind::no_trigger);
  EXPECT_EQ(findings[0].place, (Place{8, 1}));
}

// The daemon reads its past in pieces, and its rosters meanwhile.
TEST(HygieneTest, ARosterThatIsNewerThanTheQuestionIsGood) {
  Story story = sound();
  story.decision.triggers.clear();
  story.roster->read_at = story.end() + std::chrono::seconds(1);
  Engine engine(default_engine_options());
  engine.roster(std::make_shared<const Roster>(*story.roster));
  engine.decide(story.end(), {std::make_shared<const Decision>(story.decision)}, {});
  const auto findings = hygiene(engine, engine.decisions().at("checkout"), {}, story.end(), {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, HygieneKind::no_trigger);
}

TEST(HygieneTest, AFindingIsAWarningAtItsTrigger) {
  Story story = sound();
  story.trigger().place = {12, 3};
  story.latency("80x45");
  std::vector<HygieneFinding> findings;
  found(story, {}, &findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(format_location(to_diagnostic(story.decision, findings[0])).substr(0, 54),
            "records/0001-checkout.md:12:3: warning: trigger `tail`");
}

}  // namespace
}  // namespace revisitd::rules
