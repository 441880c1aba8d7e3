#include "rules/trigger_test_reach.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

TEST(SlotsShortTest, CountsWhatIsMissingToATrip) {
  const Shares half{{1, 2}, {1, 4}, {4, 5}};
  EXPECT_EQ(slots_short({.breach = 50, .ok = 50, .idle = 0, .blind = 0}, half), 0);
  EXPECT_EQ(slots_short({.breach = 49, .ok = 51, .idle = 0, .blind = 0}, half), 1);
  EXPECT_EQ(slots_short({.breach = 40, .ok = 40, .idle = 0, .blind = 20}, half), 0);
  EXPECT_EQ(slots_short({.breach = 40, .ok = 39, .idle = 21, .blind = 0}, half), 1) << "coverage";
  EXPECT_EQ(slots_short({.breach = 0, .ok = 0, .idle = 0, .blind = 100}, half), 80);
}

// It is the number after which the verdict is tripped, and not one before.
TEST(SlotsShortTest, AgreesWithTheVerdict) {
  const Shares shares{{19, 20}, {1, 2}, {4, 5}};
  for (int breach = 0; breach <= 20; ++breach) {
    for (int ok = 0; breach + ok <= 20; ++ok) {
      const SlotCounts counts{.breach = breach, .ok = ok, .idle = 0, .blind = 20 - breach - ok};
      const int missing = slots_short(counts, shares);
      const auto trips_with = [&](int more) {
        for (int from_ok = 0; from_ok <= std::min(ok, more); ++from_ok) {
          const int rest = more - from_ok;
          if (rest > counts.blind) continue;
          const SlotCounts then{
              .breach = breach + more, .ok = ok - from_ok, .idle = 0, .blind = counts.blind - rest};
          if (judge(then, shares, Verdict::clear) == Verdict::tripped) return true;
        }
        return false;
      };
      EXPECT_TRUE(trips_with(missing)) << breach << " " << ok;
      if (missing > 0) {
        EXPECT_FALSE(trips_with(missing - 1)) << breach << " " << ok;
      }
    }
  }
}

// The reach of a trigger over a window of twenty slots that trips at half of them.
Reach reach(std::string_view slots) {
  struct Sink : ReplaySink {
    void step(const Engine& engine, const ReplayStep& step) override { gauge.step(engine, step); }
    ReachGauge gauge;
  } sink;
  World world;
  Trigger trigger = world.trigger("tail", "latency_p99 > 100ms", std::chrono::minutes(20));
  trigger.trip = {1, 2};
  trigger.clear = {1, 4};
  world.decision.triggers = {trigger};
  ReplayScript script;
  script.decisions = {std::make_shared<Decision>(world.decision)};
  script.start = world.now();
  std::int64_t index = World::kFirst;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const int count = std::stoi(std::string(slots.substr(i + 1, 2)));
    for (int n = 0; n < count; ++n) {
      script.values.values[{"checkout", "latency_p99", World::kSlot}].emplace_back(
          index++, SlotValue::exact(slots[i] == 'b' ? 0.13 : 0.08));
    }
    i += 2;
  }
  script.end = slot_start(index, World::kSlot);
  replay(script, sink);
  return sink.gauge.finish().at({"checkout", "tail"});
}

TEST(ReachTest, ATripOpens) {
  EXPECT_TRUE(reach("o20b10").opened);
  EXPECT_FALSE(reach("o20b09").opened);
}

TEST(ReachTest, TheWayToATripIsNotHeldShortOfIt) { EXPECT_FALSE(reach("o20b12").held); }

TEST(ReachTest, TurningBackJustBeforeATripIs) {
  EXPECT_TRUE(reach("o20b09o20").held);
  EXPECT_TRUE(reach("o20b09").held) << "the test ends there";
  EXPECT_FALSE(reach("o20b08o20").held);
}

}  // namespace
}  // namespace revisitd::rules
