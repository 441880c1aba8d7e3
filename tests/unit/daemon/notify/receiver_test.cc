#include "daemon/notify/receiver.h"

#include <gtest/gtest.h>

#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using rules::EventType;

std::vector<std::string> told(const rules::Event& event, const std::vector<Route>& routes) {
  const std::vector<Receiver> receivers = {slack_receiver("a"), slack_receiver("b")};
  std::vector<std::string> names;
  for (const Receiver* receiver : receivers_of(event, receivers, routes)) {
    names.push_back(receiver->name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(RoutesTest, EveryMatchingRouteDeliversOncePerReceiver) {
  const rules::Event event = event_of(EventType::revisit_opened);
  EXPECT_EQ(told(event, {{{{"payments"}, {}, {}, {}}, "a"}, {{}, "b"}, {{}, "a"}}),
            (Names{"a", "b"}));
  EXPECT_EQ(told(event, {{{{"search"}, {}, {}, {}}, "a"}}), Names{});
}

TEST(RoutesTest, AllKeysOfAMatchMustAgree) {
  const rules::Event event = event_of(EventType::revisit_opened);
  EXPECT_EQ(told(event, {{{{"payments"}, {"checkout"}, {"python"}, {"tail-latency"}}, "a"}}),
            Names{"a"});
  EXPECT_EQ(told(event, {{{{"payments"}, {"checkout"}, {"go"}, {}}, "a"}}), Names{});
  EXPECT_EQ(told(event, {{{{}, {}, {}, {"blind", "review"}}, "a"}}), Names{});
}

TEST(RoutesTest, BlindAndReviewAreReasons) {
  const std::vector<Route> blind = {{{{}, {}, {}, {"blind"}}, "a"}};
  const std::vector<Route> review = {{{{}, {}, {}, {"review"}}, "a"}};
  EXPECT_EQ(told(event_of(EventType::trigger_blind), blind), Names{"a"});
  EXPECT_EQ(told(event_of(EventType::decision_review_due), review), Names{"a"});
  EXPECT_EQ(told(event_of(EventType::decision_review_due), blind), Names{});
}

TEST(RoutesTest, WithoutRoutesEveryReceiverIsTold) {
  EXPECT_EQ(told(event_of(EventType::revisit_opened), {}), (Names{"a", "b"}));
}

TEST(RoutesTest, TrailOnlyEventsAreNotTold) {
  EXPECT_EQ(told(event_of(EventType::revisit_acknowledged), {}), Names{});
}

TEST(RoutesTest, AnAlertmanagerHearsOfSnoozesAndNotOfReminders) {
  EXPECT_TRUE(is_told(alertmanager_receiver(), EventType::revisit_snoozed));
  EXPECT_FALSE(is_told(alertmanager_receiver(), EventType::revisit_reminder));
  EXPECT_FALSE(is_told(slack_receiver(), EventType::revisit_snoozed));
  EXPECT_TRUE(is_told(slack_receiver(), EventType::revisit_reminder));
}

TEST(RoutesTest, ReceiversMayDoWithoutGoodNews) {
  Receiver receiver = slack_receiver();
  receiver.send_resolved = false;
  EXPECT_FALSE(is_told(receiver, EventType::revisit_subsided));
  EXPECT_FALSE(is_told(receiver, EventType::trigger_sighted));
  EXPECT_TRUE(is_told(receiver, EventType::revisit_concluded));
}

}  // namespace
}  // namespace revisitd::daemon::notify
