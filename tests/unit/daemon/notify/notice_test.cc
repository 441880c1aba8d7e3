#include "daemon/notify/notice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/notify/planner.h"
#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const TimePoint kSince = time_of("2026-05-12T06:10:00Z");
const TimePoint kAt = time_of("2026-05-12T09:10:00Z");
const MessageOptions kOptions{{.external_url = "http://revisitd.example", .record_url = ""}};

const Notice kRejects{NoticeKind::receiver_rejects, "team-slack", kSince, kSince, 0,
                      "404: <!channel> no_team"};
const Notice kAccepts{NoticeKind::receiver_accepts, "team-slack", kSince, kAt, 0, ""};
const Notice kRestarts{NoticeKind::restarts, "", kSince, kAt, 7, ""};

Recipients all_kinds() {
  return {{slack_receiver("team-slack"), slack_receiver(), webhook_receiver(),
           webhook_receiver(WebhookFormat::alertmanager_v4, "v4"), alertmanager_receiver()},
          {{{{"nobody"}, {}, {}, {}}, "v4"}}};
}

std::vector<std::string> told(const Recipients& recipients, const Notice& notice) {
  std::vector<std::string> names;
  for (const auto& row : plan_notice({.instance = "i"}, recipients, kAt, notice)) {
    names.push_back(row.receiver);
    EXPECT_EQ(row.type, notice_type(notice.kind));
    EXPECT_EQ(row.next_attempt, kAt);
  }
  return names;
}

TEST(NoticeTest, EveryReceiverButTheOneItIsAboutIsToldWhateverItsRoutes) {
  EXPECT_THAT(told(all_kinds(), kRejects),
              ElementsAre("payments-slack", "platform-hook", "v4", "alertmanager"));
  EXPECT_EQ(told(all_kinds(), kRestarts).size(), 5u);
  Recipients quiet = all_kinds();
  quiet.receivers[1].send_resolved = false;
  EXPECT_THAT(told(quiet, kAccepts), ElementsAre("platform-hook", "v4", "alertmanager"));
}

TEST(NoticeTest, TheSameNewsHasTheSameIds) {
  const auto ids = [](const Notice& notice) {
    std::vector<std::string> all;
    for (const auto& row : plan_notice({.instance = "i"}, all_kinds(), kAt, notice))
      all.push_back(row.id);
    return all;
  };
  EXPECT_EQ(ids(kRejects), ids(kRejects));
  EXPECT_NE(ids(kRejects), ids(kAccepts));
  Notice later = kRejects;
  later.at = kAt;
  EXPECT_NE(ids(kRejects), ids(later));
}

TEST(NoticeTest, SlackReadsWhatHappenedAndWhereToGo) {
  const std::string body = notice_body(slack_receiver(), kRejects, kOptions);
  const Json json = Json::parse(body);
  EXPECT_EQ(json["text"], "revisitd cannot tell the receiver team-slack anything");
  EXPECT_THAT(body, HasSubstr("http://revisitd.example/deliveries"));
  EXPECT_THAT(body, HasSubstr("dead letter"));
  for (const Json& block : json["blocks"]) {
    if (block.dump().find("channel") != std::string::npos)
      EXPECT_EQ(block["text"]["type"], "plain_text") << "nobody is called by it";
  }
  EXPECT_THAT(notice_body(slack_receiver(), kAccepts, kOptions),
              HasSubstr("It took none since 2026-05-12 06:10 UTC"));
  EXPECT_THAT(notice_body(slack_receiver(), kRestarts, kOptions),
              HasSubstr("revisitd was started 7 times since 2026-05-12 06:10 UTC"));
  EXPECT_THAT(notice_body(slack_receiver(), kRestarts, {}), Not(HasSubstr("http")));
}

TEST(NoticeTest, AWebhookHasTheSameInKeys) {
  const Json json = Json::parse(notice_body(webhook_receiver(), kRejects, kOptions));
  EXPECT_EQ(json["type"], "receiver.rejects");
  EXPECT_EQ(json["timestamp"], "2026-05-12T06:10:00Z");
  EXPECT_EQ(json["data"]["receiver"], "team-slack");
  EXPECT_EQ(json["data"]["why"], "404: <!channel> no_team");
  EXPECT_EQ(json["data"]["links"]["page"], "http://revisitd.example/deliveries");
  const Json restarts = Json::parse(notice_body(webhook_receiver(), kRestarts, {}));
  EXPECT_EQ(restarts["data"]["starts"], 7);
  EXPECT_FALSE(restarts["data"].contains("receiver"));
  EXPECT_TRUE(restarts["data"]["links"]["page"].is_null());
}

TEST(NoticeTest, AnAlertIsResolvedWhenTheReceiverAcceptsAgain) {
  const Json rejects = Json::parse(notice_body(alertmanager_receiver(), kRejects, kOptions))[0];
  const Json accepts = Json::parse(notice_body(alertmanager_receiver(), kAccepts, kOptions))[0];
  EXPECT_EQ(rejects["labels"], (Json{{"alertname", "RevisitReceiverRejects"},
                                     {"receiver", "team-slack"},
                                     {"severity", "warning"}}));
  EXPECT_EQ(accepts["labels"], rejects["labels"]);
  EXPECT_EQ(accepts["startsAt"], rejects["startsAt"]);
  EXPECT_FALSE(rejects.contains("endsAt"));
  EXPECT_EQ(accepts["endsAt"], "2026-05-12T09:10:00Z");
  const Receiver v4 = webhook_receiver(WebhookFormat::alertmanager_v4);
  EXPECT_EQ(Json::parse(notice_body(v4, kRejects, kOptions))["status"], "firing");
  EXPECT_EQ(Json::parse(notice_body(v4, kAccepts, kOptions))["status"], "resolved");
  EXPECT_EQ(Json::parse(notice_body(v4, kRestarts, kOptions))["commonLabels"]["alertname"],
            "RevisitRestarts");
}

}  // namespace
}  // namespace revisitd::daemon::notify
