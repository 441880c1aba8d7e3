#include "rules/lexer.h"
#include "tests/unit/rules/condition_fixture.h"

namespace revisitd::rules {
namespace {

struct Wrong {
  std::string text;
  std::string mistake;  // "OFFSET: message"
};

class ConditionErrorTest : public testing::TestWithParam<Wrong> {};

TEST_P(ConditionErrorTest, NamesThePlaceAndWhatWasExpected) {
  EXPECT_EQ(mistake(GetParam().text), GetParam().mistake) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    NoCondition, ConditionErrorTest,
    testing::Values(
        Wrong{"", "0: expected a comparison such as latency_p99 > 100ms, found the end"},
        Wrong{"  ", "2: expected a comparison such as latency_p99 > 100ms, found the end"},
        Wrong{"rps", "0: expected a comparison, \"rps\" alone is neither true nor false"},
        Wrong{" rps + 1", "1: expected a comparison, \"rps + 1\" alone is neither true nor false"},
        Wrong{"5", "0: expected a comparison, \"5\" alone is neither true nor false"},
        Wrong{"rps > 1 and rps",
              "12: expected a comparison, \"rps\" alone is neither true nor false"},
        Wrong{"rps or rps > 1",
              "0: expected a comparison, \"rps\" alone is neither true nor false"},
        Wrong{"not rps", "4: expected a comparison, \"rps\" alone is neither true nor false"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, ConditionErrorTest,
    testing::Values(
        Wrong{"rps >", "5: expected a signal, a number or a function, found the end"},
        Wrong{"> 5", "0: expected a signal, a number or a function, found \">\""},
        Wrong{"rps > > 5", "6: expected a signal, a number or a function, found \">\""},
        Wrong{"rps > not 5", "6: expected a signal, a number or a function, found \"not\""},
        Wrong{"rps > \"x\"", "6: expected a signal, a number or a function, found \"x\""},
        Wrong{"rps > +5", "6: expected a signal, a number or a function, found \"+\""},
        Wrong{"(rps > 5", "8: expected an operator or \")\", found the end"},
        Wrong{"rps > 5)", "7: \")\" without a \"(\" before it"},
        Wrong{"()", "1: expected a signal, a number or a function, found \")\""},
        Wrong{"rps > 5 rps", "8: expected an operator, and, or, or the end, found \"rps\""},
        Wrong{"rps > 5, 6", "7: expected an operator, and, or, or the end, found \",\""},
        Wrong{"a < b < c", "6: comparisons do not chain, did you mean a < b and b < c?"},
        Wrong{"a == b != (c + 1)",
              "7: comparisons do not chain, did you mean a == b and b != (c + 1)?"},
        Wrong{"a < b <", "6: comparisons do not chain, join two of them with and"},
        Wrong{"rps > 5 @", "8: unexpected character \"@\""},
        Wrong{"rps > 5 \u20ac", "8: unexpected character \"\u20ac\""},
        Wrong{std::string("rps > 5 \0", 9), "8: unexpected character \"?\""}));

INSTANTIATE_TEST_SUITE_P(
    OtherLanguages, ConditionErrorTest,
    testing::Values(Wrong{"a > 1 AND b > 1", "6: keywords are lower case, did you mean and?"},
                    Wrong{"a > 1 Or b > 1", "6: keywords are lower case, did you mean or?"},
                    Wrong{"a > 1 && b > 1", "6: unknown sign \"&&\", did you mean and?"},
                    Wrong{"a > 1 || b > 1", "6: unknown sign \"||\", did you mean or?"},
                    Wrong{"!(a > 1)", "0: unknown sign \"!\", did you mean not?"},
                    Wrong{"a = 1", "2: unknown sign \"=\", did you mean ==?"},
                    Wrong{"a === 1", "2: unknown sign \"===\", did you mean ==?"},
                    Wrong{"a <> 1", "2: unknown sign \"<>\", did you mean !=?"},
                    Wrong{"a => 1", "2: unknown sign \"=>\", did you mean >=?"},
                    Wrong{"a ** 2 > 1", "2: unknown sign \"**\", did you mean *?"},
                    Wrong{"a \u2265 1", "2: unknown sign \"\u2265\", did you mean >=?"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, ConditionErrorTest,
    testing::Values(
        Wrong{"memory > 256M",
              "9: \"256M\" is not a quantity: unknown unit \"M\", did you mean 256MB or 256MiB?"},
        Wrong{"latency_p99 > 1.5h",
              "14: \"1.5h\" is not a duration: fractions are not allowed, did you mean 1h30m?"},
        Wrong{"latency_p99 > 100 ms", "18: no blanks between number and unit, did you mean 100ms?"},
        Wrong{"a > .5",
              "4: \".5\" is not a quantity: expected a digit before the point, did you mean 0.5?"},
        Wrong{"a > 1e999", "4: \"1e999\" is not a quantity: it does not fit into a double"},
        Wrong{"a > NaN", "4: \"NaN\" is no number that a value can be compared with"},
        Wrong{"a > inf", "4: \"inf\" is no number that a value can be compared with"},
        Wrong{"a > 1e308 * 10", "10: \"1e308 * 10\" gives no finite number"},
        Wrong{"a / 0 > 1", "4: division by zero"}, Wrong{"a / (2 - 2) > 1", "4: division by zero"},
        Wrong{"a / -0 > 1", "4: division by zero"}));

INSTANTIATE_TEST_SUITE_P(
    Names, ConditionErrorTest,
    testing::Values(
        Wrong{"latency_p9 > 100ms",
              "0: unknown signal \"latency_p9\", did you mean `latency_p99`?"},
        Wrong{"5 < RPS and a > 1", "4: unknown signal \"RPS\", did you mean `rps`?"},
        Wrong{"zzz > 1", "0: unknown signal \"zzz\""},
        Wrong{"avg(latncy_p99, 7d) > 1s",
              "4: unknown signal \"latncy_p99\", did you mean `latency_p99`?"},
        Wrong{"members > 2", "0: \"members\" is a function, write it as in members()"},
        Wrong{"avrg(rps, 7d) > 1", "0: unknown function \"avrg\", did you mean `avg`?"},
        Wrong{"rps(5) > 1",
              "0: unknown function \"rps\", expected `avg`, `min`, `max`, `change`, `forecast`, "
              "`baseline`, `members`, `fluent`, `shipped`, `team_languages`, `fleet_share`, `age` "
              "or `support_left`"}));

INSTANTIATE_TEST_SUITE_P(
    Arguments, ConditionErrorTest,
    testing::Values(
        Wrong{"members(1) > 1", "8: expected \")\" as in members(), found \"1\""},
        Wrong{"fluent(go) < 2",
              "7: expected a language in double quotes as in fluent(\"go\"), found \"go\""},
        Wrong{"fluent('go') < 2", "7: expected double quotes, did you mean \"go\"?"},
        Wrong{"fluent(\"go) < 2", "7: the quotes are not closed"},
        Wrong{"fluent(\"\") < 2",
              "7: \"\" is no name of a language, expected as in fluent(\"go\")"},
        Wrong{"fluent(\"g\\o\") < 2",
              "7: \"g\\o\" is no name of a language, expected as in fluent(\"go\")"},
        Wrong{"avg(rps) > 1",
              "7: expected a comma and a window as in avg(signal, 7d), found \")\""},
        Wrong{"avg(rps, 7) > 1", "9: expected a window as in avg(signal, 7d), found \"7\""},
        Wrong{"avg(rps, -7d) > 1", "9: expected a window as in avg(signal, 7d), found \"-\""},
        Wrong{"avg(rps, 7MiB) > 1", "9: expected a window as in avg(signal, 7d), found \"7MiB\""},
        Wrong{"avg(rps, 0s) > 1", "9: a window must be longer than 0"},
        Wrong{"avg(rps, 7d, 8d) > 1", "11: expected \")\" as in avg(signal, 7d), found \",\""},
        Wrong{"avg(rps + 1, 7d) > 1",
              "8: expected a comma and a window as in avg(signal, 7d), found \"+\""},
        Wrong{"avg(5, 7d) > 1",
              "4: expected the name of a signal as in avg(signal, 7d), found \"5\""},
        Wrong{"baseline() > 1",
              "9: expected the name of a signal as in baseline(signal), found \")\""}));

INSTANTIATE_TEST_SUITE_P(
    Units, ConditionErrorTest,
    testing::Values(
        Wrong{"latency_p99 > 100MiB",
              "14: expected a duration such as 100ms or 5m: \"latency_p99\" is in seconds, "
              "\"100MiB\" is in bytes"},
        Wrong{"latency_p99 > 100",
              "14: expected a duration such as 100ms or 5m: \"latency_p99\" is in seconds, \"100\" "
              "is a plain number"},
        Wrong{"100 < latency_p99",
              "0: expected a duration such as 100ms or 5m: \"latency_p99\" is in seconds, \"100\" "
              "is a plain number"},
        Wrong{"rps > 100ms",
              "6: expected a plain number such as 2000: \"rps\" is a plain number, \"100ms\" is in "
              "seconds"},
        Wrong{"memory > 80%",
              "9: expected a size such as 256MiB: \"memory\" is in bytes, \"80%\" is a ratio"},
        Wrong{
            "error_ratio > 5ms",
            "14: expected a ratio such as 80%: \"error_ratio\" is a ratio, \"5ms\" is in seconds"},
        Wrong{"latency_p99 > memory",
              "14: expected a duration such as 100ms or 5m: \"latency_p99\" is in seconds, "
              "\"memory\" is in bytes"},
        Wrong{
            "latency_p99 + 5 > 1s",
            "14: expected a duration such as 100ms or 5m: \"latency_p99\" is in seconds, \"5\" is "
            "a plain number"},
        Wrong{"change(latency_p99, 7d) > 5ms",
              "26: expected a ratio such as 80%: \"change(latency_p99, 7d)\" is a ratio, \"5ms\" "
              "is in seconds"},
        Wrong{"age() > 365",
              "8: expected a duration such as 100ms or 5m: \"age()\" is in seconds, \"365\" is a "
              "plain number"},
        Wrong{"latency_p99 * memory > 1",
              "12: cannot multiply \"latency_p99\" by \"memory\": the first is in seconds, the "
              "second in bytes"},
        Wrong{"memory / latency_p99 > 1",
              "7: cannot divide \"memory\" by \"latency_p99\": the first is in bytes, the second "
              "in seconds"},
        Wrong{"1 / latency_p99 > 1",
              "2: cannot divide \"1\" by \"latency_p99\": the first is a plain number, the second "
              "in seconds"},
        Wrong{"(a > 1) + 1 > 2", "0: expected a number, \"(a > 1)\" is true or false"},
        Wrong{"2 > (a > 1)", "4: expected a number, \"(a > 1)\" is true or false"},
        Wrong{"-(a > 1) > 2", "1: expected a number, \"(a > 1)\" is true or false"},
        Wrong{"(a > 1) == (b > 1)", "0: expected a number, \"(a > 1)\" is true or false"}));

TEST(SignalNameTest, IsAWordThatIsNoKeyword) {
  for (const char* name : {"rps", "_a", "Latency_p99", "avg"}) EXPECT_TRUE(is_signal_name(name));
  for (const char* name : {"", "9a", "a-b", "a b", "\u00fc", "and", "or", "not", "NaN", "true"}) {
    EXPECT_FALSE(is_signal_name(name)) << name;
  }
}

std::string repeated(std::string_view piece, int times) {
  std::string result;
  while (times-- > 0) result += piece;
  return result;
}

TEST(ConditionLimitTest, TextEndsAt4KiB) {
  EXPECT_EQ(mistake("a > 1" + std::string(4091, ' ')), "fine");
  EXPECT_EQ(mistake("a > 1" + std::string(4092, ' ')), "4096: a condition has at most 4096 bytes");
}

TEST(ConditionLimitTest, NestingEndsAt32) {
  EXPECT_EQ(mistake(repeated("(", 32) + "a > 1" + repeated(")", 32)), "fine");
  EXPECT_EQ(mistake(repeated("(", 33) + "a > 1" + repeated(")", 33)),
            "32: nested more than 32 deep");
  EXPECT_EQ(mistake(repeated("not ", 33) + "a > 1"), "128: nested more than 32 deep");
  EXPECT_EQ(mistake("a > " + repeated("-", 33) + "1"), "36: nested more than 32 deep");
  EXPECT_EQ(mistake(repeated("(", 4096)), "32: nested more than 32 deep");
}

TEST(ConditionLimitTest, TheDeepestNestingFitsTheEvaluator) {
  // At every level as many operands wait as the grammar lets wait.
  std::string text = "a > 1";
  for (int i = 0; i < 32; ++i) text = "a > 1 or b > 1 and (" + text + ")";
  EXPECT_EQ(mistake(text), "fine");
  text = "a";
  for (int i = 0; i < 31; ++i) text = "a + b * (" + text + ")";
  EXPECT_EQ(mistake("c < " + text), "fine");
}

TEST(ConditionLimitTest, SignalsAreListedWhenThereAreFew) {
  SignalTable few;
  few["rps"].name = "rps";
  EXPECT_EQ(Condition::parse("zzz > 1", few).error().message,
            "unknown signal \"zzz\", expected `rps`");
  EXPECT_EQ(Condition::parse("zzz > 1", {}).error().message,
            "unknown signal \"zzz\", no signals are declared");
}

}  // namespace
}  // namespace revisitd::rules
