#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/notify/outbox.h"
#include "tests/unit/daemon/notify/outbox_rig.h"
#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using collectors::FetchFailure;
using rules::EventType;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::DeliveryState;

constexpr DeliveryState kDelivered = DeliveryState::delivered;

class KeepAliveTest : public testing::Test {
 protected:
  KeepAliveTest() : rig({alertmanager()}) { rig.standing = {event_of(EventType::revisit_opened)}; }
  static Receiver alertmanager() {
    Receiver receiver = alertmanager_receiver();
    receiver.alertmanager.urls = {"http://127.0.0.1:1/am", "http://127.0.0.1:2"};
    return receiver;
  }
  OutboxRig rig;
};

TEST_F(KeepAliveTest, EveryUrlIsToldEveryMinuteOfWhatStands) {
  rig.start();
  ASSERT_EQ(rig.http.sent.size(), 2U);
  EXPECT_EQ(rig.http.sent[0].url, "http://127.0.0.1:1/am/api/v2/alerts");
  const auto alerts = nlohmann::json::parse(rig.http.sent[1].body);
  EXPECT_EQ(alerts[0]["endsAt"], "2026-05-12T06:14:00Z");
  rig.advance(seconds(59));
  EXPECT_EQ(rig.http.sent.size(), 2U);
  rig.advance(seconds(1));
  EXPECT_EQ(rig.http.sent.size(), 4U);
}

TEST_F(KeepAliveTest, NothingStandingIsNotPosted) {
  rig.standing.clear();
  rig.start();
  rig.advance(minutes(3), seconds(10));
  EXPECT_TRUE(rig.http.sent.empty());
}

TEST_F(KeepAliveTest, WhatTheDaemonSaysOfItselfStandsToo) {
  rig.standing.clear();
  const TimePoint since = time_of("2026-05-12T05:00:00Z");
  rig.notices = {{NoticeKind::receiver_rejects, "slack", since, since, 0, "404"},
                 {NoticeKind::receiver_rejects, "alertmanager", since, since, 0, "404"}};
  rig.start();
  ASSERT_EQ(rig.http.sent.size(), 2U);
  const auto alerts = nlohmann::json::parse(rig.http.sent[1].body);
  ASSERT_EQ(alerts.size(), 1U) << "nobody is told of itself";
  EXPECT_EQ(alerts[0]["labels"]["receiver"], "slack");
  EXPECT_EQ(alerts[0]["startsAt"], "2026-05-12T05:00:00Z");
  EXPECT_EQ(alerts[0]["endsAt"], "2026-05-12T06:14:00Z");
}

TEST_F(KeepAliveTest, OnlyWhatIsRoutedToItIsPosted) {
  rig.options.recipients.routes = {{{{"search"}, {}, {}, {}}, "alertmanager"}};
  rig.start();
  EXPECT_TRUE(rig.http.sent.empty());
}

TEST_F(KeepAliveTest, OneUrlThatAcceptsIsEnough) {
  rig.standing.clear();
  rig.http.fail("127.0.0.1:2", FetchFailure::connect);
  rig.start();
  rig.tell({event_of(EventType::revisit_concluded)});
  EXPECT_EQ(rig.http.sent.size(), 2U);
  EXPECT_EQ(rig.rows(kDelivered).size(), 1U);
}

TEST_F(KeepAliveTest, TroubleIsToldOnceAndCounted) {
  for (int i = 0; i < 6; ++i) rig.http.answer("127.0.0.1", 503);
  rig.start();
  rig.advance(minutes(2), seconds(10));
  EXPECT_EQ(rig.counters().keepalives_failed, 3U);
  ASSERT_EQ(rig.notes.size(), 1U);
  EXPECT_EQ(rig.notes[0].kind, OutboxNote::Kind::keepalive);
}

}  // namespace
}  // namespace revisitd::daemon::notify
