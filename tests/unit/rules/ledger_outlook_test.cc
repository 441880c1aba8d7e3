#include "rules/ledger_outlook.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rules/revisit_json.h"
#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::minutes;

SlotLedger ledger(const std::string& text) { return *SlotLedger::decode(text); }

TEST(LedgerOutlookTest, TheTrendComparesTheHalvesOfTheWindow) {
  EXPECT_EQ(breach_trend(ledger("10@100:o4b1b5")), (BreachTrend{0.2, 1}));
  EXPECT_EQ(breach_trend(ledger("10@100:b2o2.1i4b1")), (BreachTrend{0.5, 1}));
}

TEST(LedgerOutlookTest, AHalfThatSawNothingHasNoTrend) {
  EXPECT_EQ(breach_trend(ledger("10@100:.5b5")), std::nullopt);
  EXPECT_EQ(breach_trend(ledger("10@-")), std::nullopt);
}

TEST(LedgerOutlookTest, CountsSlotsToTheNextVerdict) {
  const Shares shares;
  const SlotLedger breached = ledger("10@100:b10");
  EXPECT_EQ(slots_until(breached, Verdict::tripped, shares, SlotState::ok, {Verdict::clear}),
            (TimeFlip{5, Verdict::clear}));
  EXPECT_EQ(slots_until(breached, Verdict::tripped, shares, SlotState::blind, {Verdict::clear}),
            std::nullopt);
  EXPECT_EQ(slots_until(ledger("10@100:o3b7"), Verdict::clear, shares, SlotState::breach,
                        {Verdict::tripped}),
            (TimeFlip{3, Verdict::tripped}));
}

TEST(LedgerOutlookTest, IsFrozenWithTheRevisitAndReadBack) {
  World w;
  w.watch({w.trigger("tail", "latency_p99 > 100ms", minutes(10))});
  w.run("o5b10");
  ASSERT_EQ(w.revisit(), "open");
  const TriggerEvidence frozen = w.state().revisit->triggers.front();
  EXPECT_EQ(frozen.trend, (BreachTrend{1, 1}));
  EXPECT_EQ(frozen.recovery, (TimeFlip{5, Verdict::clear}));
  w.run("o3");
  w.restart();
  const TriggerEvidence& restored = w.state().revisit->triggers.front();
  EXPECT_EQ(restored.trend, frozen.trend);
  EXPECT_EQ(restored.recovery, frozen.recovery);
  EXPECT_EQ(to_json(restored)["flip"]["text"], "5m more of ok");
}

}  // namespace
}  // namespace revisitd::rules
