#include "rules/yaml_decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A parsed text with its findings; errors read as "line:column: message".
struct Parsed {
  explicit Parsed(std::string_view text) : findings("f.yaml", text) {
    documents = parse_yaml(text, {}, findings);
  }
  YamlMap map() { return YamlMap(YamlValue(documents.at(0), "", findings)); }
  std::vector<std::string> errors() const {
    std::vector<std::string> result;
    for (const Diagnostic& d : findings.list()) {
      result.push_back(std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + ": " +
                       d.message);
    }
    return result;
  }

  Findings findings;
  std::vector<YamlNode> documents;
};

TEST(YamlDecodeTest, ReadsEveryType) {
  Parsed p(
      "t: text\nb: true\ni: -3\nn: 1e3\nd: 7d\nq: 100ms\ns: 95%\nw: 2026-05-04\nl: [a, b]\n"
      "m: {x: 1}\n");
  YamlMap map = p.map();
  EXPECT_EQ(map.required("t").text(), "text");
  EXPECT_EQ(map.required("b").boolean(), true);
  EXPECT_EQ(map.required("i").integer(-5, 5), -3);
  EXPECT_EQ(map.required("n").number(), 1000);
  EXPECT_EQ(map.required("d").duration(), std::chrono::days(7));
  EXPECT_EQ(map.required("q").quantity(), (Quantity{0.1, Unit::seconds}));
  EXPECT_EQ(map.required("s").share(), (Share{95, 100}));
  EXPECT_EQ(map.required("w").time(), parse_time("2026-05-04").operator*());
  EXPECT_THAT(map.required("l").texts(), ElementsAre("a", "b"));
  EXPECT_EQ(map.required("m").entries().at(0).name(), "x");
  map.finish();
  EXPECT_THAT(p.errors(), IsEmpty());
}

TEST(YamlDecodeTest, AnAbsentOptionalKeyGivesNothingAndNoError) {
  Parsed p("a: 1\n");
  EXPECT_EQ(p.map().optional("b").text(), std::nullopt);
  EXPECT_THAT(p.map().optional("b").items(), IsEmpty());
  EXPECT_THAT(p.errors(), IsEmpty());
}

TEST(YamlDecodeTest, AMissingRequiredKeyIsSaidOnce) {
  Parsed p("a: 1\n");
  EXPECT_EQ(p.map().required("b").text(), std::nullopt);
  EXPECT_THAT(p.errors(), ElementsAre("1:1: missing key `b`"));
}

TEST(YamlDecodeTest, NumbersThatOtherReadersBendAreErrors) {
  for (const char* text : {"010", "0x10", ".nan", ".inf", "1_000", "1.", ".5", "+1", "1e999", "'1'",
                           "true", "~", "1,5", "0o7", "1e"}) {
    Parsed p("a: " + std::string(text) + "\n");
    EXPECT_EQ(p.map().optional("a").number(), std::nullopt) << text;
    EXPECT_EQ(p.errors().size(), 1U) << text;
  }
}

TEST(YamlDecodeTest, IntegersAreDecimalAndInRange) {
  for (const char* text : {"010", "0x10", "1.0", "1e3", "99999999999999999999", "11", "-1"}) {
    Parsed p("a: " + std::string(text) + "\n");
    EXPECT_EQ(p.map().optional("a").integer(0, 10), std::nullopt) << text;
  }
  Parsed p("a: 11\n");
  (void)p.map().optional("a").integer(0, 10);
  EXPECT_THAT(p.errors(), ElementsAre("1:4: `a`: expected an integer from 0 to 10, found \"11\""));
}

TEST(YamlDecodeTest, BooleansAreTrueAndFalseOnly) {
  for (const char* text : {"yes", "on", "True", "1", "'true'"}) {
    Parsed p("a: " + std::string(text) + "\n");
    EXPECT_EQ(p.map().optional("a").boolean(), std::nullopt) << text;
  }
}

TEST(YamlDecodeTest, NamesAreSafeEverywhere) {
  EXPECT_EQ(Parsed("a: check-out_2.eu\n").map().optional("a").name_text(), "check-out_2.eu");
  for (const std::string text : {"'a b'", "-a", "'a\"} or vector(1)'", "../x", "caf\xC3\xA9"}) {
    EXPECT_EQ(Parsed("a: " + text + "\n").map().optional("a").name_text(), std::nullopt) << text;
  }
  EXPECT_EQ(Parsed("a: " + std::string(129, 'x') + "\n").map().optional("a").name_text(),
            std::nullopt);
}

TEST(YamlDecodeTest, UnknownKeysNameTheNearestKnownOne) {
  Parsed p("tresholds: 1\nservise: 2\nzzz: 3\n");
  YamlMap map = p.map();
  for (const char* key : {"service", "team", "triggers"}) (void)map.optional(key);
  map.finish();
  EXPECT_THAT(p.errors(),
              ElementsAre("1:1: unknown key `tresholds`, did you mean `triggers`?",
                          "2:1: unknown key `servise`, did you mean `service`?",
                          "3:1: unknown key `zzz`, expected `service`, `team` or `triggers`"));
}

TEST(YamlDecodeTest, WordsAreSuggested) {
  Parsed p("a: pyton\n");
  enum class Language { python, go };
  EXPECT_EQ(
      p.map().optional("a").one_of<Language>({{"python", Language::python}, {"go", Language::go}}),
      std::nullopt);
  EXPECT_THAT(p.errors(), ElementsAre("1:4: `a`: unknown \"pyton\", did you mean `python`?"));
}

TEST(YamlDecodeTest, WrongKindsSayWhatWasFound) {
  Parsed p("a: [1]\nb: x\nc:\nd: {e: 1}\n");
  YamlMap map = p.map();
  (void)map.optional("a").text();
  (void)map.optional("b").items();
  (void)map.optional("c").duration();
  (void)map.optional("d").boolean();
  EXPECT_THAT(
      p.errors(),
      ElementsAre("1:4: `a`: expected text, found a list", "2:4: `b`: expected a list, found \"x\"",
                  "3:1: `c`: expected a duration such as 7d or 1h30m, found nothing",
                  "4:4: `d`: expected true or false, found a map"));
}

TEST(YamlDecodeTest, EveryMistakeOfAFileIsTold) {
  Parsed p("a: 1.5h\nb: maybe\nc: 120%\n");
  YamlMap map = p.map();
  (void)map.optional("c").share();
  (void)map.optional("a").duration();
  (void)map.optional("b").boolean();
  EXPECT_THAT(p.errors(), testing::SizeIs(3));
  EXPECT_THAT(p.errors().front(), testing::StartsWith("1:4: `a`: \"1.5h\" is not a duration"));
}

TEST(FindingsTest, KeepsTwentyAndCountsTheRest) {
  Findings findings("f", "");
  for (int i = 0; i < 25; ++i) findings.error({i + 1, 1}, "no");
  EXPECT_EQ(findings.list().size(), 21U);
  EXPECT_EQ(findings.list().back().message, "and 5 more, not shown");
  EXPECT_EQ(findings.errors(), 25U);
}

TEST(FindingsTest, NoNumberOfWarningsHidesAnError) {
  Findings findings("f", "");
  for (int i = 0; i < 25; ++i) findings.warning({i + 1, 1}, "odd " + std::to_string(i));
  findings.error({30, 1}, "wrong");
  const auto all = findings.list();
  ASSERT_EQ(all.size(), 22U);
  EXPECT_EQ(all[20].message, "wrong");
  EXPECT_EQ(all[21].message, "and 5 more warnings, not shown");
  EXPECT_EQ(all[21].severity, Severity::warning);
}

TEST(FindingsTest, WarningsThatSayTheSameLeaveRoomForOthers) {
  Findings findings("f", "");
  for (int i = 0; i < 25; ++i) findings.warning({i + 1, 1}, "odd");
  findings.warning({30, 1}, "other");
  std::vector<std::string> told;
  for (const Diagnostic& d : findings.list()) told.push_back(format_location(d));
  EXPECT_THAT(told, testing::ElementsAre("f:1:1: warning: odd", "f:2:1: warning: odd",
                                         "f:3:1: warning: odd", "f:30:1: warning: other",
                                         "f: warning: and 22 more warnings, not shown"));
}

TEST(FindingsTest, WarningsAreNoErrors) {
  Findings findings("f", "one\ntwo\n");
  findings.warning({2, 1}, "odd");
  EXPECT_TRUE(findings.ok());
  EXPECT_EQ(format_diagnostic(findings.list().at(0)), "f:2:1: warning: odd\n  two\n  ^");
}

}  // namespace
}  // namespace revisitd::rules
