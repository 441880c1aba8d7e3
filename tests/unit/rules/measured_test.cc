#include "rules/measured.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/condition_fixture.h"
#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// "VALUE/THRESHOLD +" for a measurement of which more is worse.
std::string look(const std::string& text) {
  const auto condition = Condition::parse(text, test_signals());
  MapInputs inputs;
  inputs.signals = {{"a", SlotValue::exact(7)}, {"b", SlotValue::exact(3)}};
  const auto m = measured(*condition, condition->read(inputs));
  if (!m) return "none";
  const auto number = [](const std::optional<SlotValue>& v) {
    return v ? format_quantity(v->value, Unit::number) : "?";
  };
  return number(m->value) + "/" + number(m->threshold) + (m->rising ? " +" : " -");
}

TEST(MeasuredTest, IsTheSideThatIsNoConstant) {
  EXPECT_EQ(look("a > 5"), "7/5 +");
  EXPECT_EQ(look("a < 5"), "7/5 -");
  EXPECT_EQ(look("5 < a"), "7/5 +");
  EXPECT_EQ(look("5 > a"), "7/5 -");
  EXPECT_EQ(look("a > 2 * b"), "7/6 +");
  EXPECT_EQ(look("1 < 2 and b <= 4"), "3/4 -");
  EXPECT_EQ(look("1 < 2"), "none");
  EXPECT_EQ(look("c > 5"), "?/5 +");
}

TEST(MeasuredTest, NotTurnsTheDirection) {
  EXPECT_EQ(look("not a < 5"), "7/5 +");
  EXPECT_EQ(look("not (a > 5 and not b > 2)"), "7/5 -");
  EXPECT_EQ(look("not not a > 5"), "7/5 +");
  EXPECT_EQ(look("a == 5"), "7/5 +");
  EXPECT_EQ(look("5 != a"), "7/5 +");
}

TEST(MeasuredTest, EvidenceShowsTheMeasurementWhicheverSideItIsOn) {
  World w;
  w.watch({w.trigger("tail", "100ms < latency_p99", minutes(4))});
  w.run("b4");
  EXPECT_EQ(w.state().revisit->triggers[0].value->value, 0.13);
  EXPECT_EQ(w.state().revisit->triggers[0].threshold, 0.1);
}

TEST(SnoozeLimitTest, ATurnedComparisonEndsASnoozeToo) {
  World w;
  w.watch({w.trigger("tail", "100ms < latency_p99", minutes(4))});
  w.run("b4");
  w.snooze(hours(48), 0.2);
  w.told();
  w.slow_value = 0.2;
  w.run("b3");
  EXPECT_EQ(w.told(), "7 revisit.snooze-ended:tail\n");
}

TEST(SnoozeLimitTest, OnlyTheSlotsOwnValueCounts) {
  World w;
  w.watch({w.trigger("tail", "latency_p99 > 100ms or rps > 1", minutes(4))});
  w.run("b4");
  w.snooze(hours(48), 0.2);
  w.slow_value = 0.2;
  w.run("b2");
  w.told();
  for (int i = 0; i < 3; ++i) {  // in breach by rps; what latency was is not known
    SlotReading reading{World::kSlot, slot_start(w.next++, World::kSlot), {}, false};
    reading.services = {{"checkout", {{"rps", SlotValue::exact(5)}}}};
    for (const Event& e : w.engine.judge(reading).events) {
      EXPECT_NE(e.type, EventType::revisit_snooze_ended);
    }
  }
}

TEST(SnoozeLimitTest, RightAfterARestartTheOpeningValueCounts) {
  World w;
  w.watch({w.trigger("tail", "latency_p99 > 100ms", minutes(4))});
  w.run("b4");
  w.restart();
  w.snooze(hours(48), 0.2);
  EXPECT_DOUBLE_EQ(w.state().revisit->snooze->limits.at("tail"), 0.13 * 1.2);
}

TEST(SnoozeLimitTest, ANewSnoozeCountsItsSlotsAnew) {
  World w;
  w.watch({w.trigger("tail", "latency_p99 > 100ms", minutes(4))});
  w.run("b4");
  w.snooze(hours(48), 0.2);
  w.slow_value = 0.2;
  w.run("b2");
  w.snooze(hours(48), 0.2);
  w.slow_value = 0.3;
  w.run("b2");
  EXPECT_EQ(w.revisit(), "snoozed");
  w.run("b1");
  EXPECT_EQ(w.revisit(), "open");
}

}  // namespace
}  // namespace revisitd::rules
