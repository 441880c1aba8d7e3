#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collectors/page_reading.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::string_literals;

void expect_samples(std::string_view page, const std::vector<std::string>& samples) {
  const ReadPage read = read_text(page);
  EXPECT_EQ(read.trouble(), "") << page;
  EXPECT_EQ(read.seen.samples, samples) << page;
}

void expect_refused(std::string_view page, const std::string& trouble) {
  EXPECT_EQ(read_text(page).trouble(), trouble) << page;
}

TEST(ExpositionTextTest, ReadsNamesLabelsValuesAndTimestamps) {
  expect_samples("up 1\n", {"up 1"});
  expect_samples("a:b:c{x=\"1\",_y=\"2\"}\t1.5\n", {"a:b:c{x=\"1\",_y=\"2\"} 1.5"});
  expect_samples("go_goroutines 33  \t123123\n", {"go_goroutines 33 @123123"});
  expect_samples("x 1 1700000000000 \n", {"x 1 @1700000000000"});
  expect_samples("", {});
}

TEST(ExpositionTextTest, NeedsNoNewlineAtTheEnd) { expect_samples("a 1\nb 2", {"a 1", "b 2"}); }

TEST(ExpositionTextTest, SkipsBlanksBeforeANameAndBlankLines) {
  expect_samples(" \t a 1\n\n \t\n\tb 2\n", {"a 1", "b 2"});
  EXPECT_EQ(read_text("  # TYPE a gauge\n a 1\n").seen.described.size(), 1U);
}

TEST(ExpositionTextTest, TakesBlanksAnywhereBetweenTheWordsOfASample) {
  expect_samples("a { b = \"c\" , d= \"e\", } 1\n", {"a{b=\"c\",d=\"e\"} 1"});
  expect_samples("a{}1\n", {"a 1"});
}

TEST(ExpositionTextTest, TakesAMissingCommaBetweenLabels) {
  expect_samples("a { b = \"2.0\" c = \"d\" } 1\n", {"a{b=\"2.0\",c=\"d\"} 1"});
  expect_samples("a{b=\"1\"c=\"2\"} 1\n", {"a{b=\"1\",c=\"2\"} 1"});
}

TEST(ExpositionTextTest, TakesASignThatTouchesTheName) {
  expect_samples("foo-1\nfoo+Inf\n", {"foo -1", "foo +Inf"});
}

TEST(ExpositionTextTest, TakesDuplicateLabelNamesAndDuplicateSeries) {
  expect_samples("a{b=\"1\",b=\"2\"} 1\na 2\na 2\n", {"a{b=\"1\",b=\"2\"} 1", "a 2", "a 2"});
}

TEST(ExpositionTextTest, TakesTheNameLabelAsALabel) {
  expect_samples("a{__name__=\"b\"} 1\n", {"a{__name__=\"b\"} 1"});
}

TEST(ExpositionTextTest, UnescapesAndKeepsUnknownEscapes) {
  const ReadPage page = read_text(R"(a{b="x\"y\\z\n\t\q"} 1)");
  ASSERT_TRUE(page.good());
  EXPECT_THAT(page.seen.samples, ElementsAre("a{b=\"x\\\"y\\\\z\\n\\\\t\\\\q\"} 1"));
}

TEST(ExpositionTextTest, TakesARawNewlineInALabelValue) {
  const ReadPage page = read_text("a{b=\"x\ny\",c=\"\n\n\"} 1\nb 2\n");
  EXPECT_EQ(page.trouble(), "");
  EXPECT_THAT(page.seen.samples, ElementsAre("a{b=\"x\\ny\",c=\"\\n\\n\"} 1", "b 2"));
  EXPECT_THAT(page.seen.lines, ElementsAre(1, 5));
}

TEST(ExpositionTextTest, RefusesAnEscapedRawNewline) {
  expect_refused("a{b=\"x\\\ny\"} 1\n",
                 "1:8 expected the rest of a label value and its closing quote, found a newline");
}

TEST(ExpositionTextTest, TakesLimitsAndQuantilesThatAreNoNumbers) {
  expect_samples("a_bucket{le=\"many\"} -1\na{quantile=\"\"} NaN\n",
                 {"a_bucket{le=\"many\"} -1", "a{quantile=\"\"} NaN"});
}

TEST(ExpositionTextTest, TakesNamesInQuotesInsideTheBraces) {
  expect_samples("{\"my.name\", x=\"1\"} 1\n", {"{\"my.name\",x=\"1\"} 1"});
  expect_samples("{ \"plain\" } 1\n", {"plain 1"});
  expect_samples("{x=\"1\",\"my.name\"} 1\n", {"{\"my.name\",x=\"1\"} 1"});
  expect_samples("a{\"strange.label\"=\"6\"} 1\n", {"a{\"strange.label\"=\"6\"} 1"});
  expect_samples("{\"Heiz\xC3\xB6l {\\\"x\\\"}\"} 1\n", {"{\"Heiz\xC3\xB6l {\\\"x\\\"}\"} 1"});
}

TEST(ExpositionTextTest, RefusesBracesWithoutAName) {
  expect_refused("{A} 0\n", "1:3 expected '=' after the label name, found \"}\"");
  expect_refused("{a=\"ok\"} 1", "1:1 expected a metric name in quotes in the braces, found none");
  expect_refused("{} 1", "1:1 expected a metric name in quotes in the braces, found none");
  expect_refused("{\"\"} 1", "1:1 expected a metric name in quotes in the braces, found none");
}

TEST(ExpositionTextTest, RefusesASecondName) {
  expect_refused("a{\"b\"} 1\n",
                 "1:3 expected '=' after the label name: the metric is named already");
}

TEST(ExpositionTextTest, SaysWhatWasExpectedInASample) {
  expect_refused("a", "1:2 expected a value, found the end of the line");
  expect_refused("ok 1\na{b='c'} 1\n",
                 "2:5 expected a label value in double quotes, found \"'c'}\"");
  expect_refused("a{b=\n",
                 "1:5 expected a label value in double quotes, found the end of the line");
  expect_refused("a{\xFF=\"foo\"} 1\n",
                 "1:3 expected a label name or a closing brace, found \"?=\"foo\"}\"");
  expect_refused("a{b=\"\xFF\"} 1\n", "1:5 expected a label value in UTF-8, found other bytes");
  expect_refused("{\"a\", \"b = \"c\"}", "1:13 expected '=' after the label name, found \"c\"}\"");
  expect_refused("a{=\"\"} 0", "1:3 expected a label name or a closing brace, found \"=\"\"}\"");
  expect_refused("a{,b=\"c\"} 0",
                 "1:3 expected a label name or a closing brace, found \",b=\"c\"}\"");
  expect_refused("a{b=\"c\",,d=\"e\"} 0",
                 "1:9 expected a label name or a closing brace, found \",d=\"e\"}\"");
  expect_refused("9a 1", "1:1 expected a metric name, found \"9a\"");
  expect_refused("a{b=\"", "1:5 expected a closing quote for this label value, found none");
  expect_refused("a{} {} 1\n", "1:5 expected a value, found \"{}\"");
}

TEST(ExpositionTextTest, RefusesValuesThatAreNoDecimalNumbers) {
  expect_refused("a true\n", "1:3 expected a value, found \"true\"");
  expect_refused("foo 1_2\n", "1:5 expected a value, found \"1_2\"");
  expect_refused("foo 0x1p-3\n", "1:5 expected a value, found \"0x1p-3\"");
  expect_refused("foo 1,5\n", "1:5 expected a value, found \"1,5\"");
  expect_refused("foo 1\r\n", "1:5 expected a value, found \"1?\"");
  expect_refused("foo 1e999\n", "1:5 expected a value a double can hold, found \"1e999\"");
}

TEST(ExpositionTextTest, RefusesTimestampsThatAreNotMilliseconds) {
  expect_refused("a 1 -5\n", "1:5 expected a timestamp or the end of the line, found \"-5\"");
  expect_refused("a 1 1.5\n", "1:6 expected the end of the line, found \".5\"");
  expect_refused("a 1 2 3\n", "1:7 expected the end of the line, found \"3\"");
  expect_refused("a 1 17000000000000000000\n",
                 "1:5 expected a timestamp that fits in 64 bits, found \"17000000000000000000\"");
  expect_samples("a 1 9223372036854775807\n", {"a 1 @9223372036854775807"});
}

TEST(ExpositionTextTest, ReadsMetadataInAnyPlaceAndNumber) {
  const ReadPage page = read_text(
      "# HELP a one\n# HELP a two\na 1\n# TYPE a gauge\n# TYPE a "
      "counter\n#\tTYPE\t\"b.c\"\tuntyped\n# HELP x\n# HELP y \n");
  EXPECT_EQ(page.trouble(), "");
  EXPECT_THAT(page.seen.described,
              ElementsAre("help a one", "help a two", "type a gauge", "type a counter",
                          "type b.c untyped", "help x ", "help y "));
}

TEST(ExpositionTextTest, TakesAnyOtherComment) {
  expect_samples("#\n# \n#TYPE a nonsense\n# Hello\n# TYPEa b\n# EOF\n# it's \"one\na 1\n",
                 {"a 1"});
  EXPECT_THAT(read_text("#\n# Hello\n# EOF\n# UNIT a b\n").seen.described, IsEmpty());
}

TEST(ExpositionTextTest, RefusesTypesItDoesNotKnow) {
  for (const char* line :
       {"# TYPE x gaugehistogram", "# TYPE x  gauge", "# TYPE x gauge ", "# TYPE x",
        "# TYPE x unknown", "# TYPE x Gauge", "# TYPE x gauge\r", "# TYPE x info"}) {
    const ReadPage page = read_text("x 1\n"s + line + "\n");
    EXPECT_THAT(
        page.trouble(),
        HasSubstr("expected a metric type (counter, gauge, histogram, summary, untyped), found"))
        << line;
    EXPECT_EQ(page.error ? page.error->place.line : 0, 2);
  }
}

TEST(ExpositionTextTest, RefusesMetadataWithoutAName) {
  expect_refused("# TYPE #\n", "1:8 expected a metric name, found \"#\"");
  expect_refused("# HELP \n", "1:8 expected a metric name, found the end of the line");
  expect_refused("# HELP a \xFF\n", "1:10 expected a help text in UTF-8, found other bytes");
}

TEST(ExpositionTextTest, TakesNulBytesInLabelValuesAndHelpOnly) {
  EXPECT_TRUE(read_text("# HELP metric foo\0bar\n"s).good());
  EXPECT_TRUE(read_text("null_byte_metric{a=\"abc\0\"} 1"s).good());
  EXPECT_TRUE(read_text("a{b=\"\0ss\"} 1\n"s).good());
  for (const std::string& page : {"a{b=\0\"ssss\"} 1\n"s, "a{b=\"\0"s, "a{b\0=\"hiih\"}\t1"s,
                                  "a\0{b=\"ddd\"} 1"s, "a 0 1\0"s, "a 1\0"s, "{\"a\0b\"} 1\n"s}) {
    EXPECT_FALSE(read_text(page).good()) << testing::PrintToString(page);
  }
}

TEST(ExpositionTextTest, NamesALoginForm) {
  const ReadPage page =
      read_text("\n<!DOCTYPE html>\n<html><body><form>Password</form></body></html>\n");
  ASSERT_TRUE(page.error);
  EXPECT_EQ(page.error->fault, PageFault::html);
  EXPECT_EQ(page.trouble(),
            "2:1 looks like an HTML page (a login form or an error page?), expected metrics");
  EXPECT_EQ(read_text("<html>").error->fault, PageFault::html);
}

TEST(ExpositionTextTest, ShowsTheOffendingLineOnly) {
  const ReadPage page = read_text("a 1\nb{x=\"1\ny 2\"} oops\nc 3\n");
  ASSERT_TRUE(page.error);
  EXPECT_EQ(page.error->place, (Place{3, 7}));
  EXPECT_EQ(page.error->source, "y 2\"} oops");
  EXPECT_THAT(page.seen.samples, ElementsAre("a 1"));
}

TEST(ExpositionTextTest, EndsAtANulInFrontOfALine) {
  using namespace std::string_view_literals;
  for (const std::string_view page :
       {"a 1\n\0"sv, "a 1\n\0garbage{ \nb 2\n"sv, "a 1\n \t\0\nb 2"sv}) {
    const ReadPage read = read_text(page);
    EXPECT_EQ(read.trouble(), "");
    EXPECT_THAT(read.seen.samples, ElementsAre("a 1"));
  }
  EXPECT_TRUE(read_text("\0"sv).good());
  EXPECT_TRUE(read_text("a 1\n\0"s + std::string(200 * 1024, 'x')).good());
  EXPECT_FALSE(read_text("a 1\0\n"sv).good());
  EXPECT_FALSE(read_openmetrics("a 1\n\0\n# EOF\n"sv).good());
}

}  // namespace
}  // namespace revisitd::collectors
