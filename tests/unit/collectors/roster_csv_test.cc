#include "collectors/roster_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using rules::Fluency;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr TimePoint kNow = from_millis(1'800'000'000'000);

rules::RosterReading read(const std::string& text) {
  return decode_skills_csv(text, "skills.csv", kNow);
}

std::string error(const std::string& text) {
  const auto reading = read(text);
  return reading.diagnostics.empty() ? "" : format_location(reading.diagnostics.front());
}

TEST(RosterCsvTest, LinesOfOnePersonAreOneMember) {
  const auto reading = read(
      "team,name,language,level,since,until,email\n"
      "payments,Ana,Python,fluent,2024-02-01,,Ana@a.example\n"
      "payments,ana,go,Shipped,2024-02-01,,\n"
      "payments,\"Ben, Jr.\",,,,2026-12-31,b@a.example ben@b.example\n");
  ASSERT_TRUE(reading.roster) << format_diagnostic(reading.diagnostics.at(0));
  const auto& members = reading.roster->teams.at("payments").members;
  ASSERT_THAT(members, SizeIs(2));
  EXPECT_EQ(members[0].name, "Ana");
  EXPECT_EQ(members[0].languages.at("python"), Fluency::fluent);
  EXPECT_EQ(members[0].languages.at("go"), Fluency::shipped);
  EXPECT_THAT(members[0].emails, ElementsAre("ana@a.example"));
  EXPECT_EQ(members[1].name, "Ben, Jr.");
  EXPECT_EQ(members[1].until, *parse_time("2026-12-31"));
  EXPECT_THAT(members[1].emails, ElementsAre("b@a.example", "ben@b.example"));
  EXPECT_EQ(reading.roster->validity, rules::kRosterValidity);
}

TEST(RosterCsvTest, SpreadsheetsWriteMarksSemicolonsAndCarriageReturns) {
  const auto reading = read(
      "\xEF\xBB\xBF"
      "Name;Team;Level;Language\r\nana;payments;fluent;go\r\n\r\nben;payments;learning;go");
  ASSERT_TRUE(reading.roster) << format_diagnostic(reading.diagnostics.at(0));
  EXPECT_EQ(reading.roster->fluent("payments", "go", kNow), 1);
  EXPECT_EQ(reading.roster->members("payments", kNow), 2);
  EXPECT_TRUE(read("team\tname\npayments\tana\n").roster);
}

TEST(RosterCsvTest, ExcelSaysItsSeparatorAndLeavesEmptyCells) {
  const auto reading =
      read("sep=;\r\nteam;name;language;level;;\r\npayments;ana;go;fluent;;\r\n;;;;;\r\n");
  ASSERT_TRUE(reading.roster) << format_diagnostic(reading.diagnostics.at(0));
  EXPECT_EQ(reading.roster->fluent("payments", "go", kNow), 1);
  EXPECT_EQ(reading.roster->members("payments", kNow), 1);
  EXPECT_THAT(error("team;name;;\npayments;ana;;x\n"), HasSubstr("has 4 cells"));
  EXPECT_THAT(error("team;name;language;level\npayments;ana\n"), HasSubstr("has 2 cells"));
}

TEST(RosterCsvTest, WithoutATeamALineSaysWhatAPersonKnows) {
  const auto reading = read("name,language,level,email\nana,go,fluent,a@a.example\n");
  ASSERT_TRUE(reading.roster);
  EXPECT_TRUE(reading.roster->teams.empty());
  ASSERT_THAT(reading.roster->elsewhere, SizeIs(1));
  EXPECT_EQ(reading.roster->people(kNow), 1) << "the shrink test counts them, too";
}

TEST(RosterCsvTest, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_EQ(error(""),
            "skills.csv:1:1: the file is empty, expected a header such as "
            "`team,name,language,level`");
  EXPECT_EQ(error("team,nme\n"), "skills.csv:1:6: unknown column \"nme\", did you mean `name`?");
  EXPECT_EQ(error("name,name\n"), "skills.csv:1:6: column `name` stands there twice");
  EXPECT_EQ(error("team\n"), "skills.csv:1:1: missing column `name`");
  EXPECT_THAT(error("name,language\n"), HasSubstr("go together"));
  EXPECT_THAT(error("name\n"), HasSubstr("nobody below the header"));
  EXPECT_EQ(error("name,team\nana,a\nben\n"),
            "skills.csv:3:1: the line has 1 cells where the header has 2");
  EXPECT_THAT(error("name,team\nana,a b\n"), HasSubstr("skills.csv:2:5: \"a b\" is not a name"));
  EXPECT_EQ(error("name,language,level\nana,go,fluid\n"),
            "skills.csv:2:8: \"fluid\" is no level, did you mean `fluent`?");
  EXPECT_THAT(error("name,language,level\nana,,fluent\n"), HasSubstr("2:5: missing language"));
  EXPECT_THAT(error("name,until\nana,31.12.2026\n"),
              HasSubstr("2:5: `until`: expected a day such as 2026-05-04, found \"31.12.2026\""));
  EXPECT_THAT(error("name,language,level\nana,go,fluent\nana,go,shipped\n"),
              HasSubstr("3:8: an earlier line says `fluent`"));
  EXPECT_THAT(error("name,since\nana,2026-01-01\nana,2026-01-02\n"), HasSubstr("3:5: `since`"));
  EXPECT_THAT(error("name,since,until\nana,2026-02-01,2026-01-01\n"), HasSubstr("no day before"));
  EXPECT_THAT(error("name,email\nana,x\n"), HasSubstr("2:5: expected an e-mail address"));
  EXPECT_THAT(error("name\n\"ana\n"), HasSubstr("no closing quote"));
  EXPECT_THAT(error(std::string("\xFF\xFEn\0", 4)), HasSubstr("UTF-16"));
}

// Pages show messages, and people's names are not for everybody.
TEST(RosterCsvTest, NoMessageHoldsAName) {
  for (const char* line : {"Zoe,a,go,fluid,,,\n", "Zoe,a,go,fluent,x,,\n", "Zoe,a,go,fluent,,,q\n",
                           "Zoe,a,go,fluent\n", "Zoe,a,go,fluent,,,\nZoe,a,go,shipped,,,\n"}) {
    const auto reading = read(std::string("name,team,language,level,since,until,email\n") + line);
    ASSERT_FALSE(reading.diagnostics.empty()) << line;
    EXPECT_EQ(reading.diagnostics[0].message.find("Zoe"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace revisitd::collectors
