#include "rules/lifecycle.h"

#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

using std::chrono::hours;

constexpr TimePoint kStart = from_millis(1'777'000'000'000);
constexpr Duration kDay = hours(24);

ReminderPlan plan() { return {{7 * kDay, 14 * kDay}, 30 * kDay}; }

TriggerEvidence evidence(const std::string& name) {
  TriggerEvidence e;
  e.name = name;
  e.favours = "go";
  return e;
}

Revisit opened() {
  Revisit r;
  r.id = revisit_id("checkout", kStart);
  r.service = "checkout";
  r.since = kStart;
  add_evidence(r, evidence("tail"), kStart);
  return r;
}

TEST(RevisitLifecycleTest, RemindersComeAfterAWeekTwoAndThenMonthly) {
  EXPECT_EQ(next_reminder(plan(), kStart, kStart), kStart + 7 * kDay);
  EXPECT_EQ(next_reminder(plan(), kStart, kStart + 7 * kDay), kStart + 14 * kDay);
  EXPECT_EQ(next_reminder(plan(), kStart, kStart + 14 * kDay), kStart + 44 * kDay);
  EXPECT_EQ(next_reminder(plan(), kStart, kStart + 44 * kDay), kStart + 74 * kDay);
}

TEST(RevisitLifecycleTest, RemindersMissedWhileDownAreNotCaughtUp) {
  EXPECT_EQ(next_reminder(plan(), kStart, kStart + 100 * kDay), kStart + 104 * kDay);
}

TEST(RevisitLifecycleTest, TheIdentityIsStableAndSafeInAUrl) {
  EXPECT_EQ(revisit_id("checkout", from_millis(1'777'000'000'000)), "checkout-20260424T030640Z");
  EXPECT_EQ(revisit_id("checkout", from_millis(1'777'000'000'123)), "checkout-20260424T030640123Z");
}

TEST(RevisitLifecycleTest, TheSameTriggerAgainReplacesItsEvidence) {
  Revisit r = opened();
  add_evidence(r, evidence("density"), kStart + kDay);
  add_evidence(r, evidence("tail"), kStart + 2 * kDay);
  ASSERT_EQ(r.triggers.size(), 2u);
  EXPECT_EQ(r.triggers[0].name, "tail");
  EXPECT_EQ(r.since, kStart);
  EXPECT_EQ(r.transitions, 3);
}

TEST(RevisitLifecycleTest, ReopeningTakesTheAcknowledgementAway) {
  Revisit r = opened();
  acknowledge(r, {"ana", "", kStart + kDay});
  EXPECT_EQ(r.state, RevisitState::acknowledged);
  subside(r, kStart + 2 * kDay);
  EXPECT_EQ(r.state, RevisitState::subsided);
  add_evidence(r, evidence("tail"), kStart + 3 * kDay);
  EXPECT_EQ(r.state, RevisitState::open);
  EXPECT_FALSE(r.acknowledgement);
}

TEST(RevisitLifecycleTest, WorseningKeepsWhoTookIt) {
  Revisit r = opened();
  acknowledge(r, {"ana", "", kStart + kDay});
  add_evidence(r, evidence("density"), kStart + 2 * kDay);
  EXPECT_EQ(r.state, RevisitState::acknowledged);
  EXPECT_EQ(r.acknowledgement->by, "ana");
}

TEST(RevisitLifecycleTest, ASnoozeEndsOpenAndRemindsLater) {
  Revisit r = opened();
  snooze(r, {"ana", "sale week", kStart, kStart + 20 * kDay, {}, {}, false});
  EXPECT_EQ(r.state, RevisitState::snoozed);
  end_snooze(r, plan(), kStart + 20 * kDay);
  EXPECT_EQ(r.state, RevisitState::open);
  EXPECT_FALSE(r.snooze);
  EXPECT_EQ(r.next_reminder, kStart + 44 * kDay);
}

TEST(RevisitLifecycleTest, AShortSnoozeIsAnnouncedLateNotAtOnce) {
  EXPECT_EQ(snooze_notice({"", "", kStart, kStart + 30 * kDay, {}, {}, false}, kDay), kDay);
  EXPECT_EQ(snooze_notice({"", "", kStart, kStart + hours(10), {}, {}, false}, kDay), hours(1));
}

TEST(RevisitLifecycleTest, FinalStatesAreFinal) {
  EXPECT_TRUE(is_final(RevisitState::concluded));
  EXPECT_TRUE(is_final(RevisitState::withdrawn));
  EXPECT_FALSE(is_final(RevisitState::subsided));
}

}  // namespace
}  // namespace revisitd::rules
