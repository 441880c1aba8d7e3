#include "daemon/notify/alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/daemon/notify/golden.h"
#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using Json = nlohmann::ordered_json;
using rules::EventType;
using testing::Contains;
using testing::Key;
using testing::Not;

const LinkOptions kLinks{"https://revisit.example.org", ""};
const MessageOptions kOptions{kLinks};

// Both pairs as a real Alertmanager printed them.
TEST(AlertTest, FingerprintsAreTheAlertmanagersOwn) {
  EXPECT_EQ(
      fingerprint(
          {{"alertname", "DecisionRevisitDue"}, {"service", "checkout"}, {"severity", "info"}}),
      "0e4954c27f12e2fc");
  EXPECT_EQ(fingerprint({{"alertname", "TargetDown"},
                         {"cluster", "demo"},
                         {"instance", "127.0.0.1:9100"},
                         {"job", "node"},
                         {"severity", "page"}}),
            "68dc8963e217755d");
}

TEST(AlertTest, OpenedRevisitFiresWithoutAnEnd) {
  const Alert alert = event_alert(event_of(EventType::revisit_opened), kLinks);
  EXPECT_FALSE(alert.resolved);
  EXPECT_EQ(alert.ends_at, std::nullopt);
  EXPECT_EQ(alert.labels.at("alertname"), "RevisitDecision");
  EXPECT_EQ(alert.labels.at("severity"), "warning");
  expect_golden_json("alertmanager-opened.json", alertmanager_body({alert}));
}

TEST(AlertTest, EndsWhenTheRevisitSubsidesIsSnoozedConcludedOrWithdrawn) {
  const TimePoint at = time_of("2026-05-13T10:00:00Z");
  for (const EventType type : {EventType::revisit_subsided, EventType::revisit_snoozed,
                               EventType::revisit_concluded, EventType::revisit_withdrawn}) {
    const Alert alert = event_alert(event_of(type, at), kLinks);
    EXPECT_TRUE(alert.resolved);
    EXPECT_EQ(alert.ends_at, at);
    EXPECT_EQ(fingerprint(alert.labels),
              fingerprint(event_alert(event_of(EventType::revisit_opened), kLinks).labels));
  }
}

TEST(AlertTest, NeverEndsBeforeItStarts) {
  const Alert alert =
      event_alert(event_of(EventType::revisit_withdrawn, time_of("2020-01-01")), kLinks);
  EXPECT_EQ(alert.ends_at, alert.starts_at);
}

TEST(AlertTest, BlindTriggersAreInformation) {
  const Alert alert = event_alert(event_of(EventType::trigger_blind), kLinks);
  EXPECT_EQ(alert.labels.at("severity"), "info");
  EXPECT_EQ(alert.labels.at("alertname"), "RevisitTriggerBlind");
  EXPECT_EQ(alert.labels.at("trigger"), "tail-latency");
}

TEST(AlertTest, EmptyLabelValuesAreNotSent) {
  rules::Revisit revisit = checkout_revisit();
  revisit.favours = "";
  revisit.team = " \n";
  const Alert alert = revisit_alert(revisit, kLinks);
  EXPECT_THAT(alert.labels, Not(Contains(Key("favours"))));
  EXPECT_THAT(alert.labels, Not(Contains(Key("team"))));
}

TEST(AlertTest, WebhookBodyHasTheAlertmanagersKeys) {
  const std::string body = alertmanager_v4_body(
      "platform-hook",
      {event_alert(event_of(EventType::revisit_subsided, time_of("2026-05-13T10:00:00Z")), kLinks),
       event_alert(opening_of("search", time_of("2026-05-13T10:00:00Z")), kLinks)},
      kLinks);
  expect_golden_json("alertmanager-v4.json", body);
  const Json json = Json::parse(body);
  EXPECT_EQ(json["status"], "firing");
  EXPECT_EQ(json["groupKey"], "{}:{alertname=\"RevisitDecision\"}");
  EXPECT_FALSE(json["commonLabels"].contains("service"));
}

TEST(AlertTest, WebhookBodyOfResolvedAlertsIsResolved) {
  const std::string body = alertmanager_v4_body(
      "hook", {event_alert(event_of(EventType::revisit_concluded), kLinks)}, kLinks);
  EXPECT_EQ(Json::parse(body)["status"], "resolved");
}

rules::DecisionState standing(rules::RevisitState state) {
  auto decision = std::make_shared<rules::Decision>();
  decision->service = "checkout";
  decision->team = "payments";
  decision->language = "python";
  rules::DecisionState result;
  result.service = "checkout";
  result.decision = std::move(decision);
  result.revisit = checkout_revisit();
  result.revisit->state = state;
  return result;
}

std::vector<Alert> active(const rules::DecisionState& state) {
  std::vector<Alert> alerts;
  for (const rules::Event& event : active_events({{"checkout", state}}, time_of("2026-05-12"))) {
    alerts.push_back(kept_alive(event, kLinks, time_of("2026-05-12T07:00:00Z")));
  }
  return alerts;
}

TEST(ActiveAlertsTest, OpenAndAcknowledgedRevisitsStand) {
  const auto alerts = active(standing(rules::RevisitState::open));
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].ends_at, time_of("2026-05-12T07:00:00Z"));
  EXPECT_EQ(alerts[0].labels, event_alert(event_of(EventType::revisit_opened), kLinks).labels);
  EXPECT_EQ(active(standing(rules::RevisitState::acknowledged)).size(), 1U);
}

TEST(ActiveAlertsTest, SnoozedAndSubsidedRevisitsDoNot) {
  EXPECT_TRUE(active(standing(rules::RevisitState::snoozed)).empty());
  EXPECT_TRUE(active(standing(rules::RevisitState::subsided)).empty());
}

TEST(ActiveAlertsTest, ToldBlindnessAndReviewDatesStand) {
  rules::DecisionState state = standing(rules::RevisitState::open);
  state.revisit.reset();
  state.triggers["tail-latency"].blind_told = true;
  state.review_due_told = time_of("2026-05-04");
  const auto alerts = active(state);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts[0].labels, event_alert(event_of(EventType::trigger_blind), kLinks).labels);
  EXPECT_EQ(alerts[1].labels, event_alert(event_of(EventType::decision_review_due), kLinks).labels);
}

TEST(WebhookBodyTest, OpenedRevisitInOurOwnShape) {
  expect_golden_json("webhook-opened.json",
                     event_body(webhook_receiver(), event_of(EventType::revisit_opened), kOptions));
}

TEST(WebhookBodyTest, AssessmentStandsWhereItIsGiven) {
  rules::Event event = event_of(EventType::revisit_opened);
  event.revisit->assessment = {"leans go by 0.2", R"({"result":"leans","leans":"go"})"};
  const Json body = Json::parse(event_body(webhook_receiver(), event, kOptions));
  EXPECT_EQ(body["data"]["assessment"], (Json{{"result", "leans"}, {"leans", "go"}}));
}

TEST(WebhookBodyTest, BlindTriggerInOurOwnShape) {
  expect_golden_json("webhook-blind.json",
                     event_body(webhook_receiver(), event_of(EventType::trigger_blind), kOptions));
}

TEST(WebhookBodyTest, DigestNamesEveryRevisit) {
  const rules::Revisit known = checkout_revisit();
  const std::vector<DigestMember> members = {{known.id, known.service, &known},
                                             {"search-20260512T061000Z", "search", nullptr}};
  const TimePoint at = time_of("2026-05-12T06:11:00Z");
  expect_golden_json("webhook-digest.json", digest_body(webhook_receiver(), members, at, kOptions));
  const Json alerts = Json::parse(digest_body(alertmanager_receiver(), members, at, kOptions));
  EXPECT_EQ(alerts[0]["labels"]["revisit"], known.id);
  EXPECT_EQ(alerts[1]["labels"]["revisit"], "search-20260512T061000Z");
}

TEST(WebhookBodyTest, BytesThatAreNoTextDoNotKeepAMessageBack) {
  rules::Event event = event_of(EventType::revisit_opened);
  event.revisit->title = "\xff\xfe";
  EXPECT_NO_THROW(event_body(webhook_receiver(), event, kOptions));
  event.revisit->team = "\xc3";
  EXPECT_NO_THROW(event_body(alertmanager_receiver(), event, kOptions));
}

TEST(WebhookBodyTest, TestMessagesOfEveryKind) {
  const TimePoint at = time_of("2026-05-12T06:11:00Z");
  EXPECT_EQ(Json::parse(test_body(webhook_receiver(), at, kOptions))["type"], "test");
  EXPECT_EQ(Json::parse(test_body(webhook_receiver(WebhookFormat::alertmanager_v4), at,
                                  kOptions))["version"],
            "4");
  EXPECT_EQ(Json::parse(test_body(alertmanager_receiver(), at, kOptions))[0]["labels"]["alertname"],
            "RevisitTest");
}

}  // namespace
}  // namespace revisitd::daemon::notify
