#include "rules/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rules/explain_json.h"
#include "tests/unit/rules/explain_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

// Compares with tests/fixtures/golden/explain/NAME; REVISITD_UPDATE_GOLDEN=1 writes it anew.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path =
      std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/golden/explain/" + name;
  if (std::getenv("REVISITD_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, golden.str());
}

void expect_text(const std::string& name, const Story& story) {
  const Explanation e = story.explain();
  expect_golden(name + ".txt", explanation_text(e) + "\n" + e.summary + "\n");
}

Story rising() {
  Story story("latency_p99 > 100ms", minutes(40), "rps >= 1600");
  story.trigger().trip = {17, 20};
  story.latency("82x3 88 101x2 110x9 . 118x10 126x14");
  story.slots[20].rps = SlotValue::exact(900);
  return story;
}

TEST(ExplainTextTest, Tripped) { expect_text("tripped", rising()); }

TEST(ExplainTextTest, NearlyTripped) {
  Story story("latency_p99 > 100ms", minutes(20));
  story.trigger().trip = {9, 10};
  story.latency("80x4 89 97 99 131x13");
  expect_text("nearly", story);
}

TEST(ExplainTextTest, ABucketThatHoldsTheThreshold) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("80(50-90)x2 120(90-250)x8");
  expect_text("bucket", story);
}

TEST(ExplainTextTest, IdleMostOfTheTime) {
  Story story("latency_p99 > 100ms", minutes(10), "rps >= 3000");
  story.latency("120x10");
  story.slots[4].rps = SlotValue::exact(3100);
  expect_text("idle", story);
}

TEST(ExplainTextTest, TwoFactsOfTheRoster) {
  Story story("fluent(\"go\") < 2 and members() >= 3", minutes(10));
  story.team(1, 2);
  story.latency("80x12");
  expect_text("roster", story);
}

TEST(ExplainTextTest, HeldBackByTenure) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.decision.date = slot_start(Story::kFirst, Story::kSlot);
  story.decision.tenure = hours(24 * 30);
  story.latency("120x10");
  expect_text("tenure", story);
}

TEST(ExplainTextTest, NothingJudgedYet) {
  expect_text("unjudged", Story("latency_p99 > 100ms", minutes(10)));
}

TEST(ExplainTextTest, AgeAlone) {
  Story story("age() > 101d", minutes(10));
  story.latency("80x12");
  expect_text("age", story);
}

TEST(ExplainJsonTest, SaysTheSameWithNumbers) {
  expect_golden("tripped.json", to_json(rising().explain()).dump(2) + "\n");
}

TEST(ExplainTest, NearestMissesAreTheOkSlotsClosestToTheThreshold) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("80x4 99 120 97 98 99 96");
  const Explanation e = story.explain();
  ASSERT_EQ(e.comparisons.size(), 1u);
  const auto& nearest = e.comparisons[0].nearest;
  ASSERT_EQ(nearest.size(), 3u);
  EXPECT_EQ(nearest[0].start, slot_start(Story::kFirst + 8, Story::kSlot));  // of two the newer
  EXPECT_EQ(nearest[1].start, slot_start(Story::kFirst + 4, Story::kSlot));
  EXPECT_EQ(nearest[2].left.value, 0.098);
}

TEST(ExplainTest, ATrippedTriggerShowsItsMildestBreaches) {
  const Explanation e = rising().explain();
  ASSERT_EQ(e.verdict, Verdict::tripped);
  ASSERT_FALSE(e.comparisons[0].nearest.empty());
  EXPECT_EQ(e.comparisons[0].nearest[0].left.value, 0.101);
}

TEST(ExplainTest, WhatTheNewestSlotLacksIsUnknownNowAndWasSeenBefore) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("80x2 130x7 .");
  const Explanation e = story.explain();
  ASSERT_EQ(e.comparisons.size(), 1u);
  EXPECT_EQ(e.comparisons[0].reading.truth, Truth::unknown);
  EXPECT_EQ(e.comparisons[0].reading.left_value->value, 0.13);
  EXPECT_EQ(e.comparisons[0].seen, *e.judged - minutes(1));
  EXPECT_THAT(explanation_text(e), HasSubstr("latency_p99 = 130ms > 100ms: unknown, last seen "));
  EXPECT_TRUE(to_json(e)["comparisons"][0].contains("seen"));
}

TEST(ExplainTest, BlindSlotsSayWhatIsMissing) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency(".x6 80x4");
  const Explanation e = story.explain();
  ASSERT_EQ(e.blind.size(), 1u);
  EXPECT_EQ(e.blind[0].input, "latency_p99");
  EXPECT_EQ(e.blind[0].slots, 6);
}

TEST(ExplainTest, ValuesThatCameAfterTheVerdictAreTold) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("80x6 .x4");
  const Engine engine = story.told();
  const DecisionState& state = engine.decisions().at("checkout");
  for (std::size_t i = 6; i < 10; ++i) story.slots[i].latency = SlotValue::exact(0.09);
  const Trigger& trigger = state.decision->triggers.front();
  const Explanation e =
      explain(engine, state, trigger, story.history(explain_needs(state, trigger)));
  ASSERT_EQ(e.blind.size(), 1u);
  EXPECT_THAT(e.blind[0].why, HasSubstr("came later"));
  EXPECT_EQ(e.blind[0].slots, 4);
}

TEST(ExplainTest, NeedsTheWindowAndWhatItsFunctionsLookBackAt) {
  Story story("avg(latency_p99, 30m) > 100ms", minutes(10));
  story.latency("80x60");
  const Engine engine = story.told();
  const DecisionState& state = engine.decisions().at("checkout");
  const auto needs = explain_needs(state, state.decision->triggers.front());
  ASSERT_EQ(needs.size(), 1u);
  EXPECT_EQ(needs[0].last, Story::kFirst + 60);
  EXPECT_LE(needs[0].first, Story::kFirst + 60 - 10 - 30);
}

TEST(ExplainTest, AConcludedTripSaysWhyItIsQuiet) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("120x12");
  Engine engine = story.told();
  ASSERT_TRUE(engine.act(story.end(), {.kind = Action::Kind::conclude,
                                       .target = "checkout",
                                       .by = "ana",
                                       .why = "known",
                                       .outcome = Outcome::reaffirmed}));
  const DecisionState& state = engine.decisions().at("checkout");
  const Explanation e = explain(engine, state, state.decision->triggers.front(), {});
  EXPECT_THAT(e.held, HasSubstr("once it has cleared"));
}

TEST(TrendTest, IsRobustAgainstASpike) {
  Story story("latency_p99 > 100ms", minutes(64));
  for (int i = 0; i < 64; ++i)
    story.slots.push_back({SlotValue::exact(i == 60 ? 9 : 0.05 + 0.0001 * i), {}});
  const Explanation e = story.explain();
  ASSERT_EQ(e.trends.size(), 1u);
  ASSERT_TRUE(e.trends[0].from);
  EXPECT_NEAR(*e.trends[0].from, 0.05, 0.0005);
  EXPECT_NEAR(*e.trends[0].to, 0.0564, 0.0005);
  EXPECT_EQ(e.trends[0].most, 9);
}

TEST(TrendTest, StaysWithinWhatWasMeasured) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("490 490 488 480 300 25 24 24 24 24");
  const Explanation e = story.explain();
  ASSERT_TRUE(e.trends[0].from);
  EXPECT_LE(*e.trends[0].from, 0.49);
  EXPECT_EQ(*e.trends[0].to, 0.024);
}

TEST(TrendTest, NeedsEightParts) {
  Story story("latency_p99 > 100ms", minutes(64));
  story.latency(".x60 80x4");
  const Explanation e = story.explain();
  ASSERT_EQ(e.trends.size(), 1u);
  EXPECT_FALSE(e.trends[0].from);
}

}  // namespace
}  // namespace revisitd::rules
