#include "rules/quantity.h"

#include <gtest/gtest.h>

#include <clocale>
#include <limits>
#include <vector>

namespace revisitd {
namespace {

std::string error_of(std::string_view text) {
  const auto result = parse_quantity(text);
  return result ? "accepted as " + format_quantity(result->value, result->unit)
                : result.error().message;
}

std::string share_error(std::string_view text) {
  const auto result = parse_share(text);
  return result ? "accepted as " + format_share(*result) : result.error().message;
}

struct Written {
  std::string text;
  Quantity quantity;
};

class ParseQuantityTest : public testing::TestWithParam<Written> {};

TEST_P(ParseQuantityTest, GivesTheNearestDouble) {
  const auto result = parse_quantity(GetParam().text);
  ASSERT_TRUE(result) << GetParam().text << ": " << result.error().message;
  EXPECT_EQ(result->unit, GetParam().quantity.unit) << GetParam().text;
  EXPECT_EQ(result->value, GetParam().quantity.value) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, ParseQuantityTest,
    testing::Values(Written{"0", {0, Unit::number}}, Written{"2000", {2000, Unit::number}},
                    Written{"0.5", {0.5, Unit::number}}, Written{"-2.25", {-2.25, Unit::number}},
                    Written{"1e3", {1000, Unit::number}}, Written{"1.5E-2", {0.015, Unit::number}},
                    Written{"007", {7, Unit::number}}, Written{"0.1", {0.1, Unit::number}}));
INSTANTIATE_TEST_SUITE_P(Durations, ParseQuantityTest,
                         testing::Values(Written{"100ms", {0.1, Unit::seconds}},
                                         Written{"333ms", {0.333, Unit::seconds}},
                                         Written{"1h30m", {5400, Unit::seconds}},
                                         Written{"7d", {604800, Unit::seconds}},
                                         Written{"5m", {300, Unit::seconds}},
                                         Written{"0s", {0, Unit::seconds}}));
INSTANTIATE_TEST_SUITE_P(
    Sizes, ParseQuantityTest,
    testing::Values(Written{"512B", {512, Unit::bytes}}, Written{"1kB", {1e3, Unit::bytes}},
                    Written{"1KiB", {1024, Unit::bytes}}, Written{"2MB", {2e6, Unit::bytes}},
                    Written{"256MiB", {268435456, Unit::bytes}}, Written{"2GB", {2e9, Unit::bytes}},
                    Written{"1GiB", {1073741824, Unit::bytes}}, Written{"3TB", {3e12, Unit::bytes}},
                    Written{"1TiB", {1099511627776, Unit::bytes}},
                    Written{"1PB", {1e15, Unit::bytes}},
                    Written{"1PiB", {1125899906842624, Unit::bytes}}));
INSTANTIATE_TEST_SUITE_P(
    Percentages, ParseQuantityTest,
    testing::Values(Written{"80%", {0.8, Unit::ratio}}, Written{"99.5%", {0.995, Unit::ratio}},
                    Written{"99.9%", {0.999, Unit::ratio}}, Written{"-20%", {-0.2, Unit::ratio}},
                    Written{"0.07%", {0.0007, Unit::ratio}}, Written{"250%", {2.5, Unit::ratio}}));

TEST(ParseQuantityErrorTest, GuessesWhichSizeWasMeant) {
  EXPECT_EQ(error_of("256M"),
            "\"256M\" is not a quantity: unknown unit \"M\", did you mean 256MB or 256MiB?");
  EXPECT_EQ(error_of("256Mi"),
            "\"256Mi\" is not a quantity: unknown unit \"Mi\", did you mean 256MiB?");
  EXPECT_EQ(error_of("4K"),
            "\"4K\" is not a quantity: unknown unit \"K\", did you mean 4kB or 4KiB?");
  EXPECT_EQ(error_of("4KB"), "\"4KB\" is not a quantity: unknown unit \"KB\", did you mean 4kB?");
  EXPECT_EQ(error_of("4gib"),
            "\"4gib\" is not a quantity: unknown unit \"gib\", did you mean 4GiB?");
}

TEST(ParseQuantityErrorTest, RefusesFractionsOfSizesAndDurations) {
  EXPECT_EQ(error_of("1.5GiB"),
            "\"1.5GiB\" is not a quantity: fractions are not allowed in sizes, did you mean "
            "1536MiB?");
  EXPECT_EQ(error_of("2.5GB"),
            "\"2.5GB\" is not a quantity: fractions are not allowed in sizes, did you mean "
            "2500MB?");
  EXPECT_EQ(error_of("0.3B"), "\"0.3B\" is not a quantity: fractions are not allowed in sizes");
  EXPECT_EQ(error_of("1.5h"),
            "\"1.5h\" is not a duration: fractions are not allowed, did you mean 1h30m?");
}

TEST(ParseQuantityErrorTest, RefusesSignsBlanksAndUnknownUnits) {
  EXPECT_EQ(error_of("-5m"), "\"-5m\" is not a duration: a duration carries no sign");
  EXPECT_EQ(error_of("-5MiB"), "\"-5MiB\" is not a quantity: a size carries no sign");
  EXPECT_EQ(error_of("+5"), "\"+5\" is not a quantity: a leading + is not allowed");
  EXPECT_EQ(error_of("5 m"),
            "\"5 m\" is not a quantity: no blanks between number and unit, expected such as 100ms "
            "or 256MiB");
  EXPECT_EQ(error_of("5min"), "\"5min\" is not a duration: unknown unit \"min\", did you mean 5m?");
  EXPECT_EQ(error_of("0x10"),
            "\"0x10\" is not a quantity: unknown unit \"x10\", expected a duration (ms s m h d w "
            "y), a size (B kB MB KiB MiB ...) or %");
}

TEST(ParseQuantityErrorTest, RefusesWhatIsNoFiniteNumber) {
  const std::string expected =
      "expected a number, a duration (100ms), a size (256MiB) or a percentage (80%)";
  for (const char* text : {"NaN", "nan", "inf", "-inf", "abc", "%", "-", "1."}) {
    EXPECT_EQ(error_of(text), '"' + std::string(text) + "\" is not a quantity: " + expected);
  }
  EXPECT_EQ(error_of("1e999"), "\"1e999\" is not a quantity: it does not fit into a double");
  EXPECT_EQ(error_of(""), "expected a quantity such as 2000, 100ms, 256MiB or 80%");
  EXPECT_EQ(error_of(".5"),
            "\".5\" is not a quantity: expected a digit before the point, did you mean 0.5?");
  EXPECT_EQ(error_of("99999999999999999999GB"),
            "\"99999999999999999999GB\" is not a quantity: it is too large");
  EXPECT_EQ(error_of("1e2%"),
            "\"1e2%\" is not a quantity: a percentage has no exponent, expected such as 80% or "
            "99.5%");
}

TEST(ParseQuantityErrorTest, ShowsOnlyTheFrontOfLongText) {
  EXPECT_LT(error_of(std::string(100'000, 'x')).size(), 200U);
  EXPECT_LT(error_of(std::string(100'000, '1') + "M").size(), 300U);
}

TEST(ParseQuantityLocaleTest, IgnoresTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  EXPECT_EQ(parse_quantity("0.5")->value, 0.5);
  EXPECT_EQ(format_quantity(0.1315, Unit::seconds), "131.5ms");
  EXPECT_NE(error_of("1,5"), "");
  EXPECT_FALSE(parse_quantity("1,5"));
  std::setlocale(LC_ALL, before.c_str());
}

TEST(FormatQuantityTest, WritesNumbersAtFourDigits) {
  EXPECT_EQ(format_quantity(2100, Unit::number), "2100");
  EXPECT_EQ(format_quantity(0, Unit::number), "0");
  EXPECT_EQ(format_quantity(-0.0, Unit::number), "0");
  EXPECT_EQ(format_quantity(1234567, Unit::number), "1235000");
  EXPECT_EQ(format_quantity(-3.14159, Unit::number), "-3.142");
  EXPECT_EQ(format_quantity(0.000012345, Unit::number), "0.00001234");
  EXPECT_EQ(format_quantity(1e300, Unit::number), "1e300");
  EXPECT_EQ(format_quantity(1.5e-9, Unit::number), "1.5e-9");
}

TEST(FormatQuantityTest, WritesDurationsInTheirOwnUnits) {
  EXPECT_EQ(format_quantity(0.131, Unit::seconds), "131ms");
  EXPECT_EQ(format_quantity(0.0004, Unit::seconds), "0.4ms");
  EXPECT_EQ(format_quantity(0.99996, Unit::seconds), "1s");
  EXPECT_EQ(format_quantity(1.5, Unit::seconds), "1.5s");
  EXPECT_EQ(format_quantity(59.99999, Unit::seconds), "1m");
  EXPECT_EQ(format_quantity(90, Unit::seconds), "1m30s");
  EXPECT_EQ(format_quantity(5400, Unit::seconds), "1h30m");
  EXPECT_EQ(format_quantity(86400 + 3600 * 2 + 59, Unit::seconds), "1d2h");
  EXPECT_EQ(format_quantity(365 * 86400.0 + 5, Unit::seconds), "365d");
  EXPECT_EQ(format_quantity(-90, Unit::seconds), "-1m30s");
  EXPECT_EQ(format_quantity(0, Unit::seconds), "0s");
  EXPECT_EQ(format_quantity(1e30, Unit::seconds), "1.157e25d");
}

TEST(FormatQuantityTest, WritesSizesInTheLargestUnitThatFits) {
  EXPECT_EQ(format_quantity(268435456, Unit::bytes), "256MiB");
  EXPECT_EQ(format_quantity(1.5 * 1073741824, Unit::bytes), "1.5GiB");
  EXPECT_EQ(format_quantity(512, Unit::bytes), "512B");
  EXPECT_EQ(format_quantity(0, Unit::bytes), "0B");
  EXPECT_EQ(format_quantity(0.5, Unit::bytes), "0.5B");
  EXPECT_EQ(format_quantity(123456789, Unit::bytes), "117.7MiB");
  EXPECT_EQ(format_quantity(-1024, Unit::bytes), "-1KiB");
}

TEST(FormatQuantityTest, KeepsSizesWrittenInPowersOfTen) {
  EXPECT_EQ(format_quantity(2e9, Unit::bytes), "2GB");
  EXPECT_EQ(format_quantity(1.5e6, Unit::bytes), "1.5MB");
}

TEST(FormatQuantityTest, WritesRatiosAsPercentages) {
  EXPECT_EQ(format_quantity(0.824, Unit::ratio), "82.4%");
  EXPECT_EQ(format_quantity(1, Unit::ratio), "100%");
  EXPECT_EQ(format_quantity(-0.2, Unit::ratio), "-20%");
  EXPECT_EQ(format_quantity(0.99999, Unit::ratio), "100%");
}

TEST(FormatQuantityTest, NamesNonFiniteValues) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(format_quantity(infinity, Unit::seconds), "+Inf");
  EXPECT_EQ(format_quantity(-infinity, Unit::bytes), "-Inf");
  EXPECT_EQ(format_quantity(std::numeric_limits<double>::quiet_NaN(), Unit::number), "NaN");
}

TEST(UnitTest, NamesAreReadBack) {
  for (const Unit unit : {Unit::number, Unit::seconds, Unit::bytes, Unit::ratio}) {
    EXPECT_EQ(*parse_unit(unit_name(unit)), unit);
  }
  EXPECT_EQ(parse_unit("ms").error().message,
            "unknown unit \"ms\", expected number, seconds, bytes or ratio");
}

TEST(ParseShareTest, IsAnExactFraction) {
  EXPECT_EQ(*parse_share("95%"), (Share{19, 20}));
  EXPECT_EQ(*parse_share("99.95%"), (Share{1999, 2000}));
  EXPECT_EQ(*parse_share("0.95"), (Share{95, 100}));
  EXPECT_EQ(*parse_share("100%"), (Share{1, 1}));
  EXPECT_EQ(*parse_share("0"), (Share{0, 1}));
  EXPECT_EQ(*parse_share("1"), (Share{1, 1}));
  EXPECT_EQ(*parse_share("33.333333333%"), (Share{33'333'333'333, 100'000'000'000}));
}

TEST(ParseShareTest, SaysWhatWasExpected) {
  EXPECT_EQ(share_error("95"), "\"95\" is not a share: did you mean 95%?");
  EXPECT_EQ(share_error("101%"), "\"101%\" is not a share: it is more than 100%");
  EXPECT_EQ(share_error("1000"), "\"1000\" is not a share: it is more than 100%");
  EXPECT_EQ(share_error("0.1234567891"), "\"0.1234567891\" is not a share: at most nine decimals");
  const std::string expected = "expected a percentage from 0% to 100%, such as 95%";
  for (const std::string text : {"", "%", "-5%", "abc", "1e-1", "95 %", "NaN"}) {
    EXPECT_EQ(share_error(text), '"' + text + "\" is not a share: " + expected);
  }
  EXPECT_EQ(share_error("99999999999999999999%"),
            "\"99999999999999999999%\" is not a share: it is more than 100%");
}

TEST(ShareTest, FormatsAtTwoDecimals) {
  EXPECT_EQ(format_share({95, 100}), "95%");
  EXPECT_EQ(format_share({1999, 2000}), "99.95%");
  EXPECT_EQ(format_share({1, 3}), "33.33%");
  EXPECT_EQ(format_share({2, 3}), "66.67%");
  EXPECT_EQ(format_share({1, 2000}), "0.05%");
  EXPECT_EQ(format_share({1, 8}), "12.5%");
  EXPECT_EQ(format_share({0, 7}), "0%");
}

TEST(ShareTest, ComparesWithoutRounding) {
  EXPECT_EQ((Share{1, 2}), (Share{50, 100}));
  EXPECT_TRUE(less({1, 3}, {333'333'334, 1'000'000'000}));
  EXPECT_FALSE(less({333'333'334, 1'000'000'000}, {1, 3}));
  EXPECT_FALSE(less({1, 2}, {2, 4}));
  const long long large = std::numeric_limits<long long>::max();
  EXPECT_TRUE(less({large - 1, large}, {1, 1}));
  EXPECT_EQ(to_double({1, 4}), 0.25);
}

}  // namespace
}  // namespace revisitd
