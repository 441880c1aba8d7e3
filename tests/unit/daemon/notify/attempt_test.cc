#include "daemon/notify/attempt.h"

#include <gtest/gtest.h>

#include "daemon/notify/request.h"
#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kNow = time_of("2026-05-12T06:10:00Z");

Judgement answered(int status, const std::string& body = "",
                   ReceiverKind kind = ReceiverKind::webhook) {
  Reply reply;
  reply.status = status;
  reply.body = body;
  return judge(kind, reply, kNow);
}

TEST(AttemptTest, EverySuccessStatusIsAccepted) {
  for (const int status : {200, 201, 202, 204}) {
    EXPECT_EQ(answered(status).verdict, AttemptVerdict::accepted) << status;
  }
}

TEST(AttemptTest, ServerTroubleAndTimeoutsAreRetried) {
  for (const int status : {100, 408, 425, 500, 501, 502, 503, 504, 599}) {
    EXPECT_EQ(answered(status).verdict, AttemptVerdict::retry) << status;
  }
  Reply none;
  none.trouble = "connect: refused";
  EXPECT_EQ(judge(ReceiverKind::slack, none, kNow).verdict, AttemptVerdict::retry);
  EXPECT_EQ(judge(ReceiverKind::slack, none, kNow).reason, "connect: refused");
}

TEST(AttemptTest, RefusalsAreRejected) {
  for (const int status : {400, 401, 403, 404, 405, 410, 413, 422}) {
    EXPECT_EQ(answered(status).verdict, AttemptVerdict::rejected) << status;
  }
  EXPECT_EQ(answered(404, "no_service\n").reason, "HTTP 404: no_service");
}

TEST(AttemptTest, RedirectsAreRejectedAndSayWhy) {
  for (const int status : {301, 302, 307, 308}) {
    Reply reply;
    reply.status = status;
    reply.location = "https://other.example/";
    const Judgement judgement = judge(ReceiverKind::webhook, reply, kNow);
    EXPECT_EQ(judgement.verdict, AttemptVerdict::rejected);
    EXPECT_EQ(judgement.reason, "HTTP " + std::to_string(status) +
                                    ", redirects are not followed (to https://other.example/)");
  }
}

TEST(AttemptTest, AUrlThatCannotBeUsedIsRejected) {
  Reply reply;
  reply.configuration = true;
  reply.trouble = "bad_url: not http";
  EXPECT_EQ(judge(ReceiverKind::webhook, reply, kNow).verdict, AttemptVerdict::rejected);
}

TEST(AttemptTest, SlackMustSayOk) {
  const auto slack = [](const std::string& body) {
    return answered(200, body, ReceiverKind::slack).verdict;
  };
  EXPECT_EQ(slack("ok"), AttemptVerdict::accepted);
  EXPECT_EQ(slack("ok\n"), AttemptVerdict::accepted);
  EXPECT_EQ(slack(R"({"ok":true})"), AttemptVerdict::accepted);
  EXPECT_EQ(slack(R"({"ok":false,"error":"x"})"), AttemptVerdict::rejected);
  EXPECT_EQ(slack("invalid_payload"), AttemptVerdict::rejected);
  EXPECT_EQ(slack(""), AttemptVerdict::rejected);
  EXPECT_EQ(slack("[1]"), AttemptVerdict::rejected);
}

TEST(AttemptTest, ReasonsAreOneShortPrintableLine) {
  const Judgement judgement = answered(500, "a\nb\x1b[2J" + std::string(1 << 16, 'x'));
  EXPECT_EQ(judgement.reason.substr(0, 16), "HTTP 500: a b?[2");
  EXPECT_LT(judgement.reason.size(), 220U);
}

TEST(RetryAfterTest, IsHeldBetweenASecondAndAnHourWhateverItSays) {
  const auto wait = [](const char* value) { return retry_after_wait(std::string(value), kNow); };
  EXPECT_EQ(wait("2"), seconds(2));
  EXPECT_EQ(wait("0"), seconds(1));
  EXPECT_EQ(wait("-1"), seconds(30));
  EXPECT_EQ(wait("1000000000"), hours(1));
  EXPECT_EQ(wait("Tue, 12 May 2026 06:12:00 GMT"), minutes(2));
  EXPECT_EQ(wait("Tue, 12 May 2020 06:12:00 GMT"), seconds(1));
  EXPECT_EQ(wait("Tue, 12 May 2099 06:12:00 GMT"), hours(1));
  EXPECT_EQ(wait("soon"), seconds(30));
  EXPECT_EQ(retry_after_wait(std::nullopt, kNow), seconds(30));
}

TEST(RetryAfterTest, TooManyRequestsAreARateLimit) {
  Reply reply;
  reply.status = 429;
  reply.retry_after = "7";
  const Judgement judgement = judge(ReceiverKind::slack, reply, kNow);
  EXPECT_EQ(judgement.verdict, AttemptVerdict::rate_limited);
  EXPECT_EQ(judgement.wait, seconds(7));
}

TEST(BackoffTest, DoublesFromASecondToAQuarterOfAnHour) {
  EXPECT_EQ(backoff(1, 0), seconds(1));
  EXPECT_EQ(backoff(2, 0), seconds(2));
  EXPECT_EQ(backoff(10, 0), seconds(512));
  EXPECT_EQ(backoff(11, 0), minutes(15));
  EXPECT_EQ(backoff(1'000'000, 0), minutes(15));
}

TEST(BackoffTest, JitterTakesAtMostAQuarter) {
  EXPECT_EQ(backoff(1, 0.99), seconds(1));
  EXPECT_EQ(backoff(3, 0.5), Duration(3500));
  EXPECT_GE(backoff(11, 0.999), Duration(minutes(15)) * 3 / 4);
}

TEST(CombinedTest, OneAcceptanceIsEnough) {
  const Judgement yes{AttemptVerdict::accepted, std::nullopt, ""};
  const Judgement no{AttemptVerdict::rejected, std::nullopt, "no"};
  const Judgement later{AttemptVerdict::retry, std::nullopt, "later"};
  EXPECT_EQ(combined({no, yes, later}).verdict, AttemptVerdict::accepted);
  EXPECT_EQ(combined({no, later}).reason, "later");
  EXPECT_EQ(combined({}).verdict, AttemptVerdict::rejected);
}

}  // namespace
}  // namespace revisitd::daemon::notify
