#include <gtest/gtest.h>

#include "tests/unit/rules/model_run.h"

namespace revisitd::reference {
namespace {

void compare_histories(std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t seed = first; seed < last; ++seed) {
    const History history = random_history(seed);
    if (!disagreement(history)) continue;
    const History least = smallest(history);
    FAIL() << "seed " << seed << " disagrees " << *disagreement(least) << "history:\n"
           << describe(least);
  }
}

// An agreement about histories in which little happens would say little.
TEST(EngineModelTest, TheHistoriesMeetEverythingThatCanHappen) {
  std::set<std::string> met;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const History history = random_history(seed);
    ModelRun run(history.records);
    ASSERT_EQ(run.begin(), std::nullopt);
    for (const Step& step : history.steps) ASSERT_EQ(run.take(step), std::nullopt);
    met.insert(run.met().begin(), run.met().end());
  }
  for (const char* type :
       {"revisit.opened", "revisit.worsened", "revisit.reopened", "revisit.subsided",
        "revisit.reminder", "revisit.snooze-ending", "revisit.snooze-ended", "revisit.concluded",
        "revisit.withdrawn", "trigger.verdict", "trigger.blind", "trigger.sighted",
        "decision.added", "decision.edited", "decision.removed", "decision.review-due",
        "decision.review-overdue"}) {
    EXPECT_TRUE(met.contains(type)) << type;
  }
}

// Four tests, so that ctest can run them side by side.
TEST(EngineModelTest, AgreesOverTheFirstThousandHistories) { compare_histories(0, 1000); }
TEST(EngineModelTest, AgreesOverTheSecondThousandHistories) { compare_histories(1000, 2000); }
TEST(EngineModelTest, AgreesOverTheThirdThousandHistories) { compare_histories(2000, 3000); }
TEST(EngineModelTest, AgreesOverTheFourthThousandHistories) { compare_histories(3000, 4000); }

}  // namespace
}  // namespace revisitd::reference
