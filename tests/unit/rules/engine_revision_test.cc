#include <gtest/gtest.h>

#include "rules/engine.h"
#include "tests/unit/rules/engine_fixture.h"

// Records that change, move or go while their triggers are judged.
namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(EngineTest, ACosmeticEditKeepsAllState) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  const std::string before = w.engine.save("checkout");
  w.decision.title = "Python for checkout, in better words";
  Trigger t = w.trigger("tail", "(latency_p99>0h100ms)", kTen);
  t.why = "another sentence";
  w.log();
  w.watch({w.trigger("tail", "( latency_p99 > 100ms )", kTen)});
  EXPECT_EQ(w.log(), "");
  EXPECT_EQ(w.engine.save("checkout"), before);
}

TEST(EngineTest, AnEditedMeaningIsJudgedOverStoredSlots) {
  World w;
  w.watch({w.trigger("tail", "latency_p99 > 200ms", kTen)});
  w.run("b12");
  EXPECT_EQ(w.verdict("tail"), "clear");
  w.log();
  w.watch({w.trigger("tail", kSlow, kTen)});
  EXPECT_EQ(w.verdict("tail"), "tripped");
  EXPECT_EQ(w.log(),
            "12 decision.edited\n12 trigger.verdict:tail=tripped\n12 revisit.opened:tail\n");
  EXPECT_TRUE(w.state().revisit->backfilled);
}

TEST(EngineTest, AmendingATriggerOfTheRevisitConcludesIt) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.watch({w.trigger("tail", "latency_p99 > 300ms", kTen)});
  EXPECT_EQ(w.told(), "10 revisit.concluded\n");
  EXPECT_EQ(w.events.back().type, EventType::trigger_verdict);
  EXPECT_EQ(w.revisit(), "none");
}

TEST(EngineTest, ANewLanguageConcludesItAsChanged) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.decision.language = "go";
  w.decision.date += hours(24 * 200);
  w.decide();
  const auto concluded = std::find_if(w.events.begin(), w.events.end(), [](const Event& e) {
    return e.type == EventType::revisit_concluded;
  });
  ASSERT_NE(concluded, w.events.end());
  EXPECT_EQ(concluded->revisit->conclusion->outcome, Outcome::changed);
  EXPECT_EQ(w.revisit(), "none");
}

TEST(EngineTest, AMovedDateConcludesItAsReaffirmed) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.decision.date += hours(24 * 100);
  w.decide();
  EXPECT_EQ(w.told(), "8 revisit.opened:tail\n10 revisit.concluded\n");
  w.run("b10");
  EXPECT_EQ(w.told(), "");
}

TEST(EngineTest, ATripThatOutlastsTheTenureOfANewRevisionOpensAgain) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.decision.date = w.now();
  w.decision.tenure = minutes(20);
  w.decide();
  w.told();
  w.run("b25");
  EXPECT_EQ(w.told(), "30 revisit.opened:tail\n");
}

TEST(EngineTest, ARemovedTriggerWithdrawsItsRevisit) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.watch({});
  EXPECT_EQ(w.told(), "10 revisit.withdrawn\n");
}

TEST(EngineTest, ARemovedRecordWithdrawsItsRevisitWithOneMessage) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.gone = true;
  w.decide();
  EXPECT_EQ(w.told(), "10 revisit.withdrawn\n");
  EXPECT_TRUE(w.engine.decisions().empty());
}

TEST(EngineTest, ARecordThatWentAwayWhileDownIsWithdrawnAtTheStart) {
  World w;
  w.watch({w.trigger("tail", kSlow, kTen)});
  w.run("b10");
  w.told();
  w.gone = true;
  w.restart();
  EXPECT_EQ(w.told(), "10 revisit.withdrawn\n");
  EXPECT_EQ(w.events.back().type, EventType::decision_removed);
}

}  // namespace
}  // namespace revisitd::rules
