#include "rules/roster_decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

using testing::HasSubstr;

constexpr TimePoint kNow = from_millis(1'800'000'000'000);

RosterReading read(const std::string& text, const std::string& file = "roster.yaml") {
  return decode_roster(text, file, kNow);
}

std::string error(const std::string& text, const std::string& file = "roster.yaml") {
  const RosterReading reading = read(text, file);
  return reading.diagnostics.empty() ? "" : format_location(reading.diagnostics.front());
}

constexpr const char* kGood = R"(teams:
  payments:
    members:
      - {name: ana, languages: {python: fluent, go: shipped}, since: 2024-02-01}
      - name: ben
        languages: {python: learning}
        until: 2026-12-31
)";

TEST(RosterDecodeTest, ReadsTeamsMembersLevelsAndDays) {
  const RosterReading reading = read(kGood);
  ASSERT_TRUE(reading.roster);
  const Team& team = reading.roster->teams.at("payments");
  ASSERT_EQ(team.members.size(), 2U);
  EXPECT_EQ(team.members[0].languages.at("go"), Fluency::shipped);
  EXPECT_EQ(team.members[0].since, *parse_time("2024-02-01"));
  EXPECT_EQ(team.members[1].until, *parse_time("2026-12-31"));
  EXPECT_EQ(reading.roster->read_at, kNow);
  EXPECT_EQ(reading.roster->validity, std::chrono::days(7));
  EXPECT_EQ(reading.roster->source, "roster.yaml");
}

TEST(RosterDecodeTest, ReadsJson) {
  const RosterReading reading = read(
      R"({"validity":"9d","teams":{"payments":{"members":[{"name":"\ud83d\ude00","languages":{"go":"fluent"}}]}}})",
      "roster.json");
  ASSERT_TRUE(reading.roster) << format_diagnostic(reading.diagnostics.at(0));
  EXPECT_EQ(reading.roster->teams.at("payments").members[0].name, "\xF0\x9F\x98\x80");
  EXPECT_EQ(reading.roster->validity, std::chrono::days(9));
  const RosterReading nulls =
      read(R"({"teams":{"payments":{"members":[{"name":"ana","since":null,"until":null}]}}})",
           "roster.json");
  ASSERT_TRUE(nulls.roster) << format_diagnostic(nulls.diagnostics.at(0));
  EXPECT_EQ(nulls.roster->teams.at("payments").members[0].until, std::nullopt);
}

TEST(RosterDecodeTest, AddressesAreKeptInLowerCaseAndOnce) {
  const RosterReading reading =
      read("teams: {a: {members: [{name: x, emails: [X@a.example, x@a.example, y@b.example]}]}}\n");
  ASSERT_TRUE(reading.roster);
  EXPECT_THAT(reading.roster->teams.at("a").members[0].emails,
              testing::ElementsAre("x@a.example", "y@b.example"));
  EXPECT_THAT(error("teams: {a: {members: [{name: x, emails: [x]}]}}\n"),
              HasSubstr("roster.yaml:1:42: `emails`: expected an e-mail address"));
  for (const char* no : {"'@a.example'", "'x@'", "'x @a'", "'<x@a>'"}) {
    EXPECT_THAT(error("teams: {a: {members: [{name: x, emails: [" + std::string(no) + "]}]}}\n"),
                HasSubstr("expected an e-mail address"))
        << no;
  }
}

TEST(RosterDecodeTest, AddressesMayBeAsSubversionsCommitsHaveThem) {
  const RosterReading reading =
      read("teams: {a: {members: [{name: x, emails: ['ana@a.example@630680e5-0e50']}]}}\n");
  ASSERT_TRUE(reading.roster);
  EXPECT_THAT(reading.roster->teams.at("a").members[0].emails,
              testing::ElementsAre("ana@a.example@630680e5-0e50"));
}

TEST(RosterDecodeTest, AliasesSaveRepetition) {
  const RosterReading reading =
      read("teams:\n  a:\n    members: &m [{name: ana}]\n  b:\n    members: *m\n");
  ASSERT_TRUE(reading.roster);
  EXPECT_EQ(reading.roster->teams.at("b").members[0].name, "ana");
}

TEST(RosterDecodeTest, SkipsAByteOrderMark) {
  EXPECT_TRUE(read("\xEF\xBB\xBF" + std::string(kGood)).roster);
}

TEST(RosterDecodeTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(error("teams: {a: {members: [{name: x}, {name: x}]}}\n"),
              HasSubstr("roster.yaml:1:34: `members`: a person is in the team twice"));
  EXPECT_THAT(error("teams: {a: {members: [{name: x, languages: {go: fluid}}]}}\n"),
              HasSubstr("did you mean `fluent`?"));
  EXPECT_THAT(error("teams: {a: {members: []}}\n"), HasSubstr("the team has nobody"));
  EXPECT_THAT(error("teams: {}\n"), HasSubstr("at least one team"));
  EXPECT_THAT(error("teams: {a: {}}\n"), HasSubstr("missing key `members`"));
  EXPECT_THAT(error(""), HasSubstr("expected a map, found nothing"));
  EXPECT_THAT(error("teams: {'a b': {members: [{name: x}]}}\n"), HasSubstr("is not a name of"));
  EXPECT_THAT(error("teams: {a: {members: [{name: x, languages: {Go: fluent}}]}}\n"),
              HasSubstr("is not a language"));
  EXPECT_THAT(error("teams: {a: {members: [{name: x, since: 2026-02-02, until: 2026-02-01}]}}\n"),
              HasSubstr("no day before `since`"));
  EXPECT_THAT(error("teams: {a: {members: [{name: x, role: y}]}}\n"), HasSubstr("unknown key"));
  EXPECT_THAT(error("teams: {a: {members: [{name: x}]}, a: {members: [{name: y}]}}\n"),
              HasSubstr("duplicate key `a`"));
  EXPECT_THAT(error(std::string("\xFF\xFEt\0", 4)), HasSubstr("UTF-16"));
}

TEST(RosterDecodeTest, ACountProvesThatNothingIsMissing) {
  EXPECT_TRUE(read("people: 2\n" + std::string(kGood)).roster);
  EXPECT_THAT(error("people: 3\n" + std::string(kGood)),
              HasSubstr("lists 2 and not 3, so it is not complete"));
}

TEST(RosterDecodeTest, NoPrefixThatEndsWithinALineIsTaken) {
  const std::string text = kGood;
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string prefix = text.substr(0, length);
    if (prefix.ends_with('\n') || prefix.ends_with('}')) continue;
    EXPECT_FALSE(read(prefix).roster) << prefix;
  }
}

TEST(RosterDecodeTest, WithACountNoPrefixAtAllIsTaken) {
  const std::string text = "people: 2\n" + std::string(kGood);
  // The last line alone carries no person: only its end may be missing.
  for (std::size_t length = 0; length < text.rfind("- name: ben"); ++length) {
    EXPECT_FALSE(read(text.substr(0, length)).roster) << length;
  }
}

TEST(RosterDecodeTest, NoPrefixOfJsonIsTaken) {
  const std::string text =
      R"({"teams":{"payments":{"members":[{"name":"ana","languages":{"go":"fluent"}}]}}})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(read(text.substr(0, length), "roster.json").roster) << length;
  }
  EXPECT_TRUE(read(text, "roster.json").roster);
}

TEST(RosterDecodeTest, TooLargeARosterIsRefused) {
  EXPECT_THAT(error("#" + std::string(kRosterBytes, 'x') + "\n" + kGood), HasSubstr("larger than"));
}

}  // namespace
}  // namespace revisitd::rules
