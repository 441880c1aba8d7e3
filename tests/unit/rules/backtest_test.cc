#include "rules/backtest.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// The settings in order, or what is wrong.
std::string settings(std::string_view text) {
  const auto sweep = parse_sweep(text);
  if (!sweep) return sweep.error().message;
  std::string out;
  for (const std::string& setting : sweep->texts) out += (out.empty() ? "" : " ") + setting;
  return out;
}

TEST(SweepTest, ReadsListsAndRanges) {
  EXPECT_EQ(settings("threshold=80ms..150ms/10ms"),
            "80ms 90ms 100ms 110ms 120ms 130ms 140ms 150ms");
  EXPECT_EQ(settings("window=1d,7d,14d"), "1d 7d 14d");
  EXPECT_EQ(settings("threshold=1,2.5"), "1 2.5");
  EXPECT_EQ(settings("threshold=1%..3%/1%"), "1% 2% 3%");
  EXPECT_EQ(settings("threshold=64MiB..256MiB/64MiB"), "64MiB 128MiB 192MiB 256MiB");
  EXPECT_EQ(settings("window=1d..4d/2d"), "1d 3d") << "the end only where the steps meet it";
}

TEST(SweepTest, StepsAreTheValuesThatAreWritten) {
  const auto sweep = parse_sweep("threshold=10ms..200ms/1ms");
  ASSERT_TRUE(sweep);
  ASSERT_EQ(sweep->thresholds.size(), 191u);
  for (std::size_t i = 0; i < sweep->thresholds.size(); ++i) {
    EXPECT_EQ(sweep->thresholds[i].value, parse_quantity(std::to_string(10 + i) + "ms")->value)
        << i;
  }
}

TEST(SweepTest, SaysWhatIsWrong) {
  EXPECT_EQ(settings("speed=1"),
            "expected threshold=80ms..150ms/10ms or window=1d,7d,14d, found \"speed=1\"");
  EXPECT_EQ(settings("threshold=80ms..150ms"),
            "expected a step as in 80ms..150ms/10ms, found \"80ms..150ms\"");
  EXPECT_EQ(settings("threshold=80ms..150MiB/10ms"), "expected one unit in \"80ms..150MiB/10ms\"");
  EXPECT_EQ(settings("threshold=9..1/1").substr(0, 30), "expected a range that goes up ");
  EXPECT_EQ(settings("threshold=0..1/0").substr(0, 30), "expected a range that goes up ");
  EXPECT_EQ(settings("threshold=0..5000/1").substr(0, 30), "expected a range that goes up ");
  EXPECT_EQ(settings("window=0s"), "expected a window above 0, found \"0s\"");
  EXPECT_NE(settings("window=7").find("7"), std::string::npos);
}

class SettingTest : public ::testing::Test {
 protected:
  std::string with(const Trigger& trigger, std::string_view sweep) {
    const auto parsed = parse_sweep(sweep);
    const auto changed = with_setting(trigger, world.decision, *parsed, 0, {minutes(1), hours(1)});
    if (!changed) return changed.error().message;
    return changed->when.text() + " over " + format_duration(changed->window);
  }
  World world;
};

TEST_F(SettingTest, ReplacesTheFirstConstantOrTheWindow) {
  const Trigger trigger = world.trigger("tail", "latency_p99 > 100ms and rps > 5", hours(1));
  EXPECT_EQ(with(trigger, "threshold=80ms"), "latency_p99 > 80ms and rps > 5 over 1h");
  EXPECT_EQ(with(trigger, "threshold=7"), "latency_p99 > 100ms and rps > 7 over 1h");
  EXPECT_EQ(with(world.trigger("few", "members() < 2", hours(1)), "threshold=3"),
            "members() < 3 over 1h");
  EXPECT_EQ(with(trigger, "window=2h"), "latency_p99 > 100ms and rps > 5 over 2h");
}

TEST_F(SettingTest, SaysWhyATriggerCannotHaveIt) {
  const Trigger trigger = world.trigger("tail", "latency_p99 > 100ms", hours(1));
  EXPECT_NE(with(trigger, "threshold=80MiB").find("expected a duration"), std::string::npos);
  EXPECT_EQ(with(trigger, "window=30s"), "expected a window of at least 1m");
  EXPECT_EQ(with(world.trigger("same", "rps > baseline(rps)", hours(1)), "threshold=3"),
            "the condition compares nothing with a constant");
}

TEST(TransitionJsonTest, HoldsTheKeysOfTheFormat) {
  Event event;
  event.at = *parse_time("2026-03-02T00:10:00Z");
  event.service = "checkout";
  event.type = EventType::revisit_opened;
  event.trigger = "tail";
  event.verdict = Verdict::tripped;
  event.counts = {.breach = 3, .ok = 1, .idle = 0, .blind = 1};
  EXPECT_EQ(transition_json(event),
            R"({"time":"2026-03-02T00:10:00Z","service":"checkout","trigger":"tail",)"
            R"("event":"opened","verdict":"tripped","share":0.75,"coverage":0.8})");
  event.counts = {.breach = 0, .ok = 0, .idle = 0, .blind = 5};
  EXPECT_NE(transition_json(event).find(R"("share":null,"coverage":0.0)"), std::string::npos);
  event.type = EventType::revisit_subsided;
  event.trigger.clear();
  EXPECT_EQ(transition_json(event),
            R"({"time":"2026-03-02T00:10:00Z","service":"checkout","trigger":null,)"
            R"("event":"subsided","verdict":null,"share":null,"coverage":null})");
}

TEST(TransitionJsonTest, MessagesAreNoTransitions) {
  Event event;
  event.type = EventType::trigger_verdict;
  EXPECT_TRUE(is_transition(event));
  event.type = EventType::revisit_reminder;
  EXPECT_FALSE(is_transition(event));
  event.type = EventType::trigger_blind;
  EXPECT_FALSE(is_transition(event));
}

}  // namespace
}  // namespace revisitd::rules
