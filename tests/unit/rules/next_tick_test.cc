#include "rules/next_tick.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr Duration kDay = hours(24);

// What the next ticks that matter say, in order. A tick just before each must say nothing.
std::vector<EventType> next_events(World& world, int count) {
  std::vector<EventType> events;
  TimePoint at = world.now();
  for (int i = 0; i < count; ++i) {
    const TimePoint next = next_tick(world.engine, at);
    if (next == TimePoint::max()) break;
    EXPECT_GT(next, at);
    EXPECT_TRUE(world.engine.tick(next - milliseconds(1)).events.empty());
    const StepResult due = world.engine.tick(next);
    EXPECT_FALSE(due.events.empty());
    for (const Event& event : due.events) events.push_back(event.type);
    at = next;
  }
  return events;
}

TEST(NextTickTest, NothingIsDueOfADecisionWithoutReview) {
  World world;
  world.watch({world.trigger("tail", "latency_p99 > 100ms", hours(1))});
  EXPECT_EQ(next_tick(world.engine, world.now()), TimePoint::max());
}

TEST(NextTickTest, AReviewIsDueAndThenOverdue) {
  World world;
  world.decision.review_by = world.now() + 10 * kDay;
  world.watch({world.trigger("tail", "latency_p99 > 100ms", hours(1))});
  EXPECT_EQ(next_events(world, 5),
            (std::vector{EventType::decision_review_due, EventType::decision_review_overdue}));
}

TEST(NextTickTest, AReviewThatIsDueAlreadyIsDueNow) {
  World world;
  world.decision.review_by = world.now() - kDay;
  world.watch({world.trigger("tail", "latency_p99 > 100ms", hours(1))});
  EXPECT_LE(next_tick(world.engine, world.now()), world.now());
}

TEST(NextTickTest, AnOpenRevisitIsDueForItsReminders) {
  World world;
  world.watch({world.trigger("tail", "latency_p99 > 100ms", hours(1))});
  world.run("b60");
  const TimePoint since = world.engine.decisions().at("checkout").revisit->since;
  EXPECT_EQ(next_tick(world.engine, world.now()), since + 7 * kDay);
  EXPECT_EQ(next_events(world, 3), std::vector(3, EventType::revisit_reminder));
}

TEST(NextTickTest, ASnoozeIsDueForItsNoticeAndItsEnd) {
  World world;
  world.watch({world.trigger("tail", "latency_p99 > 100ms", hours(1))});
  world.run("b60");
  world.snooze(20 * kDay);
  EXPECT_EQ(next_events(world, 2),
            (std::vector{EventType::revisit_snooze_ending, EventType::revisit_snooze_ended}));
}

}  // namespace
}  // namespace revisitd::rules
