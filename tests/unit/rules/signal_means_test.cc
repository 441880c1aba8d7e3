#include "rules/signal_means.h"

#include <gtest/gtest.h>

#include "rules/slot.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kSlot = hours(1);
constexpr std::int64_t kMonday = 24 * 20'000;  // a slot that a UTC day begins with

// `count` slots from `first` on, all of one value.
void add(SignalMeans& means, std::int64_t first, int count, double value) {
  for (int i = 0; i < count; ++i) means.add(first + i, kSlot, value);
}
TimePoint end_of(std::int64_t slot) { return slot_start(slot + 1, kSlot); }

TEST(SignalMeansTest, NothingIsKnownBeforeTheFirstSlot) {
  const SignalMeans means;
  EXPECT_FALSE(means.recent(kSlot, end_of(kMonday)));
  EXPECT_FALSE(means.first(kSlot));
}

TEST(SignalMeansTest, RecentIsTheNewestDayAndTheOneBeforeIt) {
  SignalMeans means;
  add(means, kMonday, 24, 100);
  add(means, kMonday + 24, 24, 10);
  add(means, kMonday + 48, 8, 40);
  EXPECT_DOUBLE_EQ(means.recent(kSlot, end_of(kMonday + 55))->value, (24 * 10 + 8 * 40) / 32.0);
  EXPECT_EQ(means.recent(kSlot, end_of(kMonday + 55))->at, end_of(kMonday + 55));
}

TEST(SignalMeansTest, ADayWithoutSlotsIsNotTheDayBefore) {
  SignalMeans means;
  add(means, kMonday, 24, 100);
  add(means, kMonday + 48, 2, 10);
  EXPECT_DOUBLE_EQ(means.recent(kSlot, end_of(kMonday + 49))->value, 10);
}

TEST(SignalMeansTest, RecentIsOverTwoDaysAfterTheNewestSlot) {
  SignalMeans means;
  add(means, kMonday, 1, 100);
  EXPECT_TRUE(means.recent(kSlot, end_of(kMonday) + hours(48) - minutes(1)));
  EXPECT_FALSE(means.recent(kSlot, end_of(kMonday) + hours(48)));
}

TEST(SignalMeansTest, FirstSettlesOnceADayHasPassed) {
  SignalMeans means;
  add(means, kMonday + 5, 23, 2);
  EXPECT_FALSE(means.first(kSlot));
  means.add(kMonday + 5 + 23, kSlot, 26);
  ASSERT_TRUE(means.first(kSlot));
  EXPECT_DOUBLE_EQ(means.first(kSlot)->value, 3);
  EXPECT_EQ(means.first(kSlot)->at, end_of(kMonday + 28));
}

TEST(SignalMeansTest, FirstWaitsForFourFifthsOfADaysValues) {
  SignalMeans means;
  add(means, kMonday, 10, 1);
  add(means, kMonday + 30, 9, 1);  // nineteen hours of values
  EXPECT_FALSE(means.first(kSlot));
  add(means, kMonday + 39, 1, 1);
  EXPECT_TRUE(means.first(kSlot));
}

TEST(SignalMeansTest, WhatIsSettledStays) {
  SignalMeans means;
  add(means, kMonday, 24, 5);
  add(means, kMonday + 24, 100, 500);
  EXPECT_DOUBLE_EQ(means.first(kSlot)->value, 5);
}

TEST(SignalMeansTest, ARestartTakesWhatWasSeenLatelyWhereThatIsWorthADay) {
  SignalMeans means;
  add(means, kMonday, 24, 5);
  add(means, kMonday + 24, 24, 7);
  means.restart(kSlot);
  EXPECT_DOUBLE_EQ(means.first(kSlot)->value, 6);
  EXPECT_EQ(means.first(kSlot)->at, end_of(kMonday + 47));
}

TEST(SignalMeansTest, ARestartSoonAfterTheFirstSlotBeginsAnew) {
  SignalMeans means;
  add(means, kMonday, 3, 5);
  means.restart(kSlot);
  EXPECT_FALSE(means.first(kSlot));
  add(means, kMonday + 3, 24, 9);
  EXPECT_DOUBLE_EQ(means.first(kSlot)->value, 9);
}

}  // namespace
}  // namespace revisitd::rules
