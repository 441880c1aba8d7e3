#include "daemon/server_pauses.h"

#include <gtest/gtest.h>

#include <chrono>

namespace revisitd::daemon {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kNow = from_millis(1'780'000'000'000);

TEST(ServerPausesTest, GrowToFiveMinutesUntilTheServerAnswers) {
  ServerPauses pauses;
  EXPECT_EQ(pauses.resume("main", kNow), TimePoint{});
  for (const auto length : {5, 10, 20, 40, 80, 160, 300, 300}) {
    pauses.failed("main", "refused", kNow);
    EXPECT_EQ(pauses.resume("main", kNow), kNow + seconds(length));
  }
  EXPECT_EQ(pauses.problem("main"), "refused");
  EXPECT_EQ(pauses.resume("other", kNow), TimePoint{});
  pauses.answered("main");
  EXPECT_EQ(pauses.resume("main", kNow), TimePoint{});
  EXPECT_EQ(pauses.problem("main"), "");
  pauses.failed("main", "refused", kNow);
  EXPECT_EQ(pauses.resume("main", kNow), kNow + seconds(5));
}

// Else a server that failed while the clock stood a year ahead would be left alone for a year.
TEST(ServerPausesTest, AClockThatIsSetBackEndsThem) {
  ServerPauses pauses;
  pauses.failed("main", "refused", kNow + hours(24 * 365));
  EXPECT_EQ(pauses.resume("main", kNow), TimePoint{});
  pauses.failed("main", "refused", kNow);
  EXPECT_EQ(pauses.resume("main", kNow), kNow + seconds(10));
  EXPECT_EQ(pauses.resume("main", kNow + minutes(1)), kNow + seconds(10));
}

}  // namespace
}  // namespace revisitd::daemon
