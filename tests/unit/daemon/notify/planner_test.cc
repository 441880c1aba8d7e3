#include "daemon/notify/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using rules::EventType;
using std::chrono::seconds;
using storage::DeliveryRow;
using storage::DeliveryState;

const TimePoint kStart = time_of("2026-05-12T06:10:00Z");

// The rows of an outbox that sends nothing, at a time that the case moves.
class PlannerTest : public testing::Test {
 protected:
  PlannerTest() {
    options.instance = "instance-1";
    recipients.receivers = {slack_receiver("slack")};
  }

  // Plans and stores; gives what the plan changed.
  std::vector<DeliveryRow> tell(const std::vector<rules::Event>& events) {
    PlanInput input;
    input.now = now;
    input.settling = &settling;
    for (const auto& [id, row] : rows) {
      if (row.state == DeliveryState::pending) input.pending.push_back(&row);
    }
    std::sort(input.pending.begin(), input.pending.end(),
              [](const DeliveryRow* a, const DeliveryRow* b) { return a->created < b->created; });
    const auto changed = plan(options, recipients, input, events);
    for (const DeliveryRow& row : changed) rows[row.id] = row;
    return changed;
  }

  std::vector<rules::Event> openings(int first, int count) const {
    std::vector<rules::Event> events;
    for (int i = first; i < first + count; ++i) {
      events.push_back(opening_of("service-" + std::to_string(i), now));
    }
    return events;
  }

  std::vector<DeliveryRow> digests() const {
    std::vector<DeliveryRow> found;
    for (const auto& [id, row] : rows) {
      if (row.type == kDigestType) found.push_back(row);
    }
    return found;
  }

  TimePoint now = kStart;
  PlanOptions options;
  Recipients recipients;
  std::map<std::string, DeliveryRow> rows;
  std::vector<Settling> settling;
};

rules::Event sight_of(EventType type, const std::string& trigger) {
  rules::Event event = event_of(type);
  event.trigger = trigger;
  return event;
}

TEST_F(PlannerTest, OneRowPerReceiver) {
  recipients.receivers = {slack_receiver("a"), webhook_receiver(WebhookFormat::native, "b")};
  const auto planned = tell({event_of(EventType::revisit_opened)});
  ASSERT_EQ(planned.size(), 2U);
  EXPECT_NE(planned[0].id, planned[1].id);
  EXPECT_EQ(planned[0].revisit, "checkout-20260512T061000Z");
  EXPECT_EQ(planned[0].type, "revisit.opened");
}

TEST_F(PlannerTest, IdsDependOnWhatHappenedAndNotOnWhenItIsPlanned) {
  const auto first = tell({event_of(EventType::revisit_opened)});
  rows.clear();
  now += seconds(99);
  const auto again = tell({event_of(EventType::revisit_opened)});
  EXPECT_EQ(first[0].id, again[0].id);
  EXPECT_EQ(first[0].body, again[0].body);
  rows.clear();
  options.instance = "instance-2";
  EXPECT_NE(tell({event_of(EventType::revisit_opened)})[0].id, first[0].id);
}

TEST_F(PlannerTest, TheSameEventTwiceIsOneRow) {
  tell({event_of(EventType::revisit_opened)});
  EXPECT_TRUE(tell({event_of(EventType::revisit_opened)}).empty());
}

TEST_F(PlannerTest, OpeningsSettleAndConclusionsDoNot) {
  EXPECT_EQ(tell({event_of(EventType::revisit_opened)})[0].next_attempt, now + seconds(30));
  EXPECT_EQ(tell({event_of(EventType::revisit_concluded)})[0].next_attempt, now);
}

TEST_F(PlannerTest, AWorseningWithinTheSettleDelayJoinsTheOpening) {
  const auto opened = tell({event_of(EventType::revisit_opened)});
  now += seconds(29);
  const auto joined = tell({event_of(EventType::revisit_worsened, now)});
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined[0].id, opened[0].id);
  EXPECT_EQ(joined[0].type, "revisit.opened");
  EXPECT_EQ(joined[0].next_attempt, opened[0].next_attempt);
  EXPECT_NE(joined[0].body.find("fluency"), std::string::npos);
}

TEST_F(PlannerTest, AWorseningAfterTheSettleDelayIsAMessageOfItsOwn) {
  const auto opened = tell({event_of(EventType::revisit_opened)});
  now += seconds(30);
  const auto worsened = tell({event_of(EventType::revisit_worsened, now)});
  ASSERT_EQ(worsened.size(), 1U);
  EXPECT_NE(worsened[0].id, opened[0].id);
}

TEST_F(PlannerTest, ARowThatWasEverSentIsNotChanged) {
  const std::string id = tell({event_of(EventType::revisit_opened)})[0].id;
  const std::string body = rows[id].body;
  rows[id].last_error = "HTTP 429";  // attempted, though not counted
  rows[id].next_attempt = now + seconds(60);
  now += seconds(1);
  EXPECT_NE(tell({event_of(EventType::revisit_worsened, now)})[0].id, id);
  EXPECT_EQ(rows[id].body, body);
}

TEST_F(PlannerTest, RowsOfARevisitAreCreatedInTheirOrder) {
  const auto planned =
      tell({event_of(EventType::revisit_opened), event_of(EventType::revisit_subsided)});
  ASSERT_EQ(planned.size(), 2U);
  EXPECT_EQ(planned[0].type, "revisit.opened");
  EXPECT_LT(planned[0].created, planned[1].created);
}

TEST_F(PlannerTest, BlindTriggersOfADecisionAreOneMessage) {
  recipients.receivers = {slack_receiver("slack"),
                          webhook_receiver(WebhookFormat::native, "native"),
                          webhook_receiver(WebhookFormat::alertmanager_v4, "alerts")};
  for (const EventType type : {EventType::trigger_blind, EventType::trigger_sighted}) {
    rows.clear();
    tell({sight_of(type, "tail"), sight_of(type, "mem")});
    EXPECT_EQ(rows.size(), 3U);
    now += seconds(29);
    tell({sight_of(type, "load")});
    ASSERT_EQ(rows.size(), 3U);
    for (const auto& [id, row] : rows) {
      EXPECT_EQ(row.next_attempt, now + seconds(1));
      for (const char* name : {"tail", "mem", "load"}) {
        EXPECT_THAT(row.body, testing::HasSubstr(name)) << row.receiver;
      }
    }
    now += seconds(1);
    tell({sight_of(type, "late")});
    EXPECT_EQ(rows.size(), 6U) << "the first may have been sent";
    now += seconds(30);
  }
}

TEST_F(PlannerTest, BlindnessOfOtherDecisionsAndItsEndAreMessagesOfTheirOwn) {
  rules::Event other = sight_of(EventType::trigger_blind, "tail");
  other.service = "search";
  tell({sight_of(EventType::trigger_blind, "tail"), other,
        sight_of(EventType::trigger_sighted, "tail")});
  EXPECT_EQ(rows.size(), 3U);
}

TEST_F(PlannerTest, AfterARestartTheNextBlindTriggerHasItsOwnMessage) {
  tell({sight_of(EventType::trigger_blind, "tail")});
  settling.clear();
  tell({sight_of(EventType::trigger_blind, "mem")});
  EXPECT_EQ(rows.size(), 2U);
}

TEST_F(PlannerTest, FiftyRevisitsAreFiftyMessages) {
  tell(openings(0, 50));
  EXPECT_TRUE(digests().empty());
}

TEST_F(PlannerTest, MoreBecomeOneDigestThatNamesEveryRevisit) {
  tell(openings(0, 51));
  ASSERT_EQ(digests().size(), 1U);
  const DeliveryRow digest = digests()[0];
  for (const auto& [id, row] : rows) {
    if (row.type == kDigestType) continue;
    EXPECT_EQ(digest_of(row), digest.id);
    EXPECT_EQ(row.state, DeliveryState::pending);
    EXPECT_NE(digest.body.find(row.revisit), std::string::npos) << row.revisit;
  }
  EXPECT_EQ(rows.size(), 52U);
}

TEST_F(PlannerTest, AStormThatBuildsUpGathersWhatWaits) {
  tell(openings(0, 30));
  now += seconds(10);
  tell(openings(30, 30));
  ASSERT_EQ(digests().size(), 1U);
  EXPECT_EQ(digests()[0].next_attempt, kStart + seconds(30));
  now += seconds(10);
  tell(openings(60, 1));
  ASSERT_EQ(digests().size(), 1U);
  EXPECT_NE(digests()[0].body.find("service-60-"), std::string::npos);
  EXPECT_NE(digests()[0].body.find("61 decisions"), std::string::npos);
}

TEST_F(PlannerTest, WhatComesAfterTheDigestWasDueIsNotAddedToIt) {
  tell(openings(0, 51));
  const std::string body = digests()[0].body;
  now += seconds(30);
  const auto later = tell(openings(100, 1));
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].type, "revisit.opened");
  EXPECT_EQ(digests()[0].body, body);
}

TEST_F(PlannerTest, TenThousandRevisitsAreAllNamed) {
  for (int i = 0; i < 10; ++i) {
    now += seconds(1);
    tell(openings(i * 1000, 1000));
  }
  std::size_t members = 0;
  for (const auto& [id, row] : rows) {
    if (row.type == kDigestType) continue;
    ++members;
    ASSERT_NE(rows.at(digest_of(row)).body.find(row.revisit), std::string::npos) << row.revisit;
  }
  EXPECT_EQ(members, 10'000U);
  EXPECT_LT(digests().size(), 150U);
}

TEST_F(PlannerTest, AWorseningOfAMemberIsToldByItsDigest) {
  tell(openings(0, 51));
  rules::Event worse = opening_of("service-7", now);
  worse.type = EventType::revisit_worsened;
  worse.revisit->transitions = 2;
  EXPECT_TRUE(tell({worse}).empty());
  now += seconds(31);
  EXPECT_EQ(tell({worse}).size(), 1U);
}

TEST_F(PlannerTest, OneReceiversStormIsNotAnothers) {
  recipients.receivers.push_back(slack_receiver("quiet"));
  recipients.routes = {{{}, "slack"}, {{{}, {"service-0"}, {}, {}}, "quiet"}};
  tell(openings(0, 60));
  ASSERT_EQ(digests().size(), 1U);
  EXPECT_EQ(digests()[0].receiver, "slack");
}

TEST_F(PlannerTest, DeadRowsAreRequeuedWithTheirDigest) {
  tell(openings(0, 51));
  std::vector<DeliveryRow> dead;
  for (auto& [id, row] : rows) {
    row.state = DeliveryState::dead;
    row.attempts = 3;
    row.finished = now;
    row.last_error = "HTTP 410";
    dead.push_back(row);
  }
  const std::string digest = digests()[0].id;
  const auto member = std::find_if(dead.begin(), dead.end(),
                                   [&](const DeliveryRow& row) { return row.id != digest; });
  const TimePoint later = now + seconds(100);
  for (const std::string& id : {digest, member->id}) {
    const auto again = requeued(dead, id, later);
    EXPECT_EQ(again.size(), 52U);
    for (const DeliveryRow& row : again) {
      EXPECT_EQ(row.state, DeliveryState::pending);
      EXPECT_EQ(row.next_attempt, later);
      EXPECT_TRUE(is_untouched(row));
      EXPECT_EQ(row.finished, std::nullopt);
    }
  }
  EXPECT_TRUE(requeued(dead, "msg_unknown", later).empty());
}

}  // namespace
}  // namespace revisitd::daemon::notify
