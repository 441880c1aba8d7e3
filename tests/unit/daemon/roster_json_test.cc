#include "daemon/roster_json.h"

#include <gtest/gtest.h>

#include "rules/decision_state.h"

namespace revisitd::daemon {
namespace {

using std::chrono::hours;

constexpr TimePoint kRead = from_millis(1'777'032'000'000);
constexpr Duration kWeek = hours(24 * 7);

rules::Roster roster() {
  rules::Roster roster;
  roster.read_at = kRead;
  roster.validity = kWeek;
  roster.source = "roster.yaml";
  rules::Member ana;
  ana.name = "ana";
  ana.languages = {{"python", rules::Fluency::fluent}};
  ana.emails = {"ana@a.example"};
  ana.shipping = {"go"};
  roster.teams["payments"] = {"payments", {ana}};
  roster.elsewhere = {ana};
  roster.evidence_until = kRead + kWeek;
  return roster;
}

TEST(RosterJsonTest, ReadsBackWhatItWrote) {
  const auto back = roster_from_json(roster_to_json(roster()));
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(*back, roster());
  const auto list = rosters_from_json(rosters_to_json({back, back}));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(*list[1], roster());
  EXPECT_TRUE(rosters_from_json("{").empty());
  EXPECT_EQ(roster_from_json("{"), nullptr);
}

TEST(RosterJsonTest, PeopleWhoHaveNotChangedForLongAreStillThereInAGap) {
  // They were read last an hour before the daemon stopped, twenty days after they changed.
  const TimePoint stopped = kRead + hours(24 * 20);
  rules::RosterTimeline timeline;
  timeline.add(read_again(roster(), stopped - hours(1)));
  EXPECT_NE(timeline.at(stopped + hours(48)), nullptr);
  EXPECT_NE(timeline.at(kRead + hours(1)), nullptr);
  EXPECT_EQ(timeline.at(stopped + kWeek), nullptr);
}

TEST(RosterJsonTest, AnEarlierReadingTakesNothingAway) {
  EXPECT_EQ(read_again(roster(), TimePoint{})->validity, kWeek);
}

}  // namespace
}  // namespace revisitd::daemon
