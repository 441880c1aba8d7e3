#include <gtest/gtest.h>

#include "tests/unit/rules/random_history.h"

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

// Four tests, so that ctest can run them side by side.
TEST(EngineModelTest, AgreesOverTheFirstThousandHistories) { compare_histories(0, 1000); }
TEST(EngineModelTest, AgreesOverTheSecondThousandHistories) { compare_histories(1000, 2000); }
TEST(EngineModelTest, AgreesOverTheThirdThousandHistories) { compare_histories(2000, 3000); }
TEST(EngineModelTest, AgreesOverTheFourthThousandHistories) { compare_histories(3000, 4000); }

}  // namespace
}  // namespace revisitd::reference
