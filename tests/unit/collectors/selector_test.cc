#include "collectors/selector.h"

#include <gtest/gtest.h>

#include <string>

namespace revisitd::collectors {
namespace {

const std::vector<LabelView> kLabels = {{"code", "200"}, {"method", "GET"}, {"path", "/a\"b"}};

bool selects(std::string_view selector, std::string_view name,
             const std::vector<LabelView>& labels = kLabels) {
  const auto parsed = Selector::parse(selector);
  EXPECT_TRUE(parsed) << selector << ": " << (parsed ? "" : parsed.error().message);
  return parsed && parsed->matches(name, labels);
}

std::string trouble(std::string_view selector) {
  const auto parsed = Selector::parse(selector);
  return parsed ? "" : std::to_string(parsed.error().offset) + ' ' + parsed.error().message;
}

TEST(SelectorTest, SelectsByName) {
  EXPECT_TRUE(selects("http_requests_total", "http_requests_total"));
  EXPECT_TRUE(selects(" a:b { } ", "a:b"));
  EXPECT_FALSE(selects("http_requests_total", "http_requests"));
}

TEST(SelectorTest, SelectsByEachOperator) {
  EXPECT_TRUE(selects("x{code=\"200\"}", "x"));
  EXPECT_FALSE(selects("x{code=\"20\"}", "x"));
  EXPECT_TRUE(selects("x{code!=\"20\"}", "x"));
  EXPECT_TRUE(selects("x{code=~\"2..\"}", "x"));
  EXPECT_FALSE(selects("x{code!~\"2..|3..\"}", "x"));
  EXPECT_TRUE(selects("x{code!~\"5..\", method = 'GET',}", "x"));
  EXPECT_FALSE(selects("x{code=\"200\",method=\"POST\"}", "x"));
}

TEST(SelectorTest, AnchorsExpressionsAtBothEnds) {
  EXPECT_FALSE(selects("x{code=~\"20\"}", "x"));
  EXPECT_FALSE(selects("x{code=~\"00\"}", "x"));
  EXPECT_FALSE(selects("x{method=~\"G|ET\"}", "x"));
  EXPECT_TRUE(selects("x{l=~\"a.b\"}", "x", {{"l", "a\nb"}}));
}

TEST(SelectorTest, TakesAMissingLabelAsEmpty) {
  EXPECT_TRUE(selects("x{absent=\"\"}", "x"));
  EXPECT_TRUE(selects("x{absent!=\"y\"}", "x"));
  EXPECT_TRUE(selects("x{absent=~\"y*\"}", "x"));
  EXPECT_FALSE(selects("x{absent!=\"\"}", "x"));
}

TEST(SelectorTest, SelectsByTheNameLabel) {
  EXPECT_TRUE(selects("{__name__=\"x\"}", "x"));
  EXPECT_TRUE(selects("{__name__=~\"x|y\",code=\"200\"}", "y"));
  EXPECT_FALSE(selects("{__name__=~\"x|y\"}", "z"));
  EXPECT_TRUE(selects("{code=\"200\"}", "anything"));
}

TEST(SelectorTest, SelectsByQuotedNames) {
  EXPECT_TRUE(selects("{\"my.name\", code=\"200\"}", "my.name"));
  EXPECT_TRUE(selects("{'my.name'}", "my.name"));
  EXPECT_TRUE(selects("x{\"odd.label\"=\"1\"}", "x", {{"odd.label", "1"}}));
}

TEST(SelectorTest, ReadsStringsAsPromqlDoes) {
  EXPECT_TRUE(selects("x{path=\"/a\\\"b\"}", "x"));
  EXPECT_TRUE(selects("x{path='/a\"b'}", "x"));
  EXPECT_TRUE(selects("x{path=`/a\"b`}", "x"));
  EXPECT_TRUE(selects("x{path=~`/a\\Wb`}", "x"));
  EXPECT_TRUE(selects("x{l=\"\\x41\\102\\u00e9\\U0001f600\\n\"}", "x",
                      {{"l", "AB\xC3\xA9\xF0\x9F\x98\x80\n"}}));
  EXPECT_EQ(trouble("x{l=\"\\'\"}"), "5 expected an escape of PromQL after '\\'");
  EXPECT_EQ(trouble("x{l='\\\"'}"), "5 expected an escape of PromQL after '\\'");
  EXPECT_EQ(trouble("x{l=\"\\ud800\"}"), "5 expected an escape of PromQL after '\\'");
  EXPECT_EQ(trouble("x{l=\"\\400\"}"), "5 expected an escape of PromQL after '\\'");
  EXPECT_EQ(trouble("x{l=\"a\nb\"}"), "4 expected a closing quote for this string");
  EXPECT_EQ(trouble("x{l=\"\\xff\"}"), "4 expected a string in UTF-8");
}

TEST(SelectorTest, SaysWhereItStopsMakingSense) {
  EXPECT_EQ(trouble(""), "0 expected a metric name or '{', found the end of the selector");
  EXPECT_EQ(trouble("x{code}"), "6 expected one of = != =~ !~, found \"}\"");
  EXPECT_EQ(trouble("x{code==\"1\"}"), "7 expected a quoted string, found \"=\"1\"}\"");
  EXPECT_EQ(trouble("x{code=5}"), "7 expected a quoted string, found \"5}\"");
  EXPECT_EQ(trouble("x{,}"), "2 expected a label name or '}', found \",}\"");
  EXPECT_EQ(trouble("x{a=\"1\" b=\"2\"}"), "8 expected ',' or '}', found \"b=\"2\"}\"");
  EXPECT_EQ(trouble("x{a=\"1\""), "7 expected ',' or '}', found the end of the selector");
  EXPECT_EQ(trouble("x[5m]"), "1 expected the end of the selector, found \"[5m]\"");
  EXPECT_EQ(trouble("rate(x)"), "4 expected the end of the selector, found \"(x)\"");
  EXPECT_EQ(trouble("x{a=~\"(\"}"), "2 expected a regular expression: missing ): (");
}

TEST(SelectorTest, RefusesASecondName) {
  EXPECT_EQ(trouble("x{__name__=\"y\"}"), "2 expected one metric name, found a second");
  EXPECT_EQ(trouble("x{\"y\"}"), "2 expected one metric name, found a second");
  EXPECT_EQ(trouble("{\"x\",\"y\"}"), "5 expected one metric name, found a second");
}

TEST(SelectorTest, RefusesASelectorThatTakesEverything) {
  const std::string why = "0 expected at least one matcher that does not take the empty string";
  EXPECT_EQ(trouble("{}"), why);
  EXPECT_EQ(trouble("{a=\"\"}"), why);
  EXPECT_EQ(trouble("{a=~\".*\",b!=\"c\"}"), why);
  EXPECT_EQ(trouble("{a=~\".+\"}"), "");
}

TEST(SelectorTest, KnowsTheOneNameItCanMatch) {
  EXPECT_EQ(Selector::parse("x{a=\"b\"}")->metric_name(), "x");
  EXPECT_EQ(Selector::parse("{__name__=\"x\"}")->metric_name(), "x");
  EXPECT_EQ(Selector::parse("{\"my.name\"}")->metric_name(), "my.name");
  EXPECT_EQ(Selector::parse("{__name__=~\"x\"}")->metric_name(), std::nullopt);
}

TEST(SelectorTest, MatchesLabelsApartFromTheName) {
  const auto selector = Selector::parse("x{code=\"200\"}");
  EXPECT_TRUE(selector->matches_labels(kLabels));
  EXPECT_FALSE(selector->matches_labels({}));
  EXPECT_TRUE(selector->matches_name("x"));
}

TEST(SelectorTest, KnowsTheCompanionsOfAHistogram) {
  EXPECT_EQ(companion_of("x", "x_bucket"), Companion::bucket);
  EXPECT_EQ(companion_of("x", "x_sum"), Companion::sum);
  EXPECT_EQ(companion_of("x", "x_count"), Companion::count);
  EXPECT_EQ(companion_of("x", "x"), std::nullopt);
  EXPECT_EQ(companion_of("x", "y_count"), std::nullopt);
  EXPECT_EQ(companion_of("x", "x_other_count"), std::nullopt);
}

}  // namespace
}  // namespace revisitd::collectors
