#include "rules/signal_history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kLength = minutes(10);
constexpr std::int64_t kDayOfSlots = 144;

// A history of one signal, asked like "avg of the last five slots".
struct Kept {
  explicit Kept(WindowFunction function, Duration window) : use{function, "s", window} {
    history.keep(use, kLength, 1);
  }
  void add(std::int64_t index, SlotValue value) { history.add("s", kLength, index, value); }
  void add(std::int64_t index, double value) { add(index, SlotValue::exact(value)); }
  std::optional<SlotValue> at(std::int64_t index) const {
    return history.evaluate(use, kLength, index);
  }
  std::optional<double> value(std::int64_t index) const {
    const auto v = at(index);
    return v ? std::optional(v->value) : std::nullopt;
  }
  WindowUse use;
  ServiceHistory history;
};

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(WindowFunctionTest, TheWindowEndsWithTheSlotAndIsRoundedUp) {
  Kept avg(WindowFunction::avg, minutes(25));  // three slots
  for (int i = 0; i < 6; ++i) avg.add(i, i);
  EXPECT_EQ(avg.value(5), 4.0);
}

TEST(WindowFunctionTest, NeedsFourFifthsOfItsSlotsExactly) {
  for (const WindowFunction f : {WindowFunction::avg, WindowFunction::min, WindowFunction::max}) {
    Kept kept(f, minutes(50));
    for (const int i : {1, 2, 3}) kept.add(i, 7);
    EXPECT_EQ(kept.value(3), std::nullopt);
    kept.add(4, 7);
    EXPECT_EQ(kept.value(4), 7.0);
    EXPECT_EQ(kept.value(5), 7.0);  // slots 1 to 5, of which the last is missing
    EXPECT_EQ(kept.value(6), std::nullopt);
  }
}

TEST(WindowFunctionTest, AverageOfIntervalsIsTheIntervalOfAverages) {
  Kept avg(WindowFunction::avg, minutes(20));
  avg.add(0, {0.08, 0.05, 0.1});
  avg.add(1, {0.2, 0.1, 0.3});
  EXPECT_EQ(avg.at(1), (SlotValue{(0.08 + 0.2) / 2, (0.05 + 0.1) / 2, (0.1 + 0.3) / 2}));
  avg.add(2, {0.2, 0.1, kInf});
  EXPECT_EQ(avg.at(2)->high, kInf);
}

TEST(WindowFunctionTest, ExtremesOfIntervalsAreTakenEndByEnd) {
  Kept most(WindowFunction::max, minutes(20)), least(WindowFunction::min, minutes(20));
  for (Kept* k : {&most, &least}) {
    k->add(0, {0.2, 0.1, 0.25});
    k->add(1, {0.19, 0.15, 0.5});
  }
  EXPECT_EQ(most.at(1), (SlotValue{0.2, 0.15, 0.5}));
  EXPECT_EQ(least.at(1), (SlotValue{0.19, 0.1, 0.25}));
}

TEST(WindowFunctionTest, ChangeNeedsBothEndsAndNothingBetween) {
  Kept change(WindowFunction::change, minutes(30));
  change.add(0, 80);
  change.add(3, 100);
  EXPECT_EQ(change.value(3), 0.25);
  EXPECT_EQ(change.value(4), std::nullopt);
  change.add(4, 5);
  EXPECT_EQ(change.value(4), std::nullopt);
}

TEST(WindowFunctionTest, ChangeIsRelativeToTheMagnitudeOfTheEarlierValue) {
  Kept change(WindowFunction::change, minutes(10));
  change.add(0, -100);
  change.add(1, -50);
  change.add(2, 0);
  change.add(3, 10);
  EXPECT_EQ(change.value(1), 0.5);
  EXPECT_EQ(change.value(2), 1.0);
  EXPECT_EQ(change.value(3), std::nullopt);
}

TEST(WindowFunctionTest, ChangeOfBucketsIsAnInterval) {
  Kept change(WindowFunction::change, minutes(10));
  change.add(0, {0.08, 0.05, 0.1});
  change.add(1, {0.2, 0.1, 0.25});
  EXPECT_DOUBLE_EQ(change.at(1)->value, 1.5);
  EXPECT_DOUBLE_EQ(change.at(1)->low, 0.0);
  EXPECT_DOUBLE_EQ(change.at(1)->high, 4.0);
}

// Whatever came before the window has left no trace in it, so a restart changes no bit.
TEST(WindowFunctionTest, TheAverageDoesNotDependOnWhatHasLeftTheWindow) {
  std::mt19937_64 random(3);
  Kept long_lived(WindowFunction::avg, kLength * 300), fresh(WindowFunction::avg, kLength * 300);
  for (std::int64_t i = -1000; i < 1000; ++i) {
    const double value =
        std::ldexp(static_cast<double>(random() >> 11), -(static_cast<int>(random() % 60)));
    long_lived.add(i, value);
    if (i >= 690) fresh.add(i, value);
  }
  ASSERT_TRUE(fresh.value(999));
  EXPECT_EQ(long_lived.value(999), fresh.value(999));
}

TEST(WindowFunctionTest, AgreesWithAPlainLoopOverHoles) {
  std::mt19937_64 random(5);
  const std::int64_t slots = 150;
  Kept avg(WindowFunction::avg, kLength * slots), most(WindowFunction::max, kLength * slots),
      least(WindowFunction::min, kLength * slots);
  std::map<std::int64_t, double> all;
  for (std::int64_t i = -400; i < 400; ++i) {
    if (random() % 8 != 0) all[i] = static_cast<double>(random() % 1000);
    double sum = 0, high = -kInf, low = kInf;
    int count = 0;
    if (all.contains(i)) {
      for (Kept* k : {&avg, &most, &least}) k->add(i, all[i]);
    }
    for (auto v = all.upper_bound(i - slots); v != all.end(); ++v) {
      sum += v->second;
      high = std::max(high, v->second);
      low = std::min(low, v->second);
      ++count;
    }
    if (count < 120) {
      ASSERT_EQ(avg.value(i), std::nullopt);
      continue;
    }
    ASSERT_EQ(avg.value(i), sum / count);
    ASSERT_EQ(most.value(i), high);
    ASSERT_EQ(least.value(i), low);
  }
}

// Days of one value each; `day` is over with its last slot.
Kept days(int count, double (*value)(int)) {
  Kept kept(WindowFunction::forecast, hours(24 * 10));
  for (int d = 0; d < count; ++d) {
    for (int i = 0; i < kDayOfSlots; i += 12) kept.add(d * kDayOfSlots + i, value(d));
  }
  return kept;
}

TEST(ForecastTest, IsBlindWithFewerThanFourteenDaysThatAreOver) {
  const Kept kept = days(14, [](int d) { return 100.0 + d; });
  EXPECT_EQ(kept.value(14 * kDayOfSlots - 2), std::nullopt);
  EXPECT_TRUE(kept.value(14 * kDayOfSlots - 1));
}

TEST(ForecastTest, FollowsALineThroughTheMiddlesOfTheDays) {
  const Kept kept = days(20, [](int d) { return 100.0 + 2 * d; });
  // Day 19's middle is 138; ten days after the end of day 19 is 10.5 days later.
  EXPECT_DOUBLE_EQ(*kept.value(20 * kDayOfSlots - 1), 138 + 2 * 10.5);
}

TEST(ForecastTest, WildDaysDoNotBendIt) {
  const Kept kept = days(20, [](int d) { return d % 5 == 4 ? 1e6 : 100.0 + 2 * d; });
  EXPECT_NEAR(*kept.value(20 * kDayOfSlots - 1), 138 + 2 * 10.5, 3);
}

TEST(ForecastTest, TheDayInProgressTakesNoPart) {
  Kept kept = days(20, [](int) { return 100.0; });
  for (int i = 0; i < 100; ++i) kept.add(20 * kDayOfSlots + i, 5000);
  EXPECT_EQ(kept.value(20 * kDayOfSlots + 99), 100.0);
}

TEST(ForecastTest, OnlySixtyDaysTakePart) {
  const Kept kept = days(90, [](int d) { return d < 30 ? 1000.0 : 5.0; });
  EXPECT_EQ(kept.value(90 * kDayOfSlots - 1), 5.0);
}

TEST(ForecastTest, LaterDaysAreNotSeenFromEarlierSlots) {
  Kept kept(WindowFunction::forecast, hours(24 * 10));
  kept.history.keep(kept.use, kLength, 10 * kDayOfSlots);
  for (int d = 0; d < 30; ++d) kept.add(d * kDayOfSlots, d < 20 ? 10 : 9999);
  EXPECT_EQ(kept.value(20 * kDayOfSlots - 1), 10.0);
}

}  // namespace
}  // namespace revisitd::rules
