#include "rules/series_text.h"

#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

// The values as text, "_" for what is missing.
std::string values(std::string_view text) {
  const auto series = parse_series(text);
  if (!series) return std::to_string(series.error().offset) + ": " + series.error().message;
  std::string out;
  for (const auto& value : series->values) {
    out += (out.empty() ? "" : " ") +
           (value ? format_quantity(*value, series->unit.value_or(Unit::number)) : "_");
  }
  return out;
}

TEST(SeriesTextTest, ReadsValuesRunsAndHoles) {
  EXPECT_EQ(values("80ms*3 _*2 130ms"), "80ms 80ms 80ms _ _ 130ms");
  EXPECT_EQ(values(" 2100 \n\t_ "), "2100 _");
  EXPECT_EQ(values("-5*2 1e3"), "-5 -5 1000");
  EXPECT_EQ(values("_*2"), "_ _");
  EXPECT_EQ(parse_series("_")->unit, std::nullopt);
}

TEST(SeriesTextTest, PromtoolsShortFormsMeanWhatTheyMeanThere) {
  EXPECT_EQ(values("1x4"), "1 1 1 1 1");
  EXPECT_EQ(values("1 _x3"), "1 _ _ _");
  EXPECT_EQ(values("-5x1 80x0"), "-5 -5 80");
}

TEST(SeriesTextTest, ARampHasOneValueMoreThanSteps) {
  EXPECT_EQ(values("80ms+10msx3"), "80ms 90ms 100ms 110ms");
  EXPECT_EQ(values("2100-100x2"), "2100 2000 1900");
  EXPECT_EQ(values("1e-3+1e-3x1"), "0.001 0.002");
  EXPECT_EQ(values("-2+1x2"), "-2 -1 0");
  EXPECT_EQ(values("7+1x0"), "7");
}

TEST(SeriesTextTest, ARampMeetsTheValuesThatAreWritten) {
  const auto ramp = parse_series("80ms+1msx60");
  for (int i = 0; i <= 60; ++i) {
    const auto written = parse_quantity(std::to_string(80 + i) + "ms");
    EXPECT_EQ(*ramp->values[static_cast<std::size_t>(i)], written->value) << i;
  }
}

TEST(SeriesTextTest, AllValuesAreInOneUnit) {
  EXPECT_EQ(parse_series("256MiB 1GiB")->unit, Unit::bytes);
  EXPECT_EQ(parse_series("0.5 80%")->unit, Unit::ratio);
  EXPECT_EQ(values("80ms 5MiB"), "5: expected durations as before, found \"5MiB\"");
  EXPECT_EQ(values("80ms+5x3"), "5: expected durations as before, found \"5\"");
}

TEST(SeriesTextTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(values(""), "0: expected values such as `80ms*960 _*144 130ms*900`");
  EXPECT_EQ(values("80ms*"), "5: expected a count after `*`, found nothing");
  EXPECT_EQ(values("1 80ms*-3"), "7: expected a count after `*`, found \"-3\"");
  EXPECT_EQ(values("80ms*0"), "5: expected a count of at least 1");
  EXPECT_EQ(values("80msx"), "5: expected a number of steps after `x`, found nothing");
  EXPECT_EQ(values("_x0"), "2: expected a count of at least 1");
  EXPECT_EQ(values("_+1x5"), "0: expected `_*COUNT`: what is missing has no step");
  EXPECT_EQ(values("1*1000001"), "2: expected a count after `*`, found \"1000001\"");
  EXPECT_EQ(values("1*600000 1*600000"), "9: expected at most 1000000 values");
  EXPECT_EQ(values("1.5h").substr(0, 3), "0: ");
  EXPECT_EQ(values("NaN").substr(0, 3), "0: ");
}

}  // namespace
}  // namespace revisitd::rules
