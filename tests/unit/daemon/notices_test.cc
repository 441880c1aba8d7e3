#include "daemon/notices.h"

#include <gtest/gtest.h>

namespace revisitd::daemon {
namespace {

using notify::NoticeKind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kNoon = from_millis(1'777'032'000'000);

TEST(NoticesTest, AReceiverThatRejectsIsToldOnceAndThatItAcceptsAgain) {
  Notices notices;
  EXPECT_FALSE(notices.took("slack", kNoon)) << "no news";
  const auto told = notices.gave_up("slack", "404: no_team", kNoon);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->kind, NoticeKind::receiver_rejects);
  EXPECT_EQ(told->receiver, "slack");
  EXPECT_EQ(told->why, "404: no_team");
  EXPECT_FALSE(notices.gave_up("slack", "404: no_team", kNoon + hours(30)));
  EXPECT_TRUE(notices.gave_up("hook", "410", kNoon + hours(30)));
  const auto back = notices.took("slack", kNoon + hours(31));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->kind, NoticeKind::receiver_accepts);
  EXPECT_EQ(back->since, kNoon);
  EXPECT_FALSE(notices.took("slack", kNoon + hours(31)));
}

TEST(NoticesTest, OneThatTakesSomeAndRejectsOthersIsToldOnceAnHour) {
  Notices notices;
  EXPECT_TRUE(notices.gave_up("slack", "400", kNoon));
  EXPECT_TRUE(notices.took("slack", kNoon + minutes(1)));
  EXPECT_FALSE(notices.gave_up("slack", "400", kNoon + minutes(2)));
  EXPECT_FALSE(notices.took("slack", kNoon + minutes(3)));
  EXPECT_TRUE(notices.gave_up("slack", "400", kNoon + minutes(61)));
}

TEST(NoticesTest, TheFifthStartInTenMinutesWithoutAGoodEndIsTold) {
  Notices notices;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(notices.started(kNoon + i * minutes(2)));
  const auto told = notices.started(kNoon + minutes(8));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->kind, NoticeKind::restarts);
  EXPECT_EQ(told->count, 5);
  EXPECT_EQ(told->since, kNoon);
  for (int i = 9; i < 200; ++i) EXPECT_FALSE(notices.started(kNoon + i * minutes(1))) << i;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(notices.started(kNoon + hours(6) + i * seconds(9)));
  EXPECT_TRUE(notices.started(kNoon + hours(6) + minutes(1))) << "another loop, hours later";
}

TEST(NoticesTest, AGoodEndWithinALoopTellsNothingAnew) {
  Notices notices;
  int told = 0;
  for (int i = 0; i < 60; ++i) {
    told += notices.started(kNoon + i * seconds(5)) ? 1 : 0;
    if (i % 10 == 9) notices.ended();
  }
  EXPECT_EQ(told, 1);
}

TEST(NoticesTest, RestartsThatSomebodyWantsAreNoNews) {
  Notices notices;
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(notices.started(kNoon + i * seconds(5)));
    notices.ended();
  }
  Notices slow;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(slow.started(kNoon + i * minutes(3)));
}

TEST(NoticesTest, AClockThatWasSetBackKeepsNoStarts) {
  Notices notices;
  for (int i = 0; i < 4; ++i) notices.started(kNoon + hours(24 * 300));
  EXPECT_FALSE(notices.started(kNoon));
  EXPECT_TRUE(notices.standing(kNoon).empty());
}

TEST(NoticesTest, WhatStandsIsKeptOverARestart) {
  Notices notices;
  notices.gave_up("slack", "404", kNoon);
  notices.gave_up("hook", "410", kNoon + seconds(1));
  notices.took("hook", kNoon + seconds(2));
  for (int i = 0; i < 5; ++i) notices.started(kNoon + seconds(i));
  Notices again;
  again.read(notices.to_json());
  EXPECT_EQ(again.to_json(), notices.to_json());
  const auto standing = again.standing(kNoon + minutes(59));
  ASSERT_EQ(standing.size(), 2u);
  EXPECT_EQ(standing[0].receiver, "slack");
  EXPECT_EQ(standing[0].why, "404");
  EXPECT_EQ(standing[1].kind, NoticeKind::restarts);
  EXPECT_EQ(again.standing(kNoon + minutes(61)).size(), 1u) << "an hour later it is none";
  EXPECT_FALSE(again.gave_up("slack", "404", kNoon + hours(2)));
  EXPECT_FALSE(again.started(kNoon + seconds(9)));
  again.keep_only({"hook"});
  EXPECT_TRUE(again.standing(kNoon + hours(2)).empty());
}

TEST(NoticesTest, TextThatIsNoneOfOursLeavesNothingKnown) {
  Notices notices;
  for (const char* text : {"", "{", "[]", R"({"receivers":{"a":{"since":"x"}},"starts":[]})",
                           R"({"receivers":{},"starts":[1]})",
                           R"({"receivers":{},"starts":[1],"last_start":1,"restarts":[1]})"}) {
    notices.gave_up("slack", "404", kNoon);
    notices.read(text);
    EXPECT_TRUE(notices.standing(kNoon).empty()) << text;
    EXPECT_EQ(notices.to_json(), Notices().to_json()) << text;
  }
}

}  // namespace
}  // namespace revisitd::daemon
