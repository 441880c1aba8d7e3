#include "collectors/counter_range.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace revisitd::collectors {
namespace {

TimePoint at(double seconds) { return from_millis(static_cast<std::int64_t>(seconds * 1000)); }

std::optional<double> rate(const std::vector<std::pair<double, double>>& samples, double start,
                           double end) {
  CounterRange range;
  for (const auto& [time, value] : samples) range.add(at(time), value);
  return range.rate(at(start), at(end));
}

TEST(CounterRangeTest, OneSampleTellsNothing) {
  EXPECT_FALSE(rate({}, 0, 60));
  EXPECT_FALSE(rate({{30, 5}}, 0, 60));
}

TEST(CounterRangeTest, ReachesBothEdgesWhenSamplesAreNearThem) {
  EXPECT_DOUBLE_EQ(*rate({{5, 1000}, {20, 1015}, {35, 1030}, {50, 1045}}, 0, 60), 1.0);
}

TEST(CounterRangeTest, ReachesHalfAnIntervalWhenTheEdgeIsFar) {
  EXPECT_DOUBLE_EQ(*rate({{30, 1000}, {40, 1010}}, 0, 100), (10.0 + 5 + 5) / 100);
}

TEST(CounterRangeTest, NeverReachesBelowZero) {
  EXPECT_DOUBLE_EQ(*rate({{10, 0}, {20, 10}}, 0, 20), 10.0 / 20);
  EXPECT_DOUBLE_EQ(*rate({{10, 2}, {20, 12}}, 0, 20), 12.0 / 20);
}

TEST(CounterRangeTest, CountsResetsFromZero) {
  EXPECT_DOUBLE_EQ(*rate({{0.001, 1000}, {20, 1100}, {40, 30}, {60, 50}}, 0, 60) * 60 * 59.999 / 60,
                   150);
}

TEST(CounterRangeTest, AResetKnownFromElsewhereCountsFromZero) {
  CounterRange range;
  range.add(at(10), 1000, true);
  range.add(at(20), 1005, false);
  range.add(at(30), 1010, true);
  EXPECT_DOUBLE_EQ(*range.rate(at(10), at(30)) * 20, 5 + 1010);
}

TEST(CounterRangeTest, TheFactorIsWhatTheRateMultipliesTheIncreaseBy) {
  CounterRange range;
  range.add(at(10), 2);
  EXPECT_FALSE(range.factor(at(0), at(20)));
  range.add(at(20), 12);
  EXPECT_EQ(range.rate(at(0), at(20)), 10 * *range.factor(at(0), at(20)));
  EXPECT_DOUBLE_EQ(*range.factor(at(0), at(20)), 12.0 / 10 / 20);
}

TEST(CounterRangeTest, StandingStillIsARateOfZero) {
  EXPECT_EQ(rate({{5, 7}, {20, 7}, {35, 7}, {50, 7}}, 0, 60), 0.0);
}

TEST(CounterRangeTest, PartsGiveItBack) {
  CounterRange range;
  range.add(at(1), 5);
  range.add(at(11), 3);
  CounterRange copy = *CounterRange::from(range.parts());
  range.add(at(21), 9);
  copy.add(at(21), 9);
  EXPECT_EQ(range.rate(at(0), at(30)), copy.rate(at(0), at(30)));
  EXPECT_EQ(copy.samples(), 3u);
}

TEST(CounterRangeTest, PartsWithTimesThatNoRangeHasGiveNone) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(CounterRange::from({.first_time = -5, .last_time = 4'294'967'290}));
  EXPECT_FALSE(CounterRange::from({.first_time = -5, .last_time = 4'294'967'291}));
  EXPECT_FALSE(CounterRange::from({.first_time = 5, .last_time = 4}));
  EXPECT_FALSE(CounterRange::from({.first_time = -kFar, .last_time = kFar}));
  EXPECT_FALSE(CounterRange::from({.first_time = -kFar, .last_time = 5 - kFar}));
  EXPECT_FALSE(CounterRange::from({.first_time = kFar - 5, .last_time = kFar}));
}

}  // namespace
}  // namespace revisitd::collectors
