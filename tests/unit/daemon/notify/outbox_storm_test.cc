#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "daemon/notify/outbox.h"
#include "tests/unit/daemon/notify/outbox_rig.h"
#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using rules::EventType;
using std::chrono::seconds;
using storage::DeliveryState;
using testing::HasSubstr;

constexpr DeliveryState kPending = DeliveryState::pending;
constexpr DeliveryState kDelivered = DeliveryState::delivered;
constexpr DeliveryState kDead = DeliveryState::dead;

TEST(OutboxStormTest, MembersAreFinishedWithTheirDigest) {
  OutboxRig rig({slack_receiver()});
  rig.start();
  std::vector<rules::Event> events;
  for (int i = 0; i < 80; ++i) {
    events.push_back(opening_of("service-" + std::to_string(i), rig.now));
  }
  rig.tell(events);
  rig.http.answer("services", 500);
  rig.advance(seconds(30));
  ASSERT_EQ(rig.http.sent.size(), 1U);
  EXPECT_TRUE(rig.rows(kDelivered).empty());
  rig.advance(seconds(5));
  ASSERT_EQ(rig.http.sent.size(), 2U);
  EXPECT_EQ(rig.rows(kDelivered).size(), 81U);
  for (const rules::Event& event : events) {
    EXPECT_THAT(rig.http.sent[1].body, HasSubstr(event.revisit->id));
  }
}

TEST(OutboxStormTest, ARejectedDigestTakesItsMembersAlong) {
  OutboxRig rig({slack_receiver()});
  rig.start();
  for (int i = 0; i < 51; ++i) rig.tell({opening_of("service-" + std::to_string(i), rig.now)});
  rig.http.answer("services", 200, "invalid_payload");
  rig.advance(seconds(31));
  EXPECT_EQ(rig.rows(kDead).size(), 52U);
  EXPECT_THAT(rig.row("revisit.opened").last_error, HasSubstr("invalid_payload"));
}

TEST(OutboxStormTest, LaterRowsOfAMemberWaitForTheDigest) {
  OutboxRig rig({slack_receiver()});
  rig.start();
  std::vector<rules::Event> events;
  for (int i = 0; i < 51; ++i) {
    events.push_back(opening_of("service-" + std::to_string(i), rig.now));
  }
  rig.tell(events);
  rules::Event end = events[3];
  end.type = EventType::revisit_concluded;
  rig.tell({end});
  rig.advance(seconds(10));
  EXPECT_TRUE(rig.http.sent.empty());
  rig.advance(seconds(25));
  ASSERT_EQ(rig.http.sent.size(), 2U);
  EXPECT_THAT(rig.http.sent[0].body, HasSubstr("51 decisions"));
}

TEST(OutboxStormTest, TenThousandRevisitsArriveAtOneMessageASecond) {
  OutboxRig rig({webhook_receiver()});
  rig.start();
  std::set<std::string> told;
  for (int second = 0; second < 50; ++second) {
    std::vector<rules::Event> events;
    for (int i = 0; i < 200; ++i) {
      events.push_back(opening_of("s-" + std::to_string(second * 200 + i), rig.now));
      told.insert(events.back().revisit->id);
    }
    rig.tell(events);
    rig.advance(seconds(1));
  }
  rig.advance(seconds(120));
  std::set<std::string> arrived;
  for (const auto& request : rig.http.sent) {
    const auto body = nlohmann::json::parse(request.body);
    for (const auto& revisit : body.at("data").at("revisits")) {
      arrived.insert(revisit["revisit"].get<std::string>());
    }
  }
  EXPECT_EQ(arrived, told);
  EXPECT_LE(rig.http.sent.size(), 60U);
  EXPECT_TRUE(rig.rows(kPending).empty());
}

}  // namespace
}  // namespace revisitd::daemon::notify
