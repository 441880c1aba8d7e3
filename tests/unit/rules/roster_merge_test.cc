#include "rules/roster_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/roster_decode.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimePoint kNow = from_millis(1'800'000'000'000);

Roster native(const std::string& teams, TimePoint read_at = kNow, Duration validity = hours(9)) {
  return *decode_roster("teams: " + teams + "\n", "r.yaml", read_at, validity).roster;
}

Roster knowledge(const std::string& name, const std::string& email, const std::string& language,
                 Fluency level) {
  Roster roster;
  roster.read_at = kNow;
  roster.validity = hours(9);
  Member member;
  member.name = name;
  if (!email.empty()) member.emails = {email};
  member.languages = {{language, level}};
  roster.elsewhere = {member};
  return roster;
}

TEST(RosterMergeTest, IsValidAsLongAsEachOfThem) {
  const Roster merged =
      merge_rosters({native("{a: {members: [{name: x}]}}"),
                     native("{b: {members: [{name: x}]}}", kNow + hours(1), hours(2))});
  EXPECT_THAT(merged.teams, SizeIs(2));
  EXPECT_TRUE(merged.valid(kNow + hours(3) - Duration{1}));
  EXPECT_FALSE(merged.valid(kNow + hours(3)));
}

TEST(RosterMergeTest, WhatChangedInOneCountsFromItsReadingHoweverOldAnotherIs) {
  const Roster merged = merge_rosters({native("{a: {members: [{name: x}]}}"),
                                       native("{b: {members: [{name: x}]}}", kNow + hours(1))});
  EXPECT_EQ(merged.read_at, kNow + hours(1));
}

TEST(RosterMergeTest, OnePersonInTwoSourcesIsOneAndTheFirstIsBelieved) {
  const Roster merged = merge_rosters(
      {native("{a: {members: [{name: Ana, languages: {go: shipped}, since: 2024-02-01}]}}"),
       native("{a: {members: [{name: ana, languages: {go: fluent, python: fluent}, since: "
              "2020-01-01, until: 2030-01-01}, {name: ben}]}}")});
  const Team& team = merged.teams.at("a");
  ASSERT_THAT(team.members, SizeIs(2));
  EXPECT_EQ(team.members[0].name, "Ana");
  EXPECT_EQ(team.members[0].languages.at("go"), Fluency::shipped);
  EXPECT_EQ(team.members[0].languages.at("python"), Fluency::fluent);
  EXPECT_EQ(team.members[0].since, *parse_time("2024-02-01"));
  EXPECT_EQ(team.members[0].until, *parse_time("2030-01-01"));
}

TEST(RosterMergeTest, TwoOfOneNameInOneSourceAreTwoPeople) {
  Roster one = native("{a: {members: [{name: ana, languages: {go: fluent}}]}}");
  Member other;
  other.name = "ana";
  other.languages = {{"kotlin", Fluency::fluent}};
  one.teams.at("a").members.push_back(other);
  const Roster merged = merge_rosters({one, native("{a: {members: [{name: ben}]}}")});
  const Team& team = merged.teams.at("a");
  ASSERT_THAT(team.members, SizeIs(3));
  EXPECT_THAT(team.members[0].languages, SizeIs(1));
}

TEST(RosterMergeTest, ASharedAddressMakesTwoNamesOnePerson) {
  const Roster merged = merge_rosters(
      {native("{a: {members: [{name: Ana Smith, emails: [ana@a.example]}]}}"),
       native("{a: {members: [{name: asmith, emails: [ana@a.example, s@b.example], languages: {go: "
              "fluent}}]}}")});
  ASSERT_THAT(merged.teams.at("a").members, SizeIs(1));
  EXPECT_THAT(merged.teams.at("a").members[0].emails, ElementsAre("ana@a.example", "s@b.example"));
  EXPECT_EQ(merged.fluent("a", "go", kNow), 1);
}

TEST(RosterMergeTest, KnowledgeAloneFindsItsPersonByAddressThenByName) {
  const Roster team = native("{a: {members: [{name: ana, emails: [ana@a.example]}, {name: ben}]}}");
  const Roster merged = merge_rosters({knowledge("Ben", "", "go", Fluency::fluent),
                                       knowledge("A. S.", "ana@a.example", "go", Fluency::shipped),
                                       team, knowledge("cleo", "", "go", Fluency::fluent)});
  EXPECT_EQ(merged.fluent("a", "go", kNow), 1);
  EXPECT_EQ(merged.shipped("a", "go", kNow), 2);
  EXPECT_EQ(merged.members("a", kNow), 2);
  ASSERT_THAT(merged.elsewhere, SizeIs(1));
  EXPECT_EQ(merged.elsewhere[0].name, "cleo");
}

TEST(RosterMergeTest, TheSameNameOnTwoTeamsIsTwoPeople) {
  const Roster merged =
      merge_rosters({native("{a: {members: [{name: x, languages: {go: fluent}}]}}"),
                     native("{b: {members: [{name: x}]}}")});
  EXPECT_EQ(merged.fluent("a", "go", kNow), 1);
  EXPECT_EQ(merged.fluent("b", "go", kNow), 0);
  EXPECT_THAT(merged.elsewhere, IsEmpty());
}

TEST(RosterTest, WhatGitSawCountsAsShippedAndIsBlindOnceItIsOld) {
  Roster roster = native("{a: {members: [{name: x}, {name: y, languages: {go: fluent}}]}}");
  roster.teams.at("a").members[0].shipping = {"go"};
  roster.teams.at("a").members[1].shipping = {"go"};
  roster.evidence_until = kNow + hours(1);
  EXPECT_EQ(roster.shipped("a", "go", kNow), 2);
  EXPECT_EQ(roster.fluent("a", "go", kNow), 1) << "git says nothing of knowing cold";
  EXPECT_EQ(roster.shipped("a", "go", kNow + hours(1)), std::nullopt);
  EXPECT_EQ(roster.fluent("a", "go", kNow + hours(1)), 1);
}

TEST(RosterTest, ALeaverCountsDown) {
  const Roster roster = native(
      "{a: {members: [{name: x, until: 2027-01-20}, {name: y, until: 2027-01-20}, {name: z, until: "
      "2027-03-01}, {name: gone, until: 2026-01-01}, {name: stays}]}}");
  const TimePoint now = *parse_time("2027-01-09T12:00:00Z");
  const auto leaving = departures(roster.teams.at("a"), now);
  ASSERT_THAT(leaving, SizeIs(2));
  EXPECT_EQ(leaving[0].people, 2);
  EXPECT_EQ(leaving[0].days_left(now), 12);
  EXPECT_EQ(leaving[0].gone(), *parse_time("2027-01-21"));
  EXPECT_EQ(roster.members("a", leaving[0].gone()), 2);
  const TimePoint last = *parse_time("2027-01-20T23:59:59Z");
  EXPECT_EQ(departures(roster.teams.at("a"), last)[0].days_left(last), 1);
}

}  // namespace
}  // namespace revisitd::rules
