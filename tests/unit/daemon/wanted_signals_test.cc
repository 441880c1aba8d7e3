#include "daemon/wanted_signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rules/engine.h"

namespace revisitd::daemon {
namespace {

using collectors::SlotLengths;
using std::chrono::hours;
using std::chrono::minutes;

const std::vector<Duration> kLadder = {minutes(1), minutes(5), hours(1)};

rules::SignalTable table() {
  rules::SignalTable signals;
  for (const std::string name : {"latency", "errors", "memory", "rps", "cost", "unused"})
    signals[name].name = name;
  return signals;
}

rules::Decision decision() {
  rules::Decision decision;
  decision.service = "checkout";
  decision.signals = rules::SharedSignals(table());
  return decision;
}

rules::Condition condition(const std::string& text) {
  auto parsed = rules::Condition::parse(text, table());
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return *parsed;
}

rules::Trigger trigger(const std::string& when, Duration window) {
  return {.name = when, .when = condition(when), .window = window};
}

using Wanted = std::vector<std::pair<std::string, SlotLengths>>;

Wanted wanted_by(const rules::Decision& decision) {
  std::vector<collectors::WantedSignal> all;
  add_wanted_signals(decision, kLadder, all);
  Wanted wanted;
  for (const auto& one : all) {
    EXPECT_EQ(one.service, decision.service);
    EXPECT_EQ(one.spec->name, decision.signals.at(one.spec->name).name);
    wanted.emplace_back(one.spec->name, one.lengths);
  }
  return wanted;
}

Duration length_of(Duration window) { return rules::slot_length(window, kLadder); }

TEST(WantedSignalsTest, ConditionsAreLookedAtAtTheLengthsOfTheirTriggers) {
  rules::Decision one = decision();
  one.triggers = {trigger("latency > 1", minutes(30)), trigger("latency > 2", hours(24 * 60)),
                  trigger("errors > baseline(memory)", minutes(30))};
  one.triggers[0].provided = condition("cost > 1");
  const Duration shorter = length_of(minutes(30)), longer = length_of(hours(24 * 60));
  ASSERT_LT(shorter, longer);
  EXPECT_EQ(wanted_by(one), (Wanted{{"cost", {shorter}},
                                    {"errors", {shorter}},
                                    {"latency", {shorter, longer}},
                                    {"memory", {shorter}},
                                    {"rps", {shorter, longer}}}));
}

TEST(WantedSignalsTest, BudgetsAndWhatIsWeighedAreLookedAtWhereNoConditionAsks) {
  rules::Decision one = decision();
  one.triggers = {trigger("latency > 1", minutes(30)), trigger("rps > 2", hours(24 * 60))};
  one.envelope = {{"errors", {}}, {"latency", {}}, {"never declared", {}}};
  const Duration shorter = length_of(minutes(30)), longer = length_of(hours(24 * 60));
  EXPECT_EQ(wanted_by(one), (Wanted{{"cost", {longer}},
                                    {"errors", {shorter, longer}},
                                    {"latency", {shorter}},
                                    {"memory", {longer}},
                                    {"rps", {shorter, longer}}}));
}

TEST(WantedSignalsTest, WithoutATriggerTheShortestSlotsDo) {
  rules::Decision one = decision();
  one.envelope = {{"latency", {}}};
  EXPECT_EQ(wanted_by(one), (Wanted{{"cost", {minutes(1)}},
                                    {"latency", {minutes(1)}},
                                    {"memory", {minutes(1)}},
                                    {"rps", {minutes(1)}}}));
}

}  // namespace
}  // namespace revisitd::daemon
