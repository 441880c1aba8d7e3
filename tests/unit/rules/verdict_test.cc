#include "rules/verdict.h"

#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

constexpr Shares kHalf{{1, 1}, {1, 2}, {4, 5}};

TEST(VerdictTest, TripsAtTheShareItself) {
  EXPECT_EQ(judge({95, 5, 0, 0}, {{95, 100}, {1, 2}, {4, 5}}, Verdict::clear), Verdict::tripped);
  EXPECT_EQ(judge({94, 6, 0, 0}, {{95, 100}, {1, 2}, {4, 5}}, Verdict::clear), Verdict::clear);
}

TEST(VerdictTest, ClearsAtTheShareItself) {
  EXPECT_EQ(judge({5, 5, 0, 0}, kHalf, Verdict::tripped), Verdict::clear);
  EXPECT_EQ(judge({6, 4, 0, 0}, kHalf, Verdict::tripped), Verdict::tripped);
}

TEST(VerdictTest, BetweenTheSharesTheLastOfTheTwoStands) {
  EXPECT_EQ(judge({7, 3, 0, 0}, kHalf, Verdict::clear), Verdict::clear);
  EXPECT_EQ(judge({7, 3, 0, 0}, kHalf, Verdict::tripped), Verdict::tripped);
}

TEST(VerdictTest, CoverageIsOfTheWholeWindow) {
  EXPECT_EQ(judge({8, 0, 0, 2}, kHalf, Verdict::clear), Verdict::tripped);
  EXPECT_EQ(judge({7, 0, 0, 3}, kHalf, Verdict::clear), Verdict::blind);
}

TEST(VerdictTest, IdleThatOutweighsBlindIsUnproven) {
  EXPECT_EQ(judge({0, 0, 6, 4}, kHalf, Verdict::tripped), Verdict::unproven);
  EXPECT_EQ(judge({0, 0, 5, 5}, kHalf, Verdict::tripped), Verdict::blind);
}

TEST(VerdictTest, NothingCoveredIsNeverAVerdictEvenWithoutALeastCoverage) {
  EXPECT_EQ(judge({0, 0, 0, 9}, {{1, 1}, {1, 2}, {0, 1}}, Verdict::tripped), Verdict::blind);
}

TEST(VerdictTest, SharesAreExactFractions) {
  // 0.1 + 0.2 has no exact double; 30 % of 10 slots is exactly three.
  EXPECT_EQ(judge({3, 7, 0, 0}, {{3, 10}, {1, 10}, {1, 1}}, Verdict::clear), Verdict::tripped);
  // A third is not 33.33 %.
  EXPECT_EQ(judge({1, 2, 0, 0}, {{3334, 10000}, {1, 10}, {1, 1}}, Verdict::clear), Verdict::clear);
  EXPECT_EQ(judge({1, 2, 0, 0}, {{3333, 10000}, {1, 10}, {1, 1}}, Verdict::clear),
            Verdict::tripped);
}

TEST(VerdictTest, NamesReadBack) {
  for (const Verdict v : {Verdict::clear, Verdict::tripped, Verdict::unproven, Verdict::blind}) {
    EXPECT_EQ(parse_verdict(verdict_name(v)), v);
  }
  EXPECT_EQ(parse_verdict("fine"), std::nullopt);
}

}  // namespace
}  // namespace revisitd::rules
