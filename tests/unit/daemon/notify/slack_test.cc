#include "daemon/notify/slack.h"

#include <gtest/gtest.h>

#include "daemon/notify/message.h"
#include "tests/unit/daemon/notify/golden.h"
#include "tests/unit/daemon/notify/samples.h"
#include "tests/unit/daemon/notify/slack_reading.h"

namespace revisitd::daemon::notify {
namespace {

using Json = nlohmann::ordered_json;
using rules::EventType;

const MessageOptions kOptions{{"https://revisit.example.org", ""}};

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Everything Slack limits, of any message of ours.
void expect_within_limits(const std::string& body) {
  const Json message = Json::parse(body);
  EXPECT_LE(message["blocks"].size(), 50U);
  EXPECT_LT(message["blocks"].dump().size(), 13'000U);
  EXPECT_LE(code_points(message["text"]), 3000U);
  for (const Json& block : message["blocks"]) {
    if (block["type"] == "header") EXPECT_LE(code_points(block["text"]["text"]), 150U);
  }
  for (const Json& text : text_objects(message)) {
    EXPECT_LE(code_points(text["text"]), 3000U);
    EXPECT_FALSE(text["text"].get<std::string>().empty());
  }
}

struct Tone {
  const char* name;
  EventType type;
  const char* at;
};

class SlackToneTest : public testing::TestWithParam<Tone> {};

TEST_P(SlackToneTest, ReadsAsWritten) {
  const std::string body = slack_body(event_of(GetParam().type, time_of(GetParam().at)), kOptions);
  expect_within_limits(body);
  expect_golden_json(std::string("slack-") + GetParam().name + ".json", body);
  expect_golden(std::string("slack-") + GetParam().name + ".txt", as_read(body));
}

INSTANTIATE_TEST_SUITE_P(
    Types, SlackToneTest,
    testing::Values(Tone{"opened", EventType::revisit_opened, "2026-05-12T06:10:00Z"},
                    Tone{"worsened", EventType::revisit_worsened, "2026-05-20T12:00:00Z"},
                    Tone{"reopened", EventType::revisit_reopened, "2026-05-20T12:00:00Z"},
                    Tone{"subsided", EventType::revisit_subsided, "2026-05-22T09:00:00Z"},
                    Tone{"reminder", EventType::revisit_reminder, "2026-05-26T06:10:00Z"},
                    Tone{"snooze-ending", EventType::revisit_snooze_ending, "2026-06-01T08:00:00Z"},
                    Tone{"snooze-ended", EventType::revisit_snooze_ended, "2026-06-02T08:00:00Z"},
                    Tone{"concluded", EventType::revisit_concluded, "2026-05-13T10:00:00Z"},
                    Tone{"withdrawn", EventType::revisit_withdrawn, "2026-05-13T10:00:00Z"},
                    Tone{"blind", EventType::trigger_blind, "2026-05-13T10:00:00Z"},
                    Tone{"sighted", EventType::trigger_sighted, "2026-05-13T12:00:00Z"},
                    Tone{"review-due", EventType::decision_review_due, "2027-05-04T00:00:00Z"},
                    Tone{"review-overdue", EventType::decision_review_overdue,
                         "2027-06-03T00:00:00Z"}),
    [](const testing::TestParamInfo<Tone>& info) {
      std::string name = info.param.name;
      std::erase(name, '-');
      return name;
    });

TEST(SlackMessageTest, TestMessageAsksForNothing) {
  const std::string body = slack_test_body("payments-slack", kOptions);
  expect_within_limits(body);
  expect_golden("slack-test.txt", as_read(body));
}

// A revisit in which every text tries to mention, link or style.
rules::Event hostile(std::size_t triggers, std::size_t length) {
  rules::Event event = event_of(EventType::revisit_opened);
  const std::string evil = "<!channel> <@U1> <http://x|y> *b* `c` & \xff\x1b[2J";
  std::string text;
  while (text.size() < length) text += evil;
  event.service = event.team = event.record = event.revisit->favours = text;
  event.revisit->id = event.revisit->team = event.revisit->language = text;
  rules::TriggerEvidence e = tail_latency();
  e.name = e.condition = e.provided = e.reading = e.favours = e.why = text;
  e.value.reset();
  event.revisit->triggers.assign(triggers, e);
  return event;
}

TEST(SlackMessageTest, NoTextCanMentionOrLink) {
  const Json message = Json::parse(slack_body(hostile(3, 40), kOptions));
  for (const Json& text : text_objects(message)) {
    const std::string content = text["text"];
    if (content.find("|Evidence and plots>") != std::string::npos) continue;
    EXPECT_EQ(content.find_first_of("<>\x1b\xff"), std::string::npos) << content;
    if (text["type"] == "mrkdwn") EXPECT_TRUE(text["verbatim"].get<bool>());
  }
  EXPECT_EQ(message["text"].get<std::string>().find('<'), std::string::npos);
}

TEST(SlackMessageTest, AMegabyteOfTextStaysWithinTheLimits) {
  expect_within_limits(slack_body(hostile(1, 1 << 20), kOptions));
}

TEST(SlackMessageTest, AHundredTriggersStayWithinTheLimitsAndTheRestIsNamed) {
  rules::Event event = event_of(EventType::revisit_opened);
  event.revisit->triggers.assign(100, tail_latency());
  event.revisit->triggers.back().name = "the-last-one";
  const std::string body = slack_body(event, kOptions);
  expect_within_limits(body);
  EXPECT_NE(body.find("more: tail-latency"), std::string::npos);
  expect_within_limits(slack_body(hostile(100, 3000), kOptions));
}

TEST(SlackMessageTest, ATriggerThatHasClearedIsToldWithoutItsNumbers) {
  rules::Event event = event_of(EventType::revisit_worsened);
  ASSERT_FALSE(event.revisit->triggers.empty());
  const std::string before = slack_body(event, {});
  EXPECT_THAT(before, testing::HasSubstr("measured against"));
  for (rules::TriggerEvidence& e : event.revisit->triggers) e.verdict = rules::Verdict::clear;
  const std::string after = slack_body(event, {});
  EXPECT_THAT(after, testing::HasSubstr("clear again"));
  EXPECT_THAT(after, testing::Not(testing::HasSubstr("measured against")));
}

TEST(SlackMessageTest, WithoutAnExternalUrlNothingIsLinked) {
  const std::string body = slack_body(event_of(EventType::revisit_opened), {});
  EXPECT_EQ(body.find("http"), std::string::npos);
}

std::vector<DigestMember> members(std::size_t count, const rules::Revisit* known) {
  std::vector<DigestMember> result;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string service = "service-" + std::to_string(i);
    result.push_back({service + "-20260512T061000Z", service, known});
  }
  return result;
}

TEST(SlackDigestTest, ReadsAsWritten) {
  const rules::Revisit known = checkout_revisit();
  std::vector<DigestMember> all = members(3, nullptr);
  all.push_back({known.id, known.service, &known});
  expect_golden("slack-digest.txt", as_read(slack_digest_body(all, kOptions)));
}

TEST(SlackDigestTest, EveryMemberIsNamedWithinTheLimits) {
  rules::Revisit known = checkout_revisit();
  known.triggers.assign(30, tail_latency());
  const std::vector<DigestMember> all = members(1000, &known);
  std::size_t first = 0;
  while (first < all.size()) {
    const std::size_t count = slack_digest_capacity(all, first);
    ASSERT_GT(count, 0U);
    const std::vector<DigestMember> some(all.begin() + static_cast<std::ptrdiff_t>(first),
                                         all.begin() + static_cast<std::ptrdiff_t>(first + count));
    const std::string body = slack_digest_body(some, kOptions);
    expect_within_limits(body);
    for (const DigestMember& member : some) {
      EXPECT_NE(body.find(member.revisit), std::string::npos) << member.revisit;
    }
    first += count;
  }
  EXPECT_EQ(first, all.size());
}

TEST(SlackDigestTest, AMemberTooLongForAnyMessageStillTerminates) {
  std::vector<DigestMember> all = members(2, nullptr);
  all[0].revisit = all[1].revisit = std::string(8'000, 'x');
  EXPECT_EQ(slack_digest_capacity(all, 0), 1U);
}

}  // namespace
}  // namespace revisitd::daemon::notify
