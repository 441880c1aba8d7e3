#include "collectors/retry_after.h"

#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const TimePoint kNow = *parse_time("1994-11-06T08:49:00Z");

TEST(RetryAfterTest, ReadsSecondsAndDates) {
  EXPECT_EQ(parse_retry_after("2", kNow), seconds(2));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow), seconds(37));
}

TEST(RetryAfterTest, StaysBetweenASecondAndAnHour) {
  EXPECT_EQ(parse_retry_after("0", kNow), seconds(1));
  EXPECT_EQ(parse_retry_after("1000000000", kNow), hours(1));
  EXPECT_EQ(parse_retry_after("99999999999999999999", kNow), hours(1));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1983 08:49:37 GMT", kNow), seconds(1));
}

TEST(RetryAfterTest, RefusesEverythingElse) {
  for (const char* text : {"", "-1", "soon", "1.5", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_retry_after(text, kNow)) << text;
  }
}

}  // namespace
}  // namespace revisitd::collectors
