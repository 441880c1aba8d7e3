#include "rules/condition_table.h"

#include "tests/unit/rules/condition_fixture.h"

namespace revisitd::rules {
namespace {

std::string meaning(const Result<Condition, ConditionError>& condition) {
  return condition ? condition->meaning() : condition.error().message;
}

TEST(ConditionTableTest, EqualTextsAreHeldOnce) {
  ConditionTable table;
  const SignalTable signals = test_signals();
  const auto first = table.parse("latency_p99 > 100ms and avg(rps, 1d) > 5", signals);
  const auto again = table.parse("latency_p99 > 100ms and avg(rps, 1d) > 5", signals);
  const auto other = table.parse("latency_p99 > 200ms", signals);
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(&first->text(), &again->text());
  EXPECT_NE(&first->text(), &other->text());
  EXPECT_EQ(table.size(), 2U);
}

// Records can declare signals of their own.
TEST(ConditionTableTest, ATextMeansWhatTheUnitsOfItsSignalsSay) {
  ConditionTable table;
  const std::string text = "avg(a, 1d) > 2 * baseline(b)";
  SignalTable bytes = test_signals();
  bytes["a"].unit = bytes["b"].unit = Unit::bytes;
  SignalTable mixed = test_signals();
  mixed["b"].unit = Unit::seconds;
  SignalTable none = test_signals();
  none.erase("b");
  for (int round = 0; round < 2; ++round) {
    for (const SignalTable& signals : {test_signals(), bytes, mixed, none}) {
      const auto alone = Condition::parse(text, signals);
      const auto shared = table.parse(text, signals);
      ASSERT_EQ(bool(alone), bool(shared));
      EXPECT_EQ(meaning(alone), meaning(shared));
      if (!alone) EXPECT_EQ(alone.error().offset, shared.error().offset);
    }
  }
  EXPECT_EQ(table.size(), 2U);  // of those that can be read
}

TEST(ConditionTableTest, DoesNotGrowWithoutEnd) {
  ConditionTable table;
  const SignalTable signals = test_signals();
  for (int i = 0; i < 20'100; ++i) ASSERT_TRUE(table.parse("rps > " + std::to_string(i), signals));
  EXPECT_LE(table.size(), 20'000U);
  EXPECT_TRUE(table.parse("rps > 1", signals));
}

}  // namespace
}  // namespace revisitd::rules
