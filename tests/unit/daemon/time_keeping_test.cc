#include <gtest/gtest.h>

#include "daemon/clock_watch.h"
#include "daemon/slot_schedule.h"

namespace revisitd::daemon {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kNoon = from_millis(1'777'032'000'000);  // a whole hour
constexpr Duration kLength = minutes(1);

TEST(ClockWatchTest, AClockThatRunsIsNoNews) {
  ClockWatch watch(std::nullopt);
  EXPECT_EQ(watch.look(kNoon, seconds(0)), std::nullopt);
  EXPECT_EQ(watch.look(kNoon + seconds(61), seconds(60)), std::nullopt);
  EXPECT_EQ(watch.look(kNoon + seconds(120), seconds(120)), std::nullopt);
}

TEST(ClockWatchTest, SeesJumpsEitherWay) {
  ClockWatch watch(std::nullopt);
  watch.look(kNoon, seconds(0));
  EXPECT_EQ(watch.look(kNoon + hours(720) + seconds(1), seconds(1)), hours(720));
  EXPECT_EQ(watch.look(kNoon + seconds(2), seconds(2)), -hours(720));
}

TEST(ClockWatchTest, AClockBehindWhatWasRecordedIsNotSane) {
  ClockWatch watch(kNoon);
  EXPECT_TRUE(watch.behind(kNoon - hours(24 * 365 * 50)));
  EXPECT_TRUE(watch.behind(kNoon - seconds(3)));
  EXPECT_FALSE(watch.behind(kNoon - seconds(1)));
  watch.record(kNoon + hours(1));
  EXPECT_TRUE(watch.behind(kNoon + minutes(30)));
  watch.record(kNoon);
  EXPECT_EQ(watch.recorded(), kNoon + hours(1));
}

TEST(SlotScheduleTest, ClosesEachSlotOnceAfterItsGrace) {
  SlotSchedule schedule(kLength, seconds(2));
  EXPECT_FALSE(schedule.due(kNoon + seconds(30)));
  EXPECT_EQ(schedule.next(kNoon + seconds(30)), kNoon + seconds(62));
  EXPECT_FALSE(schedule.due(kNoon + seconds(61)));
  const auto due = schedule.due(kNoon + seconds(62));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->index, slot_index(kNoon, kLength));
  EXPECT_EQ(due->skipped, 0);
  EXPECT_FALSE(schedule.due(kNoon + seconds(63)));
}

TEST(SlotScheduleTest, SkipsWhatPassedWhileAsleep) {
  SlotSchedule schedule(kLength, seconds(2));
  EXPECT_FALSE(schedule.due(kNoon + seconds(30)));
  const auto due = schedule.due(kNoon + hours(8));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->index, slot_index(kNoon + hours(8), kLength) - 2);
  EXPECT_EQ(due->skipped, 478);
}

TEST(SlotScheduleTest, AClockThatStepsBackClosesNothingTwice) {
  SlotSchedule schedule(kLength, seconds(2));
  schedule.due(kNoon);
  ASSERT_TRUE(schedule.due(kNoon + minutes(5)));
  EXPECT_FALSE(schedule.due(kNoon + minutes(1)));
  EXPECT_FALSE(schedule.due(kNoon + minutes(5)));
}

TEST(SlotScheduleTest, GraceIsATenthWithinLimits) {
  EXPECT_EQ(SlotSchedule::default_grace(hours(1)), seconds(2));
  EXPECT_EQ(SlotSchedule::default_grace(seconds(5)), std::chrono::milliseconds(500));
  EXPECT_EQ(SlotSchedule::default_grace(std::chrono::milliseconds(100)),
            std::chrono::milliseconds(50));
}

}  // namespace
}  // namespace revisitd::daemon
