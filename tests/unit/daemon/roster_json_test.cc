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
  const auto list = readings_from_json(readings_to_json({{back}, {back, {{"pay", "payments"}}}}));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(*list[1].roster, roster());
  EXPECT_TRUE(list[0].services.empty());
  ASSERT_EQ(list[1].services.size(), 1u);
  EXPECT_EQ(list[1].services[0], (collectors::CataloguedService{"pay", "payments"}));
  EXPECT_TRUE(readings_from_json("{").empty());
  EXPECT_EQ(roster_from_json("{"), nullptr);
}

TEST(RosterJsonTest, PeopleWhoHaveNotChangedForLongAreStillThereInAGap) {
  // They were read last an hour before the daemon stopped, twenty days after they changed.
  const TimePoint stopped = kRead + hours(24 * 20);
  rules::RosterTimeline timeline;
  timeline.add(read_again(roster(), {stopped - hours(1), {}, {}}));
  EXPECT_NE(timeline.at(stopped + hours(48)), nullptr);
  EXPECT_NE(timeline.at(kRead + hours(1)), nullptr);
  EXPECT_EQ(timeline.at(stopped + kWeek), nullptr);
}

TEST(RosterJsonTest, AnEarlierReadingTakesNothingAway) {
  EXPECT_EQ(read_again(roster(), {})->validity, kWeek);
  EXPECT_EQ(*read_last(roster(), {}), roster());
}

TEST(RosterJsonTest, TheTimesOfReadingAreThoseOfTheLastOne) {
  const TimePoint last = kRead + hours(24 * 20);
  const RosterReadTimes times =
      read_times_from_json(read_times_to_json({last, last + hours(5), {{"roster.yaml", last}}}));
  EXPECT_EQ(times.read_at, last);
  EXPECT_EQ(times.valid_until, last + hours(5));
  EXPECT_EQ(read_last(roster(), times)->read_at, last);
  EXPECT_EQ(read_last(roster(), times)->validity, hours(5)) << "another source is failing";
  rules::RosterTimeline timeline;
  timeline.add(read_again(roster(), times));
  timeline.add(read_last(roster(), times));
  EXPECT_NE(timeline.at(kRead + hours(1)), nullptr);
  EXPECT_EQ(timeline.newest()->read_at, last);
}

TEST(RosterJsonTest, EachSourceKeepsItsOwnTime) {
  const RosterReadTimes times{kRead + hours(9), {}, {{"roster.yaml", kRead + hours(2)}}};
  collectors::LastReading reading{std::make_shared<const rules::Roster>(roster())};
  set_read_last(reading, times);
  EXPECT_EQ(reading.roster->read_at, kRead + hours(2));
  EXPECT_EQ(reading.roster->validity, kWeek);
}

TEST(RosterJsonTest, OneTimeForAllIsReadAsEarlierVersionsWroteIt) {
  const RosterReadTimes times = read_times_from_json(std::to_string(to_millis(kRead + hours(3))));
  collectors::LastReading reading{std::make_shared<const rules::Roster>(roster())};
  set_read_last(reading, times);
  EXPECT_EQ(reading.roster->read_at, kRead + hours(3));
  EXPECT_EQ(read_last(roster(), times)->validity, kWeek);
  EXPECT_EQ(read_times_from_json("x").read_at, TimePoint{});
}

}  // namespace
}  // namespace revisitd::daemon
