#include "daemon/notify/text.h"

#include <gtest/gtest.h>

#include "daemon/notify/links.h"

namespace revisitd::daemon::notify {
namespace {

TEST(MessageTextTest, ALineHasNoBreaksAndNoControlCharacters) {
  EXPECT_EQ(one_line("  a\n\tb \r\n c\x1b[31m\xff "), "a b c?[31m?");
}

TEST(MessageTextTest, AHugeTextIsCutAtACodePoint) {
  EXPECT_TRUE(one_line(std::string(8191, 'a') + "éé") == std::string(8191, 'a'));
  EXPECT_TRUE(one_line(std::string(8190, 'a') + "éé") == std::string(8190, 'a') + "é");
}

TEST(MessageTextTest, CutsBetweenCodePointsAndShowsIt) {
  EXPECT_EQ(cut("ééé", 6), "ééé");
  EXPECT_EQ(cut("éééé", 7), "éé…");
  EXPECT_EQ(cut("abcdef", 5), "ab…");
}

TEST(MessageTextTest, NeverCutsInsideAnEntity) {
  EXPECT_EQ(slack_escape("<<<", 12), "&lt;&lt;&lt;");
  EXPECT_EQ(slack_escape("<<<<", 12), "&lt;&lt;…");
}

TEST(MessageTextTest, SlackControlCharactersBecomeEntities) {
  EXPECT_EQ(slack_escape("<!channel> & <@U1>", 100), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
}

TEST(MessageTextTest, CodeCannotBeLeftFromInside) {
  EXPECT_EQ(slack_code("a`b` > 1\n", 100), "`a'b' &gt; 1`");
}

TEST(MessageTextTest, BoldCannotBeLeftFromInside) { EXPECT_EQ(slack_bold("a*b~`c", 100), "*abc*"); }

TEST(MessageTextTest, TimesReadAsPeopleWriteThem) {
  EXPECT_EQ(people_time(*parse_time("2026-05-12T06:10:59Z")), "2026-05-12 06:10 UTC");
}

TEST(MessageLinksTest, EveryPartIsPercentEncoded) {
  const Links links = links_for({"https://r.example", ""}, "a/b <c>", "x.md");
  EXPECT_EQ(links.page, "https://r.example/service/a%2Fb%20%3Cc%3E");
  EXPECT_EQ(links.draft, links.page + "/draft");
  EXPECT_EQ(links.record, links.page + "#record");
}

TEST(MessageLinksTest, RecordsAreLinkedWhereTheyCanBeRead) {
  const Links links =
      links_for({"https://r.example", "https://git.example/main/"}, "a", "records/a b.md");
  EXPECT_EQ(links.record, "https://git.example/main/records/a%20b.md");
}

TEST(MessageLinksTest, WithoutAnExternalUrlThereAreNone) {
  EXPECT_EQ(links_for({}, "a", "a.md").page, "");
}

}  // namespace
}  // namespace revisitd::daemon::notify
