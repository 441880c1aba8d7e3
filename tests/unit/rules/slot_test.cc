#include "rules/slot.h"

#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

TEST(AbsenceTest, EveryReasonHasItsWord) {
  EXPECT_STREQ(absence_name(Absence::no_target), "no-target");
  EXPECT_STREQ(absence_name(Absence::no_data), "no-data");
  EXPECT_STREQ(absence_name(Absence::not_finite), "not-finite");
  EXPECT_STREQ(absence_name(Absence::stale), "stale");
  EXPECT_STREQ(absence_name(Absence::ambiguous), "ambiguous");
  EXPECT_STREQ(absence_name(Absence::partial), "partial");
  EXPECT_STREQ(absence_name(Absence::failed), "failed");
  EXPECT_STREQ(absence_name(Absence::down), "down");
}

TEST(SlotValueTest, OnlyAnIntervalIsInexact) {
  EXPECT_TRUE(SlotValue::exact(2).is_exact());
  EXPECT_FALSE((SlotValue{0.08, 0.05, 0.1}).is_exact());
}

}  // namespace
}  // namespace revisitd::rules
