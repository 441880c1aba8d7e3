#include "rules/condition.h"

#include "tests/unit/rules/condition_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::days;
using std::chrono::hours;

Truth judged(std::string_view text, const MapInputs& inputs) {
  return parsed(text).evaluate(inputs);
}

MapInputs with(std::map<std::string, SlotValue, std::less<>> signals) {
  MapInputs inputs;
  inputs.signals = std::move(signals);
  return inputs;
}

MapInputs latency(double low, double high) { return with({{"latency_p99", {high, low, high}}}); }

MapInputs numbers(double a, double b) {
  return with({{"a", SlotValue::exact(a)}, {"b", SlotValue::exact(b)}});
}

TEST(ConditionTest, ExactValuesCompareExactly) {
  const MapInputs inputs = with({{"latency_p99", SlotValue::exact(0.1)}});
  EXPECT_EQ(judged("latency_p99 > 100ms", inputs), Truth::no);
  EXPECT_EQ(judged("latency_p99 >= 100ms", inputs), Truth::yes);
  EXPECT_EQ(judged("latency_p99 == 100ms", inputs), Truth::yes);
  EXPECT_EQ(judged("latency_p99 != 100ms", inputs), Truth::no);
  EXPECT_EQ(judged("latency_p99 < 101ms", inputs), Truth::yes);
  EXPECT_EQ(judged("latency_p99 <= 99ms", inputs), Truth::no);
}

TEST(ConditionTest, ADecimalIsTheDoubleNearestToIt) {
  EXPECT_EQ(judged("a == 0.3", numbers(0.3, 0)), Truth::yes);
  EXPECT_EQ(judged("a + b == 0.3", numbers(0.1, 0.2)), Truth::no);  // as doubles add
  EXPECT_EQ(judged("a == 99.9%", numbers(0.999, 0)), Truth::yes);
}

TEST(ConditionTest, AQuantileOnTheRightSideOfItsBucketIsKnown) {
  EXPECT_EQ(judged("latency_p99 > 100ms", latency(0.05, 0.1)), Truth::no);
  EXPECT_EQ(judged("latency_p99 > 100ms", latency(0.1, 0.25)), Truth::yes);
  EXPECT_EQ(judged("latency_p99 >= 100ms", latency(0.1, 0.25)), Truth::yes);
  EXPECT_EQ(judged("latency_p99 <= 100ms", latency(0.05, 0.1)), Truth::yes);
  EXPECT_EQ(judged("100ms < latency_p99", latency(0.1, 0.25)), Truth::yes);
}

TEST(ConditionTest, AThresholdInsideTheBucketCannotBeTold) {
  EXPECT_EQ(judged("latency_p99 > 100ms", latency(0.05, 0.25)), Truth::unknown);
  EXPECT_EQ(judged("latency_p99 >= 100ms", latency(0.05, 0.1)), Truth::unknown);
  EXPECT_EQ(judged("latency_p99 > 100ms", latency(0.05, kInfinity)), Truth::unknown);
  EXPECT_EQ(judged("latency_p99 == 100ms", latency(0.05, 0.25)), Truth::unknown);
  EXPECT_EQ(judged("latency_p99 == 300ms", latency(0.05, 0.25)), Truth::no);
}

TEST(ConditionTest, IntervalsRunThroughArithmetic) {
  EXPECT_EQ(judged("2 * latency_p99 > 200ms", latency(0.1, 0.25)), Truth::yes);
  EXPECT_EQ(judged("latency_p99 - 50ms > 50ms", latency(0.1, 0.25)), Truth::yes);
  EXPECT_EQ(judged("-latency_p99 < -100ms", latency(0.1, 0.25)), Truth::yes);
  EXPECT_EQ(judged("latency_p99 / 200ms > 50%", latency(0.1, 0.25)), Truth::yes);
  EXPECT_EQ(judged("latency_p99 / 200ms > 60%", latency(0.1, 0.25)), Truth::unknown);
}

TEST(ConditionTest, EveryMentionOfASignalIsTakenByItself) {
  EXPECT_EQ(judged("latency_p99 - latency_p99 == 0s", latency(0.1, 0.25)), Truth::unknown);
}

TEST(ConditionTest, AMissingInputMakesItsComparisonUnknown) {
  EXPECT_EQ(judged("a > 1", {}), Truth::unknown);
  EXPECT_EQ(judged("a * 0 == 0", {}), Truth::unknown);
  EXPECT_EQ(judged("a > 1 or b > 1", with({{"b", SlotValue::exact(2)}})), Truth::yes);
  EXPECT_EQ(judged("a > 1 and b > 1", with({{"b", SlotValue::exact(1)}})), Truth::no);
  EXPECT_EQ(judged("a > 1 and b > 1", with({{"b", SlotValue::exact(2)}})), Truth::unknown);
  EXPECT_EQ(judged("not a > 1", {}), Truth::unknown);
}

TEST(ConditionTest, DivisionByZeroAndOverflowAreUnknown) {
  EXPECT_EQ(judged("a / b > 1", numbers(1, 0)), Truth::unknown);
  EXPECT_EQ(judged("a / b > 1", numbers(0, 0)), Truth::unknown);
  EXPECT_EQ(judged("a * b > 1", numbers(1e200, 1e200)), Truth::unknown);
  EXPECT_EQ(judged("a > 1", numbers(kInfinity, 0)), Truth::unknown);
}

TEST(ConditionTest, OrIsLoosestThenAndThenNot) {
  const MapInputs inputs = numbers(1, 2);
  EXPECT_EQ(judged("a == 1 or a == 2 and b == 3", inputs), Truth::yes);
  EXPECT_EQ(judged("(a == 1 or a == 2) and b == 3", inputs), Truth::no);
  EXPECT_EQ(judged("not a == 1 or b == 2", inputs), Truth::yes);
  EXPECT_EQ(judged("not (a == 1 or b == 2)", inputs), Truth::no);
  EXPECT_EQ(judged("not a == 2 and b == 2", inputs), Truth::yes);
  EXPECT_EQ(judged("not not a == 1", inputs), Truth::yes);
}

TEST(ConditionTest, ArithmeticAssociatesToTheLeft) {
  const MapInputs inputs = numbers(8, 2);
  EXPECT_EQ(judged("a - b - 1 == 5", inputs), Truth::yes);
  EXPECT_EQ(judged("a - (b - 1) == 7", inputs), Truth::yes);
  EXPECT_EQ(judged("a / b / 2 == 2", inputs), Truth::yes);
  EXPECT_EQ(judged("a / b * 2 == 8", inputs), Truth::yes);
  EXPECT_EQ(judged("a + b * 2 == 12", inputs), Truth::yes);
  EXPECT_EQ(judged("-b * 3 == -6", inputs), Truth::yes);
  EXPECT_EQ(judged("a - -b == 10", inputs), Truth::yes);
}

TEST(ConditionTest, FunctionsAskTheirInputs) {
  MapInputs inputs;
  inputs.windows[{WindowFunction::avg, "rps", days{7}}] = SlotValue::exact(1700);
  inputs.windows[{WindowFunction::change, "rps", days{30}}] = SlotValue::exact(0.25);
  inputs.windows[{WindowFunction::forecast, "memory", days{90}}] = {3e8, 2.9e8, 3.1e8};
  inputs.baselines["latency_p99"] = 0.05;
  inputs.signals["latency_p99"] = SlotValue::exact(0.11);
  inputs.facts = {{"members", 4},        {"fluent go", 1}, {"shipped go", 3},
                  {"team_languages", 2}, {"age", 86400},   {"fleet_share go", 0.4},
                  {"support_left", -5}};
  for (const char* text :
       {"avg(rps, 7d) > 1600", "change(rps, 30d) == 25%", "forecast(memory, 90d) > 256MiB",
        "latency_p99 > 2 * baseline(latency_p99)", "members() == 4", "fluent(\"Go\") == 1",
        "shipped(\"go\") == 3", "team_languages() == 2", "age() == 1d", "fleet_share(\"go\") < 50%",
        "support_left() < 0s", "fluent(\"go\") / members() <= 25%"}) {
    EXPECT_EQ(judged(text, inputs), Truth::yes) << text;
    EXPECT_EQ(judged(text, {}), Truth::unknown) << text;
  }
}

TEST(ConditionTest, ASignalMayHaveTheNameOfAFunction) {
  SignalTable signals;
  signals["age"].name = "age";
  const auto condition = Condition::parse("age > 3 and age() > 3d", signals);
  ASSERT_TRUE(condition) << condition.error().message;
  MapInputs inputs = with({{"age", SlotValue::exact(4)}});
  inputs.facts["age"] = 86400;
  EXPECT_EQ(condition->evaluate(inputs), Truth::no);
}

TEST(ConditionReadTest, ShowsEveryComparisonWithItsSides) {
  const Condition condition = parsed("(latency_p99 + 1s) > 100ms or not rps <= 2 * 800");
  MapInputs inputs = latency(0.05, 0.1);
  inputs.signals["rps"] = SlotValue::exact(1500);
  const auto readings = condition.read(inputs);
  ASSERT_EQ(readings.size(), 2U);
  EXPECT_EQ(readings[0].left, "(latency_p99 + 1s)");
  EXPECT_EQ(readings[0].op, ">");
  EXPECT_EQ(readings[0].right, "100ms");
  EXPECT_EQ(readings[0].left_value, (SlotValue{1.1, 1.05, 1.1}));
  EXPECT_EQ(readings[0].right_value, SlotValue::exact(0.1));
  EXPECT_EQ(readings[0].unit, Unit::seconds);
  EXPECT_EQ(readings[0].truth, Truth::yes);
  EXPECT_EQ(readings[1].left, "rps");
  EXPECT_EQ(readings[1].right, "2 * 800");
  EXPECT_EQ(readings[1].right_value, SlotValue::exact(1600));
  EXPECT_EQ(readings[1].unit, Unit::number);
  EXPECT_EQ(readings[1].truth, Truth::yes);
}

TEST(ConditionReadTest, AMissingSideHasNoValue) {
  const auto readings = parsed("rps > 1600").read(MapInputs{});
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].left_value, std::nullopt);
  EXPECT_EQ(readings[0].truth, Truth::unknown);
}

TEST(ConditionReadTest, ARatioGivesTheComparisonItsUnit) {
  EXPECT_EQ(parsed("error_ratio > 0.05").read(MapInputs{})[0].unit, Unit::ratio);
  EXPECT_EQ(parsed("rps / 2000 > 80%").read(MapInputs{})[0].unit, Unit::ratio);
  EXPECT_EQ(parsed("rps / containers_per_node > 100").read(MapInputs{})[0].unit, Unit::number);
  EXPECT_EQ(parsed("cold_start / latency_p99 > 3").read(MapInputs{})[0].unit, Unit::ratio);
  EXPECT_EQ(parsed("rps > 80% * 2000").read(MapInputs{})[0].unit, Unit::number);
  EXPECT_EQ(parsed("2 * error_ratio > 0.1").read(MapInputs{})[0].unit, Unit::ratio);
  EXPECT_EQ(parsed("rps * error_ratio > 5").read(MapInputs{})[0].unit, Unit::number);
}

TEST(ConditionMeaningTest, CosmeticEditsKeepIt) {
  EXPECT_EQ(meaning("latency_p99>100ms"), "latency_p99 > 100ms");
  EXPECT_EQ(meaning("  ( (latency_p99)\t>\n(100ms) ) "), "latency_p99 > 100ms");
  EXPECT_EQ(meaning("age() > 1h"), meaning("age() > 60m"));
  EXPECT_EQ(meaning("cold_start > 1s"), meaning("cold_start > 1000ms"));
  EXPECT_EQ(meaning("memory > 1GiB"), meaning("memory > 1024MiB"));
  EXPECT_EQ(meaning("error_ratio > 5%"), meaning("error_ratio > 0.05"));
  EXPECT_EQ(meaning("rps > 1e3"), meaning("rps > 1000.0"));
  EXPECT_EQ(meaning("rps > -0"), meaning("rps > 0"));
  EXPECT_EQ(meaning("rps > 2 * 800"), meaning("rps > 1600"));
  EXPECT_EQ(meaning("avg(rps,7d) > 1"), meaning("avg( rps , 168h ) > 1"));
  EXPECT_EQ(meaning("fluent(\"Go\") < 2"), meaning("fluent( \"go\" )<2"));
  EXPECT_EQ(meaning("a > 1 and (b > 1 and c > 1)"), meaning("(a > 1 and b > 1) and c > 1"));
  EXPECT_EQ(meaning("a > 1 or (b > 1 and c > 1)"), meaning("a > 1 or b > 1 and c > 1"));
  EXPECT_EQ(meaning("a + (b * c) > 1"), meaning("a + b * c > 1"));
  EXPECT_EQ(meaning("not (a > 1)"), meaning("not a > 1"));
}

TEST(ConditionMeaningTest, SemanticEditsChangeIt) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"latency_p99 > 100ms", "latency_p99 > 101ms"},
      {"latency_p99 > 100ms", "latency_p99 >= 100ms"},
      {"latency_p99 > 100ms", "cold_start > 100ms"},
      {"latency_p99 > 100ms", "not latency_p99 > 100ms"},
      {"latency_p99 > 100ms", "-latency_p99 > 100ms"},
      {"a > 1 and b > 1", "a > 1 or b > 1"},
      {"(a > 1 or b > 1) and c > 1", "a > 1 or b > 1 and c > 1"},
      {"not (a > 1 and b > 1)", "not a > 1 and b > 1"},
      {"(a + b) * c > 1", "a + b * c > 1"},
      {"a - (b - c) > 1", "a - b - c > 1"},
      {"a / (b / c) > 1", "a / b / c > 1"},
      {"-(a + b) > 1", "-a + b > 1"},
      {"avg(rps, 7d) > 1", "avg(rps, 8d) > 1"},
      {"avg(rps, 7d) > 1", "max(rps, 7d) > 1"},
      {"avg(a, 7d) > 1", "avg(b, 7d) > 1"},
      {"fluent(\"go\") < 2", "shipped(\"go\") < 2"},
      {"fluent(\"go\") < 2", "fluent(\"python\") < 2"},
      {"baseline(a) > 1", "baseline(b) > 1"},
      {"rps > 1000000000000000", "rps > 1000000000000001"},
  };
  for (const auto& [one, other] : pairs) EXPECT_NE(meaning(one), meaning(other)) << one;
}

TEST(ConditionMeaningTest, IsWrittenForReaders) {
  EXPECT_EQ(meaning("support_left()<90d and(latency_p99>2*baseline(latency_p99))"),
            "support_left() < 90d and latency_p99 > 2 * baseline(latency_p99)");
  EXPECT_EQ(meaning("forecast(memory, 90d) > 256MiB"), "forecast(memory, 90d) > 268435456B");
  EXPECT_EQ(meaning("rps > -(2000)"), "rps > -2000");
  EXPECT_EQ(meaning("latency_p99 > 100ms / 3"), "latency_p99 > 0.03333333333333333s");
}

TEST(ConditionTest, TellsWhatItLooksAt) {
  const Condition condition = parsed(
      "rps > 5 and avg(latency_p99, 7d) > 2 * baseline(memory) / baseline(memory) * 1s and "
      "avg(latency_p99, 168h) > 1s and forecast(rps, 30d) > 1");
  EXPECT_EQ(condition.signals(), (std::set<std::string, std::less<>>{"latency_p99", "rps"}));
  EXPECT_EQ(condition.baselines(), (std::set<std::string, std::less<>>{"memory"}));
  EXPECT_EQ(condition.windows(),
            (std::vector<WindowUse>{{WindowFunction::avg, "latency_p99", days{7}},
                                    {WindowFunction::forecast, "rps", days{30}}}));
  EXPECT_FALSE(condition.uses_roster());
}

TEST(ConditionTest, KnowsWhetherItAsksAboutTheTeam) {
  for (const char* text : {"members() > 1", "fluent(\"go\") > 1", "shipped(\"go\") > 1",
                           "team_languages() > 1", "fleet_share(\"go\") > 1"}) {
    EXPECT_TRUE(parsed(text).uses_roster()) << text;
  }
  EXPECT_FALSE(parsed("age() > 1d and support_left() > 1d").uses_roster());
}

TEST(ConditionThresholdTest, AreBareSignalsAgainstConstants) {
  const Condition condition =
      parsed("latency_p99 > 2 * 50ms and 10 < rps and a > b and a + 1 > 2 and error_ratio <= 0.05");
  const auto& thresholds = condition.thresholds();
  ASSERT_EQ(thresholds.size(), 3U);
  EXPECT_EQ(thresholds[0].signal, "latency_p99");
  EXPECT_EQ(thresholds[0].op, ">");
  EXPECT_EQ(thresholds[0].value, (Quantity{0.1, Unit::seconds}));
  EXPECT_EQ(thresholds[1].signal, "rps");
  EXPECT_EQ(thresholds[1].op, ">");
  EXPECT_EQ(thresholds[1].value, (Quantity{10, Unit::number}));
  EXPECT_EQ(thresholds[2].op, "<=");
  EXPECT_EQ(thresholds[2].value, (Quantity{0.05, Unit::ratio}));
}

std::string swept(std::string_view text, Quantity value) {
  const auto condition = parsed(text).with_threshold(value, test_signals());
  return condition ? condition->text() : condition.error().message;
}

TEST(ConditionThresholdTest, AConstantSideOfAComparisonCanBeSet) {
  const std::pair<const char*, std::string> cases[] = {
      {"avg(latency_p99, 1d) > 100ms", "avg(latency_p99, 1d)=100ms"},
      {"change(rps, 7d) > 20%", "change(rps, 7d)=20%"},
      {"latency_p99 - 5ms > 2 * 50ms", "latency_p99 - 5ms=100ms"},
      {"256MiB < 2 * (memory - 1MiB)", "2 * (memory - 1MiB)=256MiB"},
      {"fluent(\"python\") < 2", "fluent(\"python\")=2 whole"},
      {"not (-a <= b or 5 >= -b)", "-b=5"},
      {"a * b - (c + 1) / 2 > 3 and a > b", "a * b - (c + 1) / 2=3"},
      {"latency_p99 > 2 * avg(latency_p99, 7d)", ""},
  };
  for (const auto& [text, expected] : cases) {
    std::string found;
    const Condition condition = parsed(text);
    for (const auto& constant : condition.constants()) {
      found += (found.empty() ? "" : "; ") + constant.side + "=" +
               format_quantity(constant.value.value, constant.value.unit) +
               (constant.whole ? " whole" : "");
    }
    EXPECT_EQ(found, expected) << text;
  }
}

TEST(ConditionThresholdTest, TheOneWithTheUnitOfTheSettingIsMoved) {
  const char* text = "rps > 1600 and avg(latency_p99, 1d) > 100ms and error_ratio > 5%";
  EXPECT_EQ(swept(text, {0.08, Unit::seconds}),
            "rps > 1600 and avg(latency_p99, 1d) > 80ms and error_ratio > 5%");
  EXPECT_EQ(swept(text, {1500, Unit::number}),
            "rps > 1500 and avg(latency_p99, 1d) > 100ms and error_ratio > 5%");
  EXPECT_EQ(swept(text, {0.08, Unit::ratio}),
            "rps > 1600 and avg(latency_p99, 1d) > 100ms and error_ratio > 8%");
  EXPECT_EQ(swept("latency_p99 > 100ms and error_ratio > 0.05", {0.08, Unit::number}),
            "latency_p99 > 100ms and error_ratio > 0.08");
  EXPECT_EQ(swept("fluent(\"go\") < 2", {3, Unit::number}), "fluent(\"go\") < 3");
  EXPECT_EQ(swept("rps > 1600", {0.2, Unit::ratio}),
            "the condition compares nothing with a share such as 80%");
}

TEST(ConditionThresholdTest, TheFirstOneCanBeMoved) {
  EXPECT_EQ(swept("rps > a and latency_p99 > 100ms and rps > 5", {0.12, Unit::seconds}),
            "rps > a and latency_p99 > 120ms and rps > 5");
  EXPECT_EQ(swept("2 * 50ms < latency_p99", {0.08 + 0.01 + 0.01, Unit::seconds}),
            "100ms < latency_p99");
  EXPECT_EQ(swept("memory > 1GiB", {268435456, Unit::bytes}), "memory > 256MiB");
  EXPECT_EQ(swept("rps > 2000", {-0.5, Unit::number}), "rps > -0.5");
  EXPECT_EQ(swept("error_ratio > 5%", {0.1, Unit::ratio}), "error_ratio > 10%");
}

TEST(ConditionThresholdTest, MovesOnlyToWhatCanBeWritten) {
  EXPECT_EQ(swept("a > b", {1, Unit::number}), "the condition compares nothing with a constant");
  EXPECT_EQ(swept("latency_p99 > 100ms", {0.0005, Unit::seconds}),
            "a threshold is in whole milliseconds or whole bytes");
  EXPECT_EQ(swept("latency_p99 > 100ms", {kInfinity, Unit::seconds}),
            "a threshold must be a finite number");
  EXPECT_EQ(swept("latency_p99 > 100ms", {120, Unit::number}),
            "expected a duration such as 100ms or 5m: \"latency_p99\" is in seconds, \"120\" is a "
            "plain number");
}

TEST(ConditionTest, KeepsTheTextAsWritten) {
  EXPECT_EQ(parsed(" (rps >  5) ").text(), " (rps >  5) ");
}

TEST(ConditionTest, LongChainsAreJudgedWithoutRecursion) {
  std::string text = "a";
  while (text.size() < 4090) text += "+a";
  text += ">1";
  EXPECT_EQ(judged(text, numbers(1, 0)), Truth::yes);
}

}  // namespace
}  // namespace revisitd::rules
