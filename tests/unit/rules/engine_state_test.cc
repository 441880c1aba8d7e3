#include <gtest/gtest.h>

#include <chrono>

#include "rules/roster.h"
#include "tests/unit/rules/engine_fixture.h"

// What the engine saves of a decision, and that it reads it back.
namespace revisitd::rules {
namespace {

using std::chrono::minutes;

constexpr const char* kSlow = "latency_p99 > 100ms";

TEST(EngineStateTest, DamagedStateIsRefusedWithWords) {
  for (const char* text : {"", "{", "[]", "{}", R"({"revision":"a","triggers":{"t":{}}})",
                           R"({"revision":"a","triggers":{},"revisit":{"state":"odd"}})"}) {
    Engine engine(default_engine_options());
    EXPECT_FALSE(engine.restore("checkout", text)) << text;
  }
}

TEST(EngineStateTest, PeopleAndFleetAtTheDecisionComeBack) {
  World w;
  Roster roster;
  roster.source = "roster \"main\"";
  roster.teams["payments"] = {"payments", {}};
  roster.read_at = w.now() - minutes(1);
  roster.validity = minutes(60);
  w.engine.roster(std::make_shared<Roster>(roster));
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.run("o2");
  const Snapshot before = w.state().snapshot;
  ASSERT_TRUE(before.people && before.fleet);
  w.restart();
  EXPECT_EQ(w.state().snapshot.taken, before.taken);
  EXPECT_EQ(w.state().snapshot.people, before.people);
  EXPECT_EQ(w.state().snapshot.fleet, before.fleet);
}

TEST(EngineStateTest, SumsBeyondANumberDoNotMakeItUnreadable) {
  World w;
  w.slow_load = 1.7e308;
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.run("b10");
  w.restart();
  EXPECT_EQ(w.standing("tail").ledger.counts().breach, 10);
  EXPECT_EQ(w.verdict("tail"), "tripped");
}

}  // namespace
}  // namespace revisitd::rules
