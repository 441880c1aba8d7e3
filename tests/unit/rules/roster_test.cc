#include "rules/roster.h"

#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

TimePoint at(std::string_view time) { return *parse_time(time); }

Member member(std::string name, Fluency level) {
  return {std::move(name), {{"go", level}}, std::nullopt, std::nullopt};
}

Roster payments(std::vector<Member> members) {
  Roster roster;
  roster.teams["payments"] = {"payments", std::move(members)};
  return roster;
}

const TimePoint kNow = at("2026-05-04T10:00:00Z");

TEST(RosterTest, AnUnknownTeamHasNoCounts) {
  const Roster roster = payments({});
  EXPECT_EQ(roster.members("search", kNow), std::nullopt);
  EXPECT_EQ(roster.fluent("search", "go", kNow), std::nullopt);
  EXPECT_EQ(roster.shipped("search", "go", kNow), std::nullopt);
  EXPECT_EQ(roster.members("payments", kNow), 0);
}

TEST(RosterTest, EachLevelIncludesTheOnesBeforeIt) {
  const Roster roster = payments({member("ana", Fluency::fluent), member("ben", Fluency::shipped),
                                  member("cy", Fluency::learning)});
  EXPECT_EQ(roster.members("payments", kNow), 3);
  EXPECT_EQ(roster.shipped("payments", "go", kNow), 2);
  EXPECT_EQ(roster.fluent("payments", "go", kNow), 1);
  EXPECT_EQ(roster.fluent("payments", "rust", kNow), 0);
}

TEST(RosterTest, FirstAndLastDayCountWhole) {
  Member ana = member("ana", Fluency::fluent);
  ana.since = at("2026-05-04");
  ana.until = at("2026-05-10");
  const Roster roster = payments({ana});
  EXPECT_EQ(roster.members("payments", at("2026-05-03T23:59:59.999Z")), 0);
  EXPECT_EQ(roster.members("payments", at("2026-05-04T00:00:00Z")), 1);
  EXPECT_EQ(roster.members("payments", at("2026-05-10T23:59:59.999Z")), 1);
  EXPECT_EQ(roster.members("payments", at("2026-05-11T00:00:00Z")), 0);
  EXPECT_EQ(roster.fluent("payments", "go", at("2026-05-11T00:00:00Z")), 0);
  EXPECT_EQ(roster.shipped("payments", "go", at("2026-05-03T00:00:00Z")), 0);
}

TEST(RosterTest, DaysAreThoseOfUtcBeforeTheEpochToo) {
  Member ana = member("ana", Fluency::fluent);
  ana.since = at("1969-12-31T18:00:00Z");
  const Roster roster = payments({ana});
  EXPECT_EQ(roster.members("payments", at("1969-12-31T00:00:00Z")), 1);
  EXPECT_EQ(roster.members("payments", at("1969-12-30T23:00:00Z")), 0);
}

TEST(RosterTest, PeopleAreCountedOverAllTeams) {
  Roster roster = payments({member("ana", Fluency::fluent)});
  Member gone = member("ben", Fluency::fluent);
  gone.until = at("2026-05-03");
  roster.teams["search"] = {"search", {member("cy", Fluency::learning), gone}};
  EXPECT_EQ(roster.people(kNow), 2);
}

TEST(RosterTest, APersonOnSeveralTeamsIsOnePerson) {
  Member ana = member("ana", Fluency::fluent);
  Member anna = member("Anna Smith", Fluency::fluent);
  ana.emails = {"ana@a.example"};
  anna.emails = {"anna@a.example", "ana@a.example"};
  anna.until = at("2026-05-20");
  Roster roster = payments({ana, member("ben", Fluency::shipped)});
  roster.teams["search"] = {"search", {member("BEN", Fluency::learning), anna}};
  roster.elsewhere = {member("zoe", Fluency::fluent), member("Ben", Fluency::fluent)};
  EXPECT_EQ(roster.on_teams(kNow), 2);
  EXPECT_EQ(roster.people(kNow), 3);
  EXPECT_EQ(roster.memberships(kNow), 6);
  EXPECT_EQ(roster.leaving(kNow, at("2026-05-20")), 0);
  EXPECT_EQ(roster.leaving(kNow, at("2026-05-21")), 1) << "her last day is over";
  EXPECT_EQ(roster.on_teams(at("2026-05-21")), 2) << "ana is still on payments";
}

TEST(RosterTest, TwoOfOneNameWithinATeamAreTwoPeople) {
  Roster roster = payments({member("ana", Fluency::fluent), member("ana", Fluency::learning)});
  roster.teams["search"] = {"search", {member("ana", Fluency::learning)}};
  EXPECT_EQ(roster.people(kNow), 2);
}

TEST(RosterTest, ValidityIsHalfOpen) {
  Roster roster;
  roster.read_at = kNow;
  roster.validity = std::chrono::hours{24};
  EXPECT_FALSE(roster.valid(kNow - Duration{1}));
  EXPECT_TRUE(roster.valid(kNow));
  EXPECT_TRUE(roster.valid(kNow + std::chrono::hours{24} - Duration{1}));
  EXPECT_FALSE(roster.valid(kNow + std::chrono::hours{24}));
}

TEST(FluencyTest, NamesAreReadBack) {
  for (const Fluency level : {Fluency::learning, Fluency::shipped, Fluency::fluent}) {
    EXPECT_EQ(parse_fluency(fluency_name(level)), level);
  }
  EXPECT_EQ(parse_fluency("Fluent"), std::nullopt);
  EXPECT_EQ(parse_fluency(""), std::nullopt);
}

}  // namespace
}  // namespace revisitd::rules
