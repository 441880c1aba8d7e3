#include "collectors/openmetrics_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collectors/page_reading.h"

namespace revisitd::collectors {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "line: message" per finding of a page that ends as it must.
std::vector<std::string> findings(const std::string& lines) {
  std::vector<std::string> result;
  for (const Diagnostic& finding : lint_openmetrics(lines + "\n# EOF\n", "")) {
    result.push_back(std::to_string(finding.place.line) + ": " + finding.message);
  }
  return result;
}

// A thousand findings in a line of megabytes: each would carry all of it.
TEST(OpenMetricsLintTest, FindingsOfALongLineCarryLittleOfIt) {
  std::string labels;
  for (int i = 0; i < 900; ++i)
    labels += "__a" + std::to_string(i) + "=\"" + std::string(2000, 'x') + "\",";
  labels.pop_back();
  const auto all = lint_openmetrics("# TYPE s gauge\ns{" + labels + "} 1\n# EOF\n", "");
  ASSERT_EQ(all.size(), 900U);
  std::size_t carried = 0;
  for (const Diagnostic& finding : all) carried += finding.source.size();
  EXPECT_LT(carried, 2U << 20);
  EXPECT_THAT(format_diagnostic(all[9]), HasSubstr("__a9="));
  EXPECT_EQ(all.back().source, "");
}

TEST(OpenMetricsLintTest, FindsNothingOnAGoodPage) {
  EXPECT_THAT(
      findings(
          "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds x\n"
          "a_seconds_total{x=\"1\"} 1 # {id=\"9\"} 0.5\na_seconds_created{x=\"1\"} "
          "1e9\na_seconds_total{x=\"2\"} 1\n"
          "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 3\n"
          "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\n"
          "# TYPE i info\ni_info{v=\"1\"} 1\n# TYPE st stateset\nst{st=\"on\"} 1\nst{st=\"off\"} "
          "0\n"
          "# TYPE gh gaugehistogram\ngh_bucket{le=\"-1\"} 1\ngh_bucket{le=\"+Inf\"} 2\ngh_gcount "
          "2\ngh_gsum -1\n"
          "# TYPE g gauge\ng -1 1\ng -2 2\nu 5"),
      IsEmpty());
}

TEST(OpenMetricsLintTest, FindsNothingOnARealGoodPage) {
  EXPECT_THAT(lint_openmetrics(fixture("python_app.om.txt"), ""), IsEmpty());
}

TEST(OpenMetricsLintTest, FindsWhatTheGoClientDoesWrong) {
  std::vector<std::string> messages;
  for (const Diagnostic& finding : lint_openmetrics(fixture("go_example_exemplars.om.txt"), "")) {
    messages.push_back(finding.message);
  }
  EXPECT_THAT(messages, Contains("metadata stands after samples of its family"));
}

TEST(OpenMetricsLintTest, NeedsTotalOnCounters) {
  EXPECT_THAT(findings("# TYPE a counter\na 1"),
              ElementsAre("2: a counter has a sample without a suffix, expected _total"));
}

TEST(OpenMetricsLintTest, NeedsInfoOnInfos) {
  EXPECT_THAT(findings("# TYPE a info\na 1"),
              ElementsAre("2: a info has a sample without a suffix, expected _info"));
}

TEST(OpenMetricsLintTest, FindsMetadataOutOfPlace) {
  EXPECT_THAT(findings("# TYPE a gauge\na 1\n# HELP a late"),
              ElementsAre("3: metadata stands after samples of its family"));
  EXPECT_THAT(findings("# TYPE a gauge\n# TYPE a gauge\na 1"),
              ElementsAre("2: the family has this kind of metadata already"));
}

TEST(OpenMetricsLintTest, FindsFamiliesThatMix) {
  EXPECT_THAT(findings("# TYPE a gauge\na{x=\"1\"} 1\n# TYPE b gauge\nb 1\na{x=\"2\"} 1"),
              ElementsAre("5: the family goes on after another has begun"));
}

TEST(OpenMetricsLintTest, FindsMetricsThatMix) {
  EXPECT_THAT(
      findings("# TYPE a counter\na_total{x=\"1\"} 1\na_total{x=\"2\"} 1\na_created{x=\"1\"} 1"),
      ElementsAre("4: samples of one metric do not stand together"));
}

TEST(OpenMetricsLintTest, FindsNamesThatClash) {
  EXPECT_THAT(findings("# TYPE a counter\na_total 1\n# TYPE a_total gauge"),
              Contains(HasSubstr("the name a_total clashes with a sample of family a")));
}

TEST(OpenMetricsLintTest, FindsUnitsWhereNoneMayBe) {
  EXPECT_THAT(findings("# TYPE a_s info\n# UNIT a_s s\na_s_info 1"),
              ElementsAre("2: an info or stateset has a unit"));
}

TEST(OpenMetricsLintTest, FindsDuplicatesAndTimesThatGoBack) {
  EXPECT_THAT(findings("# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2"),
              ElementsAre("3: the same series stands twice with one timestamp"));
  EXPECT_THAT(findings("# TYPE a gauge\na 1 5\na 1 4"),
              ElementsAre("3: the timestamps of a metric go back"));
  EXPECT_THAT(findings("# TYPE a gauge\na 1 5\na 1"),
              ElementsAre("3: a metric gives a timestamp to all of its samples or to none"));
}

TEST(OpenMetricsLintTest, TellsTimestampsApartHoweverNear) {
  EXPECT_THAT(findings("# TYPE a gauge\na{x=\"1\"} 1 0.0000000000\na{x=\"1\"} 2 0.0000000001\n"
                       "a{x=\"2\"} 1 1.0001\na{x=\"2\"} 2 1.0002 # {} 1\nb 1 1604676851.123456788\n"
                       "b 1 1604676851.123456789"),
              ElementsAre("5: an exemplar stands behind something other than a counter's total or "
                          "a bucket"));
  EXPECT_THAT(findings("# TYPE a gauge\na 1 1.0002\na 1 1.0001"),
              ElementsAre("3: the timestamps of a metric go back"));
  EXPECT_THAT(findings("# TYPE a gauge\na 1 1.50\na 2 15e-1"),
              ElementsAre("3: the same series stands twice with one timestamp"));
}

TEST(OpenMetricsLintTest, FindsValuesThatATypeCannotHave) {
  EXPECT_THAT(findings("# TYPE a counter\na_total NaN"),
              ElementsAre("2: a counter is negative or NaN"));
  EXPECT_THAT(findings("# TYPE a info\na_info 2"), ElementsAre("2: the value of an info is not 1"));
  EXPECT_THAT(findings("# TYPE a stateset\na{b=\"x\"} 2"),
              ElementsAre("2: a state has no label with the name of its family",
                          "2: the value of a state is neither 0 nor 1"));
  EXPECT_THAT(findings("# TYPE a summary\na_sum -1"),
              ElementsAre("2: the sum of a summary is negative or NaN"));
  EXPECT_THAT(findings("# TYPE a summary\na_sum NaN"),
              ElementsAre("2: the sum of a summary is negative or NaN"));
  EXPECT_THAT(findings("# TYPE a summary\na_count -1"),
              ElementsAre("2: a count is no whole number of 0 or more"));
  EXPECT_THAT(findings("# TYPE a summary\na_count 0.5"),
              ElementsAre("2: a count is no whole number of 0 or more"));
  EXPECT_THAT(findings("# TYPE a summary\na{quantile=\"2\"} 1"),
              ElementsAre("2: a summary's series has no label quantile between 0 and 1"));
}

TEST(OpenMetricsLintTest, HoldsHistogramsToTheirRules) {
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"1\"} 1"),
              ElementsAre("2: a histogram has no bucket for le=\"+Inf\""));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} "
                       "1\nh_bucket{le=\"+Inf\"} 1"),
              ElementsAre("3: buckets do not stand in rising order of le"));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1"),
              ElementsAre("3: the counts of buckets fall: they are cumulative"));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 2\nh_sum 1"),
              ElementsAre("3: the count of a histogram differs from its bucket for le=\"+Inf\""));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1"),
              ElementsAre("3: a histogram has one of sum and count without the other"));
  EXPECT_THAT(
      findings(
          "# TYPE h histogram\nh_bucket{le=\"-1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum 1"),
      ElementsAre("5: a histogram with negative buckets has a sum"));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum -1"),
              ElementsAre("4: the sum of a histogram is negative or NaN"));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum NaN"),
              ElementsAre("4: the sum of a histogram is negative or NaN"));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"+INF\"} 0"),
              ElementsAre("2: the bound of the last bucket is not written as \"+Inf\""));
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{x=\"1\"} 1\nh_bucket{le=\"+Inf\",x=\"1\"} 1"),
              ElementsAre("2: a bucket has no label le that is a number"));
}

TEST(OpenMetricsLintTest, CountsOnlyInWholeNumbers) {
  for (const char* type : {"histogram", "gaugehistogram"}) {
    EXPECT_THAT(findings("# TYPE h " + std::string(type) + "\nh_bucket{le=\"+Inf\"} 0.5"),
                ElementsAre("2: the count of a bucket is no whole number of 0 or more"));
  }
  EXPECT_THAT(findings("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3.0\nh_count 3e0\nh_sum 0.5"),
              IsEmpty());
}

TEST(OpenMetricsLintTest, HoldsGaugeHistogramsToTheirRules) {
  EXPECT_THAT(findings("# TYPE h gaugehistogram\nh_bucket{le=\"+Inf\"} 1\nh_gsum -1\nh_gcount 1"),
              ElementsAre("3: the sum of a gaugehistogram without negative buckets is negative"));
  EXPECT_THAT(findings("# TYPE h gaugehistogram\nh_bucket{le=\"-1\"} 0\nh_bucket{le=\"+Inf\"} "
                       "1\nh_gsum NaN\nh_gcount 1"),
              ElementsAre("4: the sum of a gaugehistogram is NaN"));
}

TEST(OpenMetricsLintTest, HoldsExemplarsToTheirBuckets) {
  const auto bucket = [](const std::string& le, const std::string& value) {
    return "# TYPE h histogram\nh_bucket{le=\"" + le + "\"} 1 # {} " + value +
           (le == "+Inf" ? "" : "\nh_bucket{le=\"+Inf\"} 1");
  };
  EXPECT_THAT(findings(bucket("1.0", "5")),
              ElementsAre("2: the exemplar of a bucket lies above its le"));
  EXPECT_THAT(findings(bucket("1.0", "NaN")),
              ElementsAre("2: the exemplar of a bucket lies above its le"));
  EXPECT_THAT(findings(bucket("1.0", "1")), IsEmpty());
  EXPECT_THAT(findings(bucket("1.0", "-3")), IsEmpty());
  EXPECT_THAT(findings(bucket("+Inf", "NaN")), IsEmpty());
}

TEST(OpenMetricsLintTest, HoldsExemplarsToTheRulesOfLabels) {
  EXPECT_THAT(findings("# TYPE c counter\nc_total 1 # {a=\"b\",a=\"c\"} 1"),
              ElementsAre("2: a label name of an exemplar stands twice"));
  EXPECT_THAT(findings("# TYPE c counter\nc_total 1 1 # {a=\"b\",} 1 1"),
              ElementsAre("2: a comma stands before the closing brace of an exemplar"));
  EXPECT_THAT(findings("# TYPE c counter\nc_total{x=\" # {\"} 1 # {a=\"},b=\\\",\",b=\",}\"} 1"),
              IsEmpty());
}

TEST(OpenMetricsLintTest, HoldsExemplarsToTheirPlacesAndSize) {
  EXPECT_THAT(
      findings("# TYPE g gauge\ng 1 # {a=\"b\"} 1"),
      ElementsAre(
          "2: an exemplar stands behind something other than a counter's total or a bucket"));
  EXPECT_THAT(findings("# TYPE c counter\nc_total 1 # {a=\"" + std::string(127, 'x') + "\"} 1"),
              IsEmpty());
  EXPECT_THAT(findings("# TYPE c counter\nc_total 1 # {a=\"" + std::string(128, 'x') + "\"} 1"),
              ElementsAre("2: the labels of an exemplar are longer than 128 characters"));
}

TEST(OpenMetricsLintTest, HoldsLabelsToTheirRules) {
  EXPECT_THAT(findings("a{x=\"1\",x=\"2\"} 1"), ElementsAre("1: a label name stands twice"));
  EXPECT_THAT(findings("a{__x=\"1\"} 1"),
              ElementsAre("1: label names with two leading underscores are reserved"));
  EXPECT_THAT(findings("a{x=\"1\",} 1"), ElementsAre("1: a comma stands before the closing brace"));
}

TEST(OpenMetricsLintTest, PointsAtWhatIsWrong) {
  const std::string page =
      "# TYPE c counter\n"
      "# TYPE c counter\n"
      "c_total{a=\"\",b=\"é, }\",a=\"\",} -1 5 # {x=\"\",x=\"\",} 1\n"
      "c_total{a=\"\",b=\"é, }\"} 1 4\n"
      "# TYPE h histogram\n"
      "h_bucket{x=\"\",le=\"1\"} 2 # {} 9 1\n"
      "h_bucket{x=\"\",le=\"+INF\"} 1\n"
      "h_count{x=\"\"} 3\n"
      "h_sum{x=\"\"} -1\n"
      "{\"u v\",a=\"1\",\"a\"=\"2\"} 1\n"
      "# TYPE i_s info\n"
      "# UNIT i_s s\n"
      "# EOF\n";
  std::vector<std::string> places;
  for (const Diagnostic& finding : lint_openmetrics(page, "p")) {
    places.push_back(format_location(finding));
  }
  EXPECT_THAT(
      places,
      ElementsAre("p:2:3: the family has this kind of metadata already",
                  "p:3:24: a label name stands twice",
                  "p:3:29: a comma stands before the closing brace",
                  "p:3:31: a counter is negative or NaN",
                  "p:3:44: a label name of an exemplar stands twice",
                  "p:3:49: a comma stands before the closing brace of an exemplar",
                  "p:4:27: the timestamps of a metric go back",
                  "p:6:30: the exemplar of a bucket lies above its le",
                  "p:7:18: the bound of the last bucket is not written as \"+Inf\"",
                  "p:7:26: the counts of buckets fall: they are cumulative",
                  "p:8:15: the count of a histogram differs from its bucket for le=\"+Inf\"",
                  "p:9:13: the sum of a histogram is negative or NaN",
                  "p:10:14: a label name stands twice", "p:12:3: an info or stateset has a unit"));
}

TEST(OpenMetricsLintTest, EndsWithTheLineItCannotParse) {
  const auto found = lint_openmetrics("# TYPE a counter\na_total -1\noops\n", "page");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].source, "a_total -1");
  EXPECT_EQ(format_location(found[1]),
            "page:3:5: expected one blank and a value, found the end of the line");
}

TEST(OpenMetricsLintTest, FindsThatTheEndIsMissing) {
  const auto found = lint_openmetrics("a 1\n", "");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].message, HasSubstr("expected \"# EOF\""));
}

}  // namespace
}  // namespace revisitd::collectors
