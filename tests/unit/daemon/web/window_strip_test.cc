#include "daemon/web/window_strip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::daemon::web {
namespace {

using rules::SlotLedger;
using testing::HasSubstr;
using testing::Not;

std::string strip(std::string_view ledger) {
  return draw_window_strip(*SlotLedger::decode(ledger), std::chrono::minutes(10)).str();
}

TEST(WindowStripTest, StatesStandInTheirOrderWithTheirOwnHeights) {
  const std::string svg = strip("4@3:b1o1i1.1");
  EXPECT_THAT(svg, HasSubstr(R"(<rect class="s-breach" x="0" y="0" width="60" height="28"/>)"));
  EXPECT_THAT(svg, HasSubstr(R"(<rect class="s-ok" x="60" y="17.92" width="60" height="10.08"/>)"));
  EXPECT_THAT(svg,
              HasSubstr(R"(<rect class="s-idle" x="120" y="24.64" width="60" height="3.36"/>)"));
  EXPECT_THAT(svg, Not(HasSubstr("x=\"180\"")));
  EXPECT_THAT(svg, HasSubstr("4 slots of 10m: 1 breach, 1 ok, 1 idle, 1 blind"));
}

TEST(WindowStripTest, OneBreachAmongThousandsStillShows) {
  EXPECT_THAT(strip("2016@2015:o1000b1o1015"), HasSubstr("s-breach"));
}

TEST(WindowStripTest, ANewTriggerIsAnEmptyStrip) {
  EXPECT_THAT(strip("9@-"), Not(HasSubstr("<rect")));
}

}  // namespace
}  // namespace revisitd::daemon::web
