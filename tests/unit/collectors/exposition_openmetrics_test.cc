#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collectors/page_reading.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

ReadPage read_lines(const std::string& lines) { return read_openmetrics(lines + "\n# EOF\n"); }

void expect_refused(const std::string& line, const std::string& trouble) {
  EXPECT_EQ(read_lines(line).trouble(), trouble) << line;
}

TEST(ExpositionOpenMetricsTest, ReadsSamplesTimestampsAndExemplars) {
  const ReadPage page = read_lines(
      "a_total 17\na_total{x=\"1\",} 17.5 1520879607.789\nb_bucket{le=\"+Inf\"} 3 # {id=\"abc\"} "
      "0.5 1.25\n"
      "c 1 2 # {} 4");
  EXPECT_EQ(page.trouble(), "");
  EXPECT_THAT(page.seen.samples, ElementsAre("a_total 17", "a_total{x=\"1\"} 17.5 @1520879607789",
                                             "b_bucket{le=\"+Inf\"} 3 #5", "c 1 @2000 #0"));
}

TEST(ExpositionOpenMetricsTest, ReadsQuotedNames) {
  const ReadPage page = read_lines(
      "# TYPE \"a.b\" gauge\n{\"a.b\",q=\"0.9\"} 1\n{q=\"0.9\",\"a.b\"} 2 # {\"id.x\"=\"1\"} 4");
  EXPECT_EQ(page.trouble(), "");
  EXPECT_THAT(page.seen.samples, ElementsAre("{\"a.b\",q=\"0.9\"} 1", "{\"a.b\",q=\"0.9\"} 2 #5"));
  EXPECT_THAT(page.seen.described, ElementsAre("type a.b gauge"));
}

TEST(ExpositionOpenMetricsTest, NeedsItsEnd) {
  EXPECT_TRUE(read_openmetrics("# EOF").good());
  EXPECT_TRUE(read_openmetrics("# EOF\n").good());
  for (const char* page :
       {"", "a 1\n", "a 1", "a{b=\"c", "a 1\n#EOF", "a_total 1 # {aa=\"bb\"} 4"}) {
    const ReadPage read = read_openmetrics(page);
    ASSERT_TRUE(read.error) << page;
    EXPECT_EQ(read.error->fault, PageFault::cut_off) << page;
  }
  EXPECT_EQ(read_openmetrics("a 1\n").trouble(),
            "2:1 expected \"# EOF\" before the page's end: it was cut off, or is not OpenMetrics");
}

TEST(ExpositionOpenMetricsTest, TakesNothingBehindItsEnd) {
  for (const char* page : {"# EOF\na 1", "# EOF\n\n", "# EOF\n# EOF\n", "# EOF\n "}) {
    EXPECT_EQ(read_openmetrics(page).trouble(), "2:1 expected nothing after \"# EOF\"") << page;
  }
  EXPECT_EQ(read_openmetrics("# EOFa 1\n").trouble(),
            "1:6 expected nothing after \"# EOF\", found \"a\"");
}

TEST(ExpositionOpenMetricsTest, HasNoBlanksButTheOnesOfItsGrammar) {
  expect_refused("", "1:1 expected no empty line in OpenMetrics");
  expect_refused(" a 1", "1:1 expected a metric name, found a blank");
  expect_refused("a  1", "1:3 expected a value, found a blank");
  expect_refused("a\t1", "1:2 expected one blank and a value, found a tab");
  expect_refused("a 1 ", "1:5 expected a timestamp in seconds, found the end of the line");
  expect_refused("a 1 2 ", "1:6 expected the end of the line, found a blank");
  expect_refused("a {b=\"c\"} 1", "1:3 expected a value, found \"{b=\"c\"}\"");
  expect_refused("a{b=\"c\", d=\"e\"} 1",
                 "1:9 expected a label name or a closing brace, found a blank");
  expect_refused("a{b=\"c\"}1", "1:9 expected one blank and a value, found \"1\"");
  expect_refused("#  TYPE c counter", "1:3 expected TYPE, HELP, UNIT or EOF, found a blank");
  expect_refused("#\tTYPE c counter", "1:2 expected one blank after '#', found a tab");
  expect_refused("# TYPE c\tcounter", "1:9 expected one blank and a text, found a tab");
}

TEST(ExpositionOpenMetricsTest, NeedsCommasBetweenLabels) {
  expect_refused("a{b=\"c\"d=\"e\"} 1",
                 "1:8 expected a comma or a closing brace, found \"d=\"e\"}\"");
  expect_refused("a{,b=\"c\"} 1",
                 "1:3 expected a label name or a closing brace, found \",b=\"c\"}\"");
}

TEST(ExpositionOpenMetricsTest, RefusesARawNewlineInALabelValue) {
  expect_refused("a{b=\"x\ny\"} 1",
                 "1:7 expected the rest of a label value and its closing quote, found a newline");
}

TEST(ExpositionOpenMetricsTest, KnowsItsTypes) {
  for (const char* type : {"counter", "gauge", "histogram", "gaugehistogram", "summary", "info",
                           "stateset", "unknown"}) {
    EXPECT_TRUE(read_lines("# TYPE a "s + type).good()) << type;
  }
  for (const char* type : {"untyped", "counter ", " counter", "Counter", ""}) {
    EXPECT_THAT(read_lines("# TYPE a "s + type).trouble(),
                HasSubstr("expected a metric type (counter, gauge,"))
        << type;
  }
}

TEST(ExpositionOpenMetricsTest, RefusesOtherComments) {
  expect_refused("# hello", "1:3 expected TYPE, HELP, UNIT or EOF, found \"hello\"");
  expect_refused("#", "1:2 expected one blank after '#', found the end of the line");
  expect_refused("# HELP m", "1:9 expected one blank and a text, found the end of the line");
  expect_refused("# HELP ", "1:8 expected a metric name, found the end of the line");
  EXPECT_TRUE(read_lines("# HELP m ").good());
}

TEST(ExpositionOpenMetricsTest, NeedsTheUnitAtTheEndOfTheName) {
  EXPECT_TRUE(read_lines("# UNIT a_seconds seconds").good());
  EXPECT_TRUE(read_lines("# UNIT a ").good());
  for (const char* line :
       {"# UNIT metric suffix", "# UNIT metricsuffix suffix", "# UNIT s s", "# UNIT m suffix"}) {
    EXPECT_THAT(read_lines(line).trouble(),
                HasSubstr("expected a unit that the metric's name ends in"))
        << line;
  }
}

TEST(ExpositionOpenMetricsTest, ChecksExemplars) {
  expect_refused("a 1 # {aa=bb}", "1:11 expected a label value in double quotes, found \"bb}\"");
  expect_refused("a 1 # {aa=\"bb\"}",
                 "1:16 expected one blank and the exemplar's value, found the end of the line");
  expect_refused("a 1 # {bb}", "1:10 expected '=' after the label name, found \"}\"");
  expect_refused("a 1 # {\"bb\"}", "1:12 expected '=' after the label name, found \"}\"");
  expect_refused(
      "a 1 # {aa=\"bb\",,cc=\"dd\"} 1",
      "1:16 expected an exemplar's label name or a closing brace, found \",cc=\"dd\"}\"");
  expect_refused("a 1 # {aa=\"bb\"} true", "1:17 expected the exemplar's value, found \"true\"");
  expect_refused("a 1 # {aa=\"bb\"} 4 NaN", "1:19 expected a finite timestamp");
  expect_refused("a 1 # {aa=\"bb\"} 4 1 2", "1:20 expected the end of the line, found a blank");
  expect_refused("a 1 # x", "1:5 expected a timestamp in seconds, found \"#\"");
}

TEST(ExpositionOpenMetricsTest, TakesTimestampsAsSecondsWithAFraction) {
  EXPECT_THAT(read_lines("a 1 -1.5\na 1 0.0019\na 1 1e3").seen.samples,
              ElementsAre("a 1 @-1500", "a 1 @1", "a 1 @1000000"));
  expect_refused("a 1 NaN", "1:5 expected a finite timestamp");
  expect_refused("a 1 -Inf", "1:5 expected a finite timestamp");
  expect_refused("a 1 1z", "1:5 expected a timestamp in seconds, found \"1z\"");
}

TEST(ExpositionOpenMetricsTest, HoldsTimestampsThatOverflowAtTheEndOfTime) {
  EXPECT_THAT(read_lines("a 1 17000000000000000000\na 1 -17000000000000000000").seen.samples,
              ElementsAre("a 1 @9223372036854775807", "a 1 @-9223372036854775808"));
}

// What the specification forbids and the reference parser takes; the lint reports it.
TEST(ExpositionOpenMetricsTest, ChecksSyntaxAndNotSense) {
  const ReadPage page = read_lines(
      "# TYPE a counter\n# TYPE a counter\na -1\na_total -1\nb 1\na_total 2\n# HELP b "
      "late\nh_bucket{le=\"x\"} -1\n"
      "g 1 # {a=\"b\"} 1\na{b=\"1\",b=\"2\"} 1 5\na{b=\"1\",b=\"2\"} 1 4");
  EXPECT_EQ(page.trouble(), "");
  EXPECT_EQ(page.seen.samples.size(), 8U);
}

TEST(ExpositionOpenMetricsTest, TakesNulBytesInLabelValuesOnly) {
  EXPECT_TRUE(read_lines("a{b=\"\0ss\"} 1"s).good());
  EXPECT_FALSE(read_lines("a 1 # {b=\"\0ss\"} 1"s).good());
  EXPECT_FALSE(read_lines("a{b=\0\"ss\"} 1"s).good());
}

TEST(ExpositionOpenMetricsTest, NamesALoginForm) {
  EXPECT_EQ(read_openmetrics("<html>\n").error->fault, PageFault::html);
  EXPECT_EQ(read_openmetrics("<html>").error->fault, PageFault::html);
}

}  // namespace
}  // namespace revisitd::collectors
