#include "rules/diagnostic.h"

#include <gtest/gtest.h>

namespace revisitd {
namespace {

TEST(PlaceTest, CountsLinesAndBytesFromOne) {
  const std::string_view text = "ab\ncde\n";
  EXPECT_EQ(place_of(text, 0), (Place{1, 1}));
  EXPECT_EQ(place_of(text, 2), (Place{1, 3}));
  EXPECT_EQ(place_of(text, 3), (Place{2, 1}));
  EXPECT_EQ(place_of(text, 5), (Place{2, 3}));
}

TEST(PlaceTest, OffsetsPastTheEndGiveTheEnd) {
  EXPECT_EQ(place_of("ab\nc", 99), (Place{2, 2}));
  EXPECT_EQ(place_of("ab\n", 99), (Place{2, 1}));
  EXPECT_EQ(place_of("", 7), (Place{1, 1}));
}

TEST(PlaceTest, LineComesWithoutItsEnding) {
  EXPECT_EQ(line_of("one\r\ntwo\r\n", {1, 2}), "one");
  EXPECT_EQ(line_of("one\ntwo", {2, 1}), "two");
}

TEST(PlaceTest, NoLineOutsideTheText) {
  EXPECT_EQ(line_of("one", {0, 0}), "");
  EXPECT_EQ(line_of("one", {2, 1}), "");
}

TEST(FormatLocationTest, NamesWhatIsKnown) {
  EXPECT_EQ(format_location({"a.md", {3, 7}, "expected a comparison", "", {}}),
            "a.md:3:7: expected a comparison");
  EXPECT_EQ(format_location({"a.md", {3, 0}, "bad", "", {}}), "a.md:3: bad");
  EXPECT_EQ(format_location({"a.md", {}, "cannot be read", "", {}}), "a.md: cannot be read");
  EXPECT_EQ(format_location({"", {3, 7}, "bad", "", {}}), "3:7: bad");
  EXPECT_EQ(format_location({"", {}, "bad", "", {}}), "bad");
}

TEST(FormatLocationTest, MarksWarnings) {
  EXPECT_EQ(format_location({"a.md", {1, 2}, "odd", "", Severity::warning}),
            "a.md:1:2: warning: odd");
}

TEST(FormatLocationTest, StaysOnOneLine) {
  EXPECT_EQ(format_location({"a\nb", {}, "no \x1b[31m", "", {}}), "a?b: no ?[31m");
}

TEST(FormatDiagnosticTest, PutsTheCaretUnderTheColumn) {
  EXPECT_EQ(format_diagnostic({"a.md", {3, 5}, "bad", "when x", {}}),
            "a.md:3:5: bad\n  when x\n      ^");
}

TEST(FormatDiagnosticTest, CaretMayStandBehindTheLine) {
  EXPECT_EQ(format_diagnostic({"", {1, 3}, "bad", "ab", {}}), "1:3: bad\n  ab\n    ^");
}

TEST(FormatDiagnosticTest, CountsCharactersNotBytesForTheCaret) {
  // Column 5 is the byte of 'x' behind two characters of two bytes each.
  EXPECT_EQ(format_diagnostic({"", {1, 5}, "bad", "\u00e4\u00f6x", {}}),
            "1:5: bad\n  \u00e4\u00f6x\n    ^");
}

TEST(FormatDiagnosticTest, NoSourceNoCaret) {
  EXPECT_EQ(format_diagnostic({"a.md", {3, 5}, "bad", "", {}}), "a.md:3:5: bad");
}

TEST(FormatDiagnosticTest, WithoutAColumnThereIsNoCaret) {
  EXPECT_EQ(format_diagnostic({"", {3, 0}, "bad", "abc", {}}), "3: bad\n  abc");
}

TEST(FormatDiagnosticTest, HidesControlBytes) {
  EXPECT_EQ(format_diagnostic({"", {1, 3}, "bad", "a\x1b\tb\xff", {}}), "1:3: bad\n  a? b?\n    ^");
}

TEST(FormatDiagnosticTest, CutsLongLinesAroundTheColumn) {
  std::string line(1000, 'a');
  line[500] = 'X';
  const std::string text = format_diagnostic({"", {1, 501}, "bad", line, {}});
  const std::string expected = "1:501: bad\n  ..." + std::string(40, 'a') + "X" +
                               std::string(59, 'a') + "...\n  " + std::string(43, ' ') + "^";
  EXPECT_EQ(text, expected);
}

TEST(FormatDiagnosticTest, CutsOnlyTheTailWhenTheColumnIsNearTheFront) {
  const std::string text = format_diagnostic({"", {1, 2}, "bad", std::string(300, 'a'), {}});
  EXPECT_EQ(text, "1:2: bad\n  " + std::string(100, 'a') + "...\n   ^");
}

TEST(PrintableTest, KeepsGoodUtf8AndReplacesTheRest) {
  EXPECT_EQ(printable("gr\u00fc\u00df \u65e5 \U0001F600"), "gr\u00fc\u00df \u65e5 \U0001F600");
  EXPECT_EQ(printable("\xc0\x80"), "??");            // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "???");       // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");  // beyond Unicode
  EXPECT_EQ(printable("\xe6\x97"), "??");            // cut short
  EXPECT_EQ(printable("a\u0085b\u202ec\u2066d\u2028"), "a?b?c?d?");
}

TEST(InQuotesTest, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(in_quotes("a\nb"), "\"a?b\"");
  EXPECT_EQ(in_quotes(std::string(60, 'a')), '"' + std::string(60, 'a') + '"');
  EXPECT_EQ(in_quotes(std::string(61, 'a')), '"' + std::string(60, 'a') + "...\"");
  EXPECT_EQ(in_quotes(std::string(59, 'a') + "\u00fc\u00fc"), '"' + std::string(59, 'a') + "...\"");
}

}  // namespace
}  // namespace revisitd
