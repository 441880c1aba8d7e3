#include "collectors/exposition_number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace revisitd::collectors {
namespace {

TEST(ExpositionNumberTest, ReadsDecimals) {
  const std::pair<const char*, double> cases[] = {
      {"0", 0},
      {"1", 1},
      {"+1", 1},
      {"-1", -1},
      {"1.", 1},
      {".5", .5},
      {"-.5e1", -5},
      {"1E3", 1000},
      {"1e+3", 1000},
      {"1e-3", .001},
      {"007", 7},
      {"0.1", 0.1},
      {"123456789012345678", 123456789012345678.0},
      {"4.9351e-05", 4.9351e-05},
      {"1.7976931348623157e308", 1.7976931348623157e308},
      {"5e-324", 5e-324}};
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(parse_sample_value(text).fault, NumberFault::none) << text;
    EXPECT_EQ(parse_sample_value(text).value, value) << text;
  }
  EXPECT_TRUE(std::signbit(parse_sample_value("-0").value));
}

TEST(ExpositionNumberTest, ReadsInfinitiesAndNaNInAnyCase) {
  for (const char* text : {"Inf", "+inf", "INFINITY", "+Infinity"}) {
    EXPECT_EQ(parse_sample_value(text).value, std::numeric_limits<double>::infinity()) << text;
  }
  EXPECT_EQ(parse_sample_value("-Inf").value, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(parse_sample_value("nAn").value));
}

TEST(ExpositionNumberTest, RefusesWhatGoRefuses) {
  for (const char* text :
       {"",     "+",    "-",     ".",      "e5", "1e", "1e+", "0x1p-2", "0x10", "1_000",   "1,5",
        "+NaN", "-nan", "infin", "nan(1)", "1 ", " 1", "++1", "1.2.3",  "1f",   "\xD9\xA1"}) {
    EXPECT_EQ(parse_sample_value(text).fault, NumberFault::not_a_number) << text;
  }
}

TEST(ExpositionNumberTest, RefusesTheTooLargeAndRoundsTheTooSmallToZero) {
  for (const std::string& text :
       {std::string("1e999"), std::string("-1e309"), std::string("1e99999999999999999999"),
        "1" + std::string(400, '0'), std::string("0.001e320")}) {
    EXPECT_EQ(parse_sample_value(text).fault, NumberFault::out_of_range) << text;
  }
  for (const std::string& text :
       {std::string("1e-999"), std::string("1e-99999999999999999999"),
        "0." + std::string(400, '0') + "1", std::string("100e-400"), std::string("0e999")}) {
    EXPECT_EQ(parse_sample_value(text).fault, NumberFault::none) << text;
    EXPECT_EQ(parse_sample_value(text).value, 0) << text;
  }
  EXPECT_TRUE(std::signbit(parse_sample_value("-1e-999").value));
}

TEST(ExpositionNumberTest, TurnsSecondsIntoMillisecondsInsideInt64) {
  EXPECT_EQ(millis_of_seconds(1.5), 1500);
  EXPECT_EQ(millis_of_seconds(-0.0015), -1);
  EXPECT_EQ(millis_of_seconds(1e300), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(millis_of_seconds(-1e300), std::numeric_limits<std::int64_t>::min());
}

TEST(ExpositionNumberTest, RefusesMillisecondsThatOverflow) {
  EXPECT_EQ(parse_millis("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_millis("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_millis("12345678901234567890"), std::nullopt);
}

TEST(ExpositionNumberTest, OrdersDecimalsExactly) {
  const char* const rising[] = {"-1e9",
                                "-5.0000000001",
                                "-5",
                                "0",
                                "1e-99999999999999999999",
                                "0.0000000001",
                                "0.000000001",
                                "1604676851.123456788",
                                "1604676851.123456789",
                                "12345678901234567890.1",
                                "12345678901234567890.10000001"};
  for (std::size_t i = 1; i < std::size(rising); ++i) {
    EXPECT_TRUE(compare_decimals(rising[i - 1], rising[i]) < 0) << rising[i];
    EXPECT_TRUE(compare_decimals(rising[i], rising[i - 1]) > 0) << rising[i];
  }
  const std::pair<const char*, const char*> same[] = {
      {"0", "-0.000e7"}, {"100", "1e2"},  {"+.5", "0.50"},    {"0012.", "12"}, {"1.5E3", "1500"},
      {"0.001e+3", "1"}, {"0e9999", "0"}, {"120e-1", "12.0"}, {"-2", "-2.00"}};
  for (const auto& [a, b] : same) EXPECT_TRUE(compare_decimals(a, b) == 0) << a << ' ' << b;
}

}  // namespace
}  // namespace revisitd::collectors
