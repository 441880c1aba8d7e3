#include "daemon/notify/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/notify/signature.h"
#include "tests/unit/daemon/notify/outbox_rig.h"
#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using collectors::FetchFailure;
using rules::EventType;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::DeliveryState;
using testing::HasSubstr;
using testing::Not;

constexpr DeliveryState kPending = DeliveryState::pending;
constexpr DeliveryState kDelivered = DeliveryState::delivered;
constexpr DeliveryState kDead = DeliveryState::dead;

// One webhook receiver, started, with the opening of checkout told.
class OutboxTest : public testing::Test {
 protected:
  OutboxTest() : rig({webhook_receiver()}) { rig.start(); }
  void open() { rig.tell({event_of(EventType::revisit_opened, rig.now)}); }
  void conclude() { rig.tell({event_of(EventType::revisit_concluded, rig.now)}); }
  OutboxRig rig;
};

TEST_F(OutboxTest, NothingIsSentBeforeItIsSettledAndThenOnce) {
  open();
  rig.advance(seconds(29));
  EXPECT_TRUE(rig.http.sent.empty());
  rig.advance(seconds(60));
  ASSERT_EQ(rig.http.sent.size(), 1U);
  EXPECT_EQ(rig.row("revisit.opened").state, kDelivered);
  EXPECT_EQ(rig.row("revisit.opened").attempts, 1);
  EXPECT_EQ(rig.counters().delivered, 1U);
}

TEST_F(OutboxTest, NothingIsSentBeforeItIsCommitted) {
  rig.options.plan.settle = seconds(0);
  rig.crash();
  rig.start();
  const auto planned = rig.outbox->plan({event_of(EventType::revisit_concluded)});
  rig.advance(minutes(5));
  EXPECT_TRUE(rig.http.sent.empty());
  rig.outbox->accept(planned);
  rig.run();
  EXPECT_EQ(rig.http.sent.size(), 1U);
}

TEST_F(OutboxTest, ARowThatIsBeingReplacedIsNotSentUntilThatIsCommitted) {
  open();
  const std::string old = rig.row("revisit.opened").body;
  const auto planned =
      rig.outbox->plan({event_of(EventType::revisit_worsened, rig.now + seconds(1))});
  rig.advance(seconds(40));
  EXPECT_TRUE(rig.http.sent.empty());
  rig.outbox->drop(planned);
  rig.run();
  ASSERT_EQ(rig.http.sent.size(), 1U);
  EXPECT_EQ(rig.http.sent[0].body, old);
}

// One webhook receiver that is told at once, over a disk that is full from the first outcome on.
class OutboxReloadTest : public testing::Test {
 protected:
  OutboxReloadTest() : rig({webhook_receiver()}) {
    rig.options.plan.settle = seconds(0);
    rig.start();
    rig.full_disk = true;
  }
  OutboxRig rig;
};

TEST_F(OutboxReloadTest, AnOutcomeThatIsNotDurableYetCounts) {
  rig.tell({event_of(EventType::revisit_concluded, rig.now)});
  ASSERT_EQ(rig.http.sent.size(), 1U);
  for (int i = 0; i < 3; ++i) {
    rig.reload();
    rig.advance(minutes(1));
  }
  EXPECT_EQ(rig.http.sent.size(), 1U);
  EXPECT_TRUE(rig.outbox->pending().empty());
  EXPECT_EQ(rig.row("revisit.concluded").state, kPending);
  rig.make_space();
  EXPECT_EQ(rig.row("revisit.concluded").state, kDelivered);
}

TEST_F(OutboxReloadTest, AFailureThatIsNotDurableYetIsWaitedOut) {
  rig.http.answer("hook", 429, "", "120");
  rig.tell({event_of(EventType::revisit_concluded, rig.now)});
  rig.reload();
  rig.advance(minutes(1));
  EXPECT_EQ(rig.http.sent.size(), 1U);
  rig.make_space();
  rig.advance(minutes(2));
  EXPECT_EQ(rig.http.sent.size(), 2U);
  EXPECT_EQ(rig.row("revisit.concluded").state, kDelivered);
}

TEST_F(OutboxReloadTest, ARowThatIsBeingReplacedWaitsOn) {
  rig.options.plan.settle = seconds(30);
  rig.reload();
  rig.tell({event_of(EventType::revisit_opened, rig.now)});
  const auto planned =
      rig.outbox->plan({event_of(EventType::revisit_worsened, rig.now + seconds(1))});
  rig.reload();
  rig.advance(minutes(1));
  EXPECT_TRUE(rig.http.sent.empty()) << "the text that is being replaced";
  rig.make_space();
  rig.outbox->accept(planned);
  rig.run();
  ASSERT_EQ(rig.http.sent.size(), 1U);
  EXPECT_EQ(rig.http.sent[0].body, planned[0].body);
}

TEST_F(OutboxReloadTest, ARowWhoseReceiverWentMeanwhileIsADeadLetter) {
  const auto planned = rig.outbox->plan({event_of(EventType::revisit_concluded, rig.now)});
  rig.options.recipients.receivers.clear();
  rig.reload();
  rig.make_space();
  rig.outbox->accept(planned);
  rig.run();
  EXPECT_EQ(rig.row("revisit.concluded").state, kDead);
  EXPECT_THAT(rig.row("revisit.concluded").last_error, HasSubstr("no longer configured"));
}

TEST_F(OutboxTest, EveryAttemptHasTheSameIdAndBytesAndAFreshSignature) {
  rig.options.recipients.receivers[0].webhook.signing_keys = {{Secret("whsec_aGVsbG8="), ""}};
  rig.crash();
  rig.start();
  rig.http.answer("hook", 503);
  conclude();
  rig.advance(seconds(5));
  ASSERT_EQ(rig.http.sent.size(), 2U);
  EXPECT_EQ(rig.http.sent[0].body, rig.http.sent[1].body);
  EXPECT_EQ(rig.header(0, "webhook-id"), rig.row("revisit.concluded").id);
  EXPECT_EQ(rig.header(0, "webhook-id"), rig.header(1, "webhook-id"));
  EXPECT_NE(rig.header(0, "webhook-timestamp"), rig.header(1, "webhook-timestamp"));
  const TimePoint signed_at(seconds(std::stoll(rig.header(1, "webhook-timestamp"))));
  EXPECT_EQ(rig.header(1, "webhook-signature"),
            webhook_signature({Secret("hello")}, rig.header(1, "webhook-id"), signed_at,
                              rig.http.sent[1].body));
}

TEST_F(OutboxTest, WaitsGrowWhileAReceiverFails) {
  for (int i = 0; i < 6; ++i) rig.http.fail("hook", FetchFailure::connect);
  const TimePoint start = rig.now;
  conclude();
  rig.advance(seconds(22));
  // 1, 2, 4, 8 and 16 seconds, each up to a quarter less.
  EXPECT_EQ(rig.http.sent.size(), 5U);
  EXPECT_TRUE(rig.counters().failing);
  EXPECT_THAT(rig.row("revisit.concluded").last_error, HasSubstr("connect"));
  rig.advance(minutes(2));
  EXPECT_EQ(rig.row("revisit.concluded").state, kDelivered);
  EXPECT_EQ(rig.row("revisit.concluded").attempts, 7);
  EXPECT_EQ(rig.row("revisit.concluded").created, start);
  EXPECT_EQ(rig.counters().last_error, "");
}

TEST_F(OutboxTest, AfterSevenDaysOfFailuresItIsADeadLetter) {
  rig.options.limits.give_up = hours(2);  // the same rule in less time
  rig.crash();
  rig.start();
  for (int i = 0; i < 100; ++i) rig.http.answer("hook", 500, "boom");
  conclude();
  rig.advance(hours(2) - minutes(20), seconds(30));
  EXPECT_EQ(rig.rows(kPending).size(), 1U);
  rig.advance(minutes(40), seconds(30));
  EXPECT_EQ(rig.row("revisit.concluded").state, kDead);
  EXPECT_EQ(rig.row("revisit.concluded").last_error, "gave up after 2h: HTTP 500: boom");
  EXPECT_EQ(rig.counters().dead, 1U);
  EXPECT_EQ(rig.notes.back().kind, OutboxNote::Kind::dead);
}

TEST_F(OutboxTest, AClockThatJumpsAheadGivesNothingUp) {
  for (int i = 0; i < 3; ++i) rig.http.answer("hook", 500, "boom");
  conclude();
  rig.advance(hours(24 * 30), hours(24 * 30));
  EXPECT_EQ(rig.row("revisit.concluded").state, kPending);
  rig.advance(minutes(1));
  EXPECT_EQ(rig.row("revisit.concluded").state, kDelivered);
  EXPECT_EQ(rig.counters().dead, 0U);
}

TEST_F(OutboxTest, RejectionsAreDeadLettersAtOnceAndCanBeRequeued) {
  rig.http.answer("hook", 410, "gone");
  conclude();
  ASSERT_EQ(rig.row("revisit.concluded").state, kDead);
  EXPECT_EQ(rig.row("revisit.concluded").last_error, "HTTP 410: gone");
  ASSERT_FALSE(rig.notes.empty());
  EXPECT_EQ(rig.notes.back().message, "HTTP 410: gone");

  const auto again = requeued(rig.rows(kDead), rig.row("revisit.concluded").id, rig.now);
  rig.outbox->accept(again);
  rig.advance(seconds(2));
  EXPECT_EQ(rig.row("revisit.concluded").state, kDelivered);
  EXPECT_EQ(rig.header(0, "webhook-id"), rig.header(1, "webhook-id"));
}

TEST_F(OutboxTest, ARateLimitIsKeptForTheWholeReceiverAndCountsAsNoAttempt) {
  rig.http.answer("hook", 429, "", "60");
  conclude();
  EXPECT_EQ(rig.row("revisit.concluded").attempts, 0);
  rig.tell({event_of(EventType::trigger_blind, rig.now)});
  rig.advance(seconds(59));
  EXPECT_EQ(rig.http.sent.size(), 1U);
  rig.advance(seconds(3));
  EXPECT_EQ(rig.http.sent.size(), 3U);
  EXPECT_EQ(rig.row("revisit.concluded").attempts, 1);
  EXPECT_EQ(rig.counters().rate_limited, 1U);
}

TEST_F(OutboxTest, AtMostOneMessageASecond) {
  for (int i = 0; i < 20; ++i) {
    rules::Event event = opening_of("service-" + std::to_string(i), rig.now);
    event.type = EventType::revisit_concluded;
    rig.tell({event});
  }
  EXPECT_EQ(rig.http.sent.size(), 1U);
  rig.advance(seconds(9), Duration(100));
  EXPECT_EQ(rig.http.sent.size(), 10U);
}

TEST_F(OutboxTest, RowsOfOneRevisitKeepTheirOrderAndOthersPass) {
  rig.http.answer("hook", 500);
  rig.http.answer("hook", 200);
  rig.tell({event_of(EventType::revisit_reminder, rig.now)});
  conclude();
  rules::Event other = opening_of("search", rig.now);
  other.type = EventType::revisit_concluded;
  rig.tell({other});
  rig.advance(seconds(10));
  std::vector<std::string> types;
  for (const auto& request : rig.http.sent) {
    const auto body = nlohmann::json::parse(request.body);
    types.push_back(body["data"]["service"].get<std::string>() + " " +
                    body["type"].get<std::string>());
  }
  const auto at = [&](const std::string& type) {
    return std::find(types.rbegin(), types.rend(), type) - types.rbegin();
  };
  ASSERT_EQ(types.size(), 4U);
  EXPECT_GT(at("checkout revisit.reminder"), at("checkout revisit.concluded"));
  EXPECT_TRUE(rig.rows(kPending).empty());
}

TEST_F(OutboxTest, ACrashBetweenSendingAndCommittingSendsTheSameAgain) {
  rig.failing_commits = 1000;
  conclude();
  ASSERT_EQ(rig.http.sent.size(), 1U);
  EXPECT_EQ(rig.rows(kPending).size(), 1U);
  rig.crash();
  rig.failing_commits = 0;
  rig.now += minutes(1);
  rig.start();
  ASSERT_EQ(rig.http.sent.size(), 2U);
  EXPECT_EQ(rig.header(0, "webhook-id"), rig.header(1, "webhook-id"));
  EXPECT_EQ(rig.http.sent[0].body, rig.http.sent[1].body);
  EXPECT_EQ(rig.rows(kDelivered).size(), 1U);
}

TEST_F(OutboxTest, AnOutcomeThatCannotBeCommittedIsTriedAgainWithoutSendingAgain) {
  rig.failing_commits = 3;
  conclude();
  EXPECT_EQ(rig.rows(kPending).size(), 1U);
  rig.advance(seconds(10));
  EXPECT_EQ(rig.http.sent.size(), 1U);
  EXPECT_EQ(rig.rows(kDelivered).size(), 1U);
  EXPECT_EQ(rig.counters().commits_failed, 3U);
}

TEST_F(OutboxTest, WaitingRowsSurviveARestart) {
  open();
  rig.crash();
  rig.start();
  rig.advance(seconds(29));
  EXPECT_TRUE(rig.http.sent.empty());
  rig.advance(seconds(2));
  EXPECT_EQ(rig.rows(kDelivered).size(), 1U);
}

TEST_F(OutboxTest, StoppingLetsWhatIsUnderWayFinish) {
  conclude();
  rig.tell({event_of(EventType::trigger_blind, rig.now)});
  rig.stop();
  EXPECT_EQ(rig.http.sent.size(), 1U);
  EXPECT_EQ(rig.rows(kDelivered).size(), 1U);
  EXPECT_EQ(rig.rows(kPending).size(), 1U);
}

TEST_F(OutboxTest, StoppingCallsOffWhatHangsAndLeavesItPending) {
  rig.http.hang("hook");
  conclude();
  rig.stop(Duration(1));
  EXPECT_EQ(rig.rows(kPending).size(), 1U);
  EXPECT_EQ(rig.row("revisit.concluded").attempts, 0);
  rig.http.unhang();
  rig.crash();
  rig.start();
  EXPECT_EQ(rig.rows(kDelivered).size(), 1U);
}

TEST_F(OutboxTest, AClockThatIsSetBackHoldsNothingUp) {
  open();
  rig.advance(seconds(5));
  rig.now -= hours(30 * 24);
  rig.advance(seconds(2));
  EXPECT_EQ(rig.rows(kDelivered).size(), 1U);
}

TEST_F(OutboxTest, RowsOfAReceiverThatIsGoneBecomeDeadLetters) {
  open();
  rig.crash();
  rig.options.recipients.receivers = {webhook_receiver(WebhookFormat::native, "another")};
  rig.start();
  EXPECT_EQ(rig.row("revisit.opened").state, kDead);
  EXPECT_EQ(rig.row("revisit.opened").last_error, "receiver platform-hook is no longer configured");
}

TEST(OutboxIsolationTest, ADeadReceiverDelaysNoOther) {
  OutboxRig rig({slack_receiver("dead"), webhook_receiver(WebhookFormat::native, "alive")});
  rig.http.hang("services");
  rig.start();
  rig.tell({event_of(EventType::revisit_concluded)});
  rig.tell({event_of(EventType::decision_review_due)});
  rig.advance(seconds(2));
  EXPECT_EQ(rig.counters(0).delivered, 0U);
  EXPECT_EQ(rig.counters(1).delivered, 2U);
}

TEST(OutboxIsolationTest, ADeadReceiverIsAskedEverLessOftenHoweverMuchWaits) {
  OutboxRig rig({webhook_receiver()});
  for (int i = 0; i < 10'000; ++i) rig.http.fail("hook", FetchFailure::timeout);
  rig.start();
  for (int i = 0; i < 40; ++i) {
    rules::Event event = opening_of("service-" + std::to_string(i), rig.now);
    event.type = EventType::revisit_concluded;
    rig.tell({event});
  }
  rig.advance(hours(1));
  EXPECT_LT(rig.http.sent.size(), 20U);
  EXPECT_EQ(rig.counters().pending, 40U);
}

TEST(OutboxSecretTest, NoSecretStandsInErrorsOrRows) {
  Receiver receiver = slack_receiver();
  OutboxRig rig({receiver});
  const std::string path = "/services/T0/B0/canary-secret";
  rig.http.answer("canary", 404, "no such path " + path);
  rig.http.answer("canary", 302, "");
  rig.http.fail("canary", FetchFailure::connect);  // its message names the part
  rig.start();
  for (int i = 0; i < 3; ++i) {
    rules::Event event = opening_of("service-" + std::to_string(i), rig.now);
    event.type = EventType::revisit_concluded;
    rig.tell({event});
  }
  rig.advance(seconds(3));
  for (const OutboxNote& note : rig.notes)
    EXPECT_THAT(note.message, Not(HasSubstr("canary-secret")));
  for (const auto& [id, row] : rig.stored) {
    EXPECT_THAT(row.last_error, Not(HasSubstr("canary-secret")));
    EXPECT_THAT(row.body, Not(HasSubstr("canary")));
  }
  EXPECT_THAT(rig.notes.at(0).message, HasSubstr("<secret>"));
}

TEST(OutboxSecretTest, AMissingSecretFileIsRetried) {
  Receiver receiver = slack_receiver();
  receiver.slack.api_url = {{}, "/nonexistent/slack.url"};
  OutboxRig rig({receiver});
  rig.start();
  rig.tell({event_of(EventType::revisit_concluded)});
  rig.advance(seconds(1));
  EXPECT_TRUE(rig.http.sent.empty());
  EXPECT_EQ(rig.rows(kPending).size(), 1U);
  EXPECT_THAT(rig.row("revisit.concluded").last_error, HasSubstr("/nonexistent/slack.url"));
}

TEST(OutboxRequestTest, CarriesCredentialsAndConfiguredHeaders) {
  Receiver receiver = webhook_receiver();
  receiver.webhook.headers = {{"X-Team", Secret("platform")}};
  receiver.webhook.auth.username = "user";
  receiver.webhook.auth.password.inline_value = Secret("pass");
  receiver.webhook.signing_keys = {{Secret("new"), ""}, {Secret("old"), ""}};
  OutboxRig rig({receiver});
  rig.start();
  rig.tell({event_of(EventType::revisit_concluded)});
  ASSERT_EQ(rig.http.sent.size(), 1U);
  EXPECT_EQ(rig.header(0, "Authorization"), "Basic dXNlcjpwYXNz");
  EXPECT_EQ(rig.header(0, "X-Team"), "platform");
  EXPECT_EQ(rig.header(0, "Content-Type"), "application/json");
  EXPECT_THAT(rig.header(0, "webhook-signature"), testing::ContainsRegex("^v1,[^ ]+ v1,[^ ]+$"));
  EXPECT_EQ(rig.http.sent[0].timeout, seconds(15));
  EXPECT_EQ(rig.http.sent[0].max_body_bytes, 65'536U);
}

}  // namespace
}  // namespace revisitd::daemon::notify
