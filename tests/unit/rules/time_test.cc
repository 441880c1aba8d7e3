#include "rules/time.h"

#include <gtest/gtest.h>

namespace revisitd {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string duration_error(std::string_view text) {
  const auto result = parse_duration(text);
  return result ? "accepted as " + format_duration(*result) : result.error().message;
}

std::string time_error(std::string_view text) {
  const auto result = parse_time(text);
  return result ? "accepted as " + format_time(*result) : result.error().message;
}

std::int64_t millis_of(std::string_view text) {
  const auto result = parse_time(text);
  EXPECT_TRUE(result) << text << ": " << (result ? "" : result.error().message);
  return result ? to_millis(*result) : -1;
}

TEST(ParseDurationTest, ReadsEveryUnit) {
  const std::vector<std::pair<std::string, Duration>> cases = {
      {"1ms", milliseconds{1}}, {"1s", seconds{1}},
      {"1m", minutes{1}},       {"1h", hours{1}},
      {"1d", days{1}},          {"1w", days{7}},
      {"1y", days{365}},        {"0", milliseconds{0}},
      {"0s", milliseconds{0}},  {"250ms", milliseconds{250}},
      {"007m", minutes{7}}};
  for (const auto& [text, expected] : cases) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text << ": " << duration.error().message;
    EXPECT_EQ(*duration, expected) << text;
  }
}

TEST(ParseDurationTest, AddsUnitsFromLargeToSmall) {
  EXPECT_EQ(*parse_duration("1h30m"), minutes{90});
  EXPECT_EQ(*parse_duration("1y2w3d4h5m6s7ms"),
            days{365 + 14 + 3} + hours{4} + minutes{5} + seconds{6} + milliseconds{7});
}

TEST(ParseDurationTest, RefusesFractionsAndSaysHowToWriteThem) {
  EXPECT_EQ(duration_error("1.5h"),
            "\"1.5h\" is not a duration: fractions are not allowed, did you mean 1h30m?");
  EXPECT_EQ(duration_error("0.5s"),
            "\"0.5s\" is not a duration: fractions are not allowed, did you mean 500ms?");
  EXPECT_EQ(duration_error("0.5ms"), "\"0.5ms\" is not a duration: fractions are not allowed");
  EXPECT_EQ(duration_error("1."), "\"1.\" is not a duration: fractions are not allowed");
}

TEST(ParseDurationTest, AsksForAMissingUnit) {
  EXPECT_EQ(duration_error("5"), "\"5\" is not a duration: expected a unit such as 5m or 5s");
  EXPECT_EQ(duration_error("1h30"),
            "\"1h30\" is not a duration: expected a unit such as 30m or 30s");
  EXPECT_EQ(duration_error("00"), "\"00\" is not a duration: expected a unit such as 00m or 00s");
}

TEST(ParseDurationTest, RefusesSignsAndBlanks) {
  EXPECT_EQ(duration_error("-5m"), "\"-5m\" is not a duration: a duration carries no sign");
  EXPECT_EQ(duration_error("+5m"), "\"+5m\" is not a duration: a duration carries no sign");
  EXPECT_EQ(duration_error("5 m"),
            "\"5 m\" is not a duration: no blanks between number and unit, expected such as 5m or "
            "1h30m");
  EXPECT_NE(duration_error(" 5m").find("no blanks"), std::string::npos);
}

TEST(ParseDurationTest, RefusesUnknownUnits) {
  EXPECT_EQ(duration_error("256M"),
            "\"256M\" is not a duration: unknown unit \"M\", expected y, w, d, h, m, s or ms");
  EXPECT_EQ(duration_error("5min"),
            "\"5min\" is not a duration: unknown unit \"min\", did you mean 5m?");
  EXPECT_EQ(duration_error("3days"),
            "\"3days\" is not a duration: unknown unit \"days\", did you mean 3d?");
}

TEST(ParseDurationTest, RefusesUnitsOutOfOrderOrTwice) {
  const std::string why = "units go from large to small (y w d h m s ms), each at most once";
  EXPECT_EQ(duration_error("30m1h"), "\"30m1h\" is not a duration: " + why);
  EXPECT_EQ(duration_error("5m5m"), "\"5m5m\" is not a duration: " + why);
}

TEST(ParseDurationTest, RefusesWhatIsNoDuration) {
  EXPECT_EQ(duration_error(""), "expected a duration such as 5m or 1h30m");
  EXPECT_EQ(duration_error("h"), "\"h\" is not a duration: expected a number such as 5m or 1h30m");
  EXPECT_EQ(duration_error("1h,"),
            "\"1h,\" is not a duration: expected a number such as 5m or 1h30m");
}

TEST(ParseDurationTest, EndsAtAHundredYears) {
  EXPECT_EQ(*parse_duration("100y"), days{36500});
  EXPECT_EQ(*parse_duration("36500d"), days{36500});
  EXPECT_EQ(duration_error("100y1ms"),
            "\"100y1ms\" is not a duration: it is longer than 100 years");
  EXPECT_NE(duration_error("36501d").find("100 years"), std::string::npos);
  EXPECT_NE(duration_error("99999999999999999999ms").find("100 years"), std::string::npos);
}

TEST(FormatDurationTest, WritesTheShortestText) {
  EXPECT_EQ(format_duration({}), "0s");
  EXPECT_EQ(format_duration(minutes{90}), "1h30m");
  EXPECT_EQ(format_duration(days{7}), "7d");
  EXPECT_EQ(format_duration(days{400}), "400d");
  EXPECT_EQ(format_duration(milliseconds{250}), "250ms");
  EXPECT_EQ(format_duration(seconds{61} + milliseconds{1}), "1m1s1ms");
}

TEST(FormatDurationTest, MarksNegativeDurations) {
  EXPECT_EQ(format_duration(-minutes{90}), "-1h30m");
  EXPECT_EQ(format_duration(Duration::min()).substr(0, 2), "-1");
}

TEST(FormatDurationTest, IsReadBackAsTheSameValue) {
  for (std::int64_t millis = 1; millis < 3'000'000'000'000; millis = millis * 3 + 7) {
    const std::string text = format_duration(Duration{millis});
    const auto back = parse_duration(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(back->count(), millis) << text;
  }
}

TEST(ParseTimeTest, ReadsRfc3339) {
  EXPECT_EQ(millis_of("2026-05-04T10:00:00Z"), 1'777'888'800'000);
  EXPECT_EQ(millis_of("2026-05-04t10:00:00z"), 1'777'888'800'000);
  EXPECT_EQ(millis_of("2026-05-04 10:00:00Z"), 1'777'888'800'000);
  EXPECT_EQ(millis_of("2026-05-04T12:00:00+02:00"), 1'777'888'800'000);
  EXPECT_EQ(millis_of("2026-05-04T04:30:00-05:30"), 1'777'888'800'000);
}

TEST(ParseTimeTest, KeepsMillisecondsAndDropsWhatIsFiner) {
  EXPECT_EQ(millis_of("1970-01-01T00:00:01.5Z"), 1500);
  EXPECT_EQ(millis_of("1970-01-01T00:00:01.25Z"), 1250);
  EXPECT_EQ(millis_of("1970-01-01T00:00:01.123456789Z"), 1123);
  EXPECT_EQ(millis_of("1969-12-31T23:59:59.999Z"), -1);
}

TEST(ParseTimeTest, ABareDateIsItsMidnightInUtc) {
  EXPECT_EQ(millis_of("2026-05-04"), 1'777'852'800'000);
  EXPECT_EQ(millis_of("1970-01-01"), 0);
}

TEST(ParseTimeTest, KnowsLeapDays) {
  EXPECT_EQ(millis_of("2024-02-29"), 1'709'164'800'000);
  EXPECT_EQ(millis_of("2000-02-29"), 951'782'400'000);
  EXPECT_EQ(time_error("2026-02-29"),
            "\"2026-02-29\" is not a time: the day must be 01 to 28 in that month");
  EXPECT_NE(time_error("2100-02-29").find("01 to 28"), std::string::npos);
}

TEST(ParseTimeTest, ReachesFromYear0To9999) {
  EXPECT_EQ(millis_of("1969-07-20T20:17:40Z"), -14'182'940'000);
  EXPECT_EQ(millis_of("2038-01-19T03:14:08Z"), 2'147'483'648'000);
  EXPECT_EQ(millis_of("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
  EXPECT_EQ(millis_of("0000-01-01"), -62'167'219'200'000);
  EXPECT_NE(time_error("9999-12-31T23:59:59-00:01").find("0000 to 9999"), std::string::npos);
  EXPECT_NE(time_error("0000-01-01T00:00:00+00:01").find("0000 to 9999"), std::string::npos);
}

TEST(ParseTimeTest, ALeapSecondIsTheNextMidnight) {
  EXPECT_EQ(millis_of("2016-12-31T23:59:60Z"), millis_of("2017-01-01T00:00:00Z"));
  EXPECT_EQ(millis_of("2017-01-01T00:59:60+01:00"), millis_of("2017-01-01T00:00:00Z"));
  EXPECT_NE(time_error("2016-12-31T12:00:60Z").find("23:59:60Z"), std::string::npos);
}

TEST(ParseTimeTest, SaysWhatWasExpected) {
  const auto error = [](const std::string& text, const std::string& why) {
    EXPECT_EQ(time_error(text), '"' + text + "\" is not a time: " + why);
  };
  error("04/05/2026", "expected a date such as 2026-05-04");
  error("2026-5-4", "expected a date such as 2026-05-04");
  error("2026-13-01", "the month must be 01 to 12");
  error("2026-04-31", "the day must be 01 to 30 in that month");
  error("2026-04-00", "the day must be 01 to 30 in that month");
  error("2026-05-04T", "expected a time such as 10:00:00Z");
  error("2026-05-04T10:00Z", "expected a time such as 10:00:00Z");
  error("2026-05-04T24:00:00Z", "the clock goes from 00:00:00 to 23:59:59");
  error("2026-05-04T10:00:00", "expected Z or an offset such as +02:00 after the time");
  error("2026-05-04T10:00:00+2", "expected Z or an offset such as +02:00 after the time");
  error("2026-05-04T10:00:00+24:00", "expected Z or an offset such as +02:00 after the time");
  error("2026-05-04T10:00:00.Z", "expected 1 to 9 decimals");
  error("2026-05-04T10:00:00Zx", "unexpected text after the time");
  error("2026-05-04x", "expected T and a time, or nothing, after the date");
  EXPECT_EQ(time_error(""), "expected a date or time such as 2026-05-04T10:00:00Z");
}

TEST(FormatTimeTest, ShowsMillisecondsOnlyWhereThereAreAny) {
  EXPECT_EQ(format_time(from_millis(1'777'888'800'000)), "2026-05-04T10:00:00Z");
  EXPECT_EQ(format_time(from_millis(1'777'888'800'007)), "2026-05-04T10:00:00.007Z");
  EXPECT_EQ(format_date(from_millis(1'777'888'800'007)), "2026-05-04");
}

TEST(FormatTimeTest, CountsBackwardsBeforeTheEpoch) {
  EXPECT_EQ(format_time(from_millis(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_date(from_millis(-1)), "1969-12-31");
}

TEST(FormatTimeTest, ClampsToFourDigitYears) {
  EXPECT_EQ(format_time(TimePoint::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time(TimePoint::min()), "0000-01-01T00:00:00Z");
  EXPECT_EQ(format_date(TimePoint::max()), "9999-12-31");
}

TEST(FormatTimeTest, IsReadBackAsTheSameInstant) {
  for (std::int64_t millis = -60'000'000'000'000; millis < 250'000'000'000'000;
       millis += 98'765'432'123) {
    EXPECT_EQ(millis_of(format_time(from_millis(millis))), millis);
  }
}

TEST(SlotIndexTest, RoundsDownAlsoBeforeTheEpoch) {
  EXPECT_EQ(slot_index(from_millis(0), minutes{10}), 0);
  EXPECT_EQ(slot_index(from_millis(599'999), minutes{10}), 0);
  EXPECT_EQ(slot_index(from_millis(600'000), minutes{10}), 1);
  EXPECT_EQ(slot_index(from_millis(-1), minutes{10}), -1);
  EXPECT_EQ(slot_index(from_millis(-600'000), minutes{10}), -1);
  EXPECT_EQ(slot_index(from_millis(-600'001), minutes{10}), -2);
  EXPECT_EQ(slot_start(-1, minutes{10}), from_millis(-600'000));
}

}  // namespace
}  // namespace revisitd
