#include "rules/record_header.h"

#include <gtest/gtest.h>

#include "rules/record_markdown.h"

namespace revisitd::rules {
namespace {

TEST(RecordStatusTest, UnderstandsTheWordsPeopleUse) {
  EXPECT_EQ(parse_status("Accepted"), RecordStatus::accepted);
  EXPECT_EQ(parse_status("\xE2\x9C\x85 approved (2026-05-04)"), RecordStatus::accepted);
  EXPECT_EQ(parse_status("Accepted, supersedes ADR-3"), RecordStatus::accepted);
  EXPECT_EQ(parse_status("superceded by ADR-5"), RecordStatus::superseded);
  EXPECT_EQ(parse_status("draft"), RecordStatus::proposed);
  EXPECT_EQ(parse_status("Rejected"), RecordStatus::rejected);
  EXPECT_EQ(parse_status("obsolete"), RecordStatus::deprecated);
}

TEST(RecordStatusTest, WhatATemplateLeftIsUnknown) {
  EXPECT_EQ(parse_status("{proposed}"), RecordStatus::unknown);
  EXPECT_EQ(parse_status("{proposed | accepted}"), RecordStatus::unknown);
  EXPECT_EQ(parse_status("[proposed | rejected | accepted]"), RecordStatus::unknown);
  EXPECT_EQ(parse_status("proposed | rejected | accepted"), RecordStatus::unknown);
  EXPECT_EQ(parse_status("not accepted"), RecordStatus::unknown);
  EXPECT_EQ(parse_status(""), RecordStatus::unknown);
}

TEST(RecordStatusTest, TheStatusFurthestInALifeCounts) {
  RecordHeader header;
  add_status(header, {"Superseded by [5](0005.md)", "0005.md", {}});
  add_status(header, {"Accepted", "", {}});
  EXPECT_EQ(header.status, RecordStatus::superseded);
  EXPECT_EQ(header.superseded_by, "0005.md");
}

TEST(RecordStatusTest, KeepsTheIdWhereThereIsNoLink) {
  RecordHeader header;
  add_status(header, {"superseded by ADR-0005.", "", {}});
  EXPECT_EQ(header.superseded_by, "ADR-0005");
}

TEST(RecordDateTest, FindsDatesInText) {
  EXPECT_EQ(find_date("Accepted (2026-05-04)"), *parse_time("2026-05-04"));
  EXPECT_EQ(find_date("2026-05-04T10:00:00Z"), *parse_time("2026-05-04T10:00:00Z"));
  EXPECT_EQ(find_date("2026-05-04 10:00"), *parse_time("2026-05-04"));
  EXPECT_EQ(find_date("4 May 2026"), std::nullopt);
  EXPECT_EQ(find_date("2026-13-04"), std::nullopt);
  EXPECT_EQ(find_date("12026-05-04"), std::nullopt);
  EXPECT_EQ(find_date("2026-05-041"), std::nullopt);
}

TEST(RecordDateTest, ReadsTheDateInALog4brainsName) {
  EXPECT_EQ(date_of_name("20260504-use-python"), *parse_time("2026-05-04"));
  EXPECT_EQ(date_of_name("0007-use-python"), std::nullopt);
  EXPECT_EQ(date_of_name("20261504-x"), std::nullopt);
}

TEST(FrontMatterTest, EndsAtItsSecondFence) {
  const auto front = front_matter("---\na: 1\nb: 2\n---\n# T\n");
  ASSERT_TRUE(front);
  EXPECT_EQ(front->yaml, "a: 1\nb: 2\n");
  EXPECT_EQ(front->lines, 4);
  EXPECT_EQ(front->end, 18U);
}

TEST(FrontMatterTest, ARulerIsNoFrontMatter) {
  EXPECT_FALSE(front_matter("---\n\n# T\n"));
  EXPECT_FALSE(front_matter("# T\n---\na: 1\n---\n"));
  EXPECT_FALSE(front_matter(""));
}

RecordHeader header_of(std::string_view markdown) {
  RecordHeader header;
  std::vector<FencedBlock> blocks;
  Findings findings("r.md", markdown);
  read_markdown(markdown, 0, header, blocks, findings);
  return header;
}

TEST(RecordHeaderTest, TheTitleIsTheFirstHeadingOfTheHighestLevel) {
  EXPECT_EQ(header_of("## Intro\n\n# Use `Go` *now*\n\n# Other\n").title, "Use Go now");
}

TEST(RecordHeaderTest, ALongTitleIsCutBetweenCharacters) {
  std::string title = "x";
  for (int i = 0; i < 1000; ++i) title += "\xC3\xA9";
  EXPECT_EQ(header_of("# " + title + "\n").title, title.substr(0, 1023));
}

TEST(RecordHeaderTest, QuotedTextSaysNothing) {
  EXPECT_FALSE(header_of("> Status: rejected\n").has_status);
}

TEST(RecordHeaderTest, ProseIsNoStatus) {
  EXPECT_FALSE(header_of("The HTTP status: 500 means trouble.\n").has_status);
}

TEST(RecordHeaderTest, TheFirstStatusLineCounts) {
  EXPECT_EQ(header_of("Status: accepted\n\nStatus: rejected\n").status, RecordStatus::accepted);
}

TEST(RecordHeaderTest, AFenceInsideAFenceIsText) {
  RecordHeader header;
  std::vector<FencedBlock> blocks;
  Findings findings("r.md", "");
  read_markdown("````markdown\n```yaml revisit\nservice: x\n```\n````\n", 0, header, blocks,
                findings);
  EXPECT_TRUE(blocks.empty());
}

}  // namespace
}  // namespace revisitd::rules
