#include "daemon/notify/signature.h"

#include <gtest/gtest.h>

namespace revisitd::daemon::notify {
namespace {

const TimePoint kAt{std::chrono::seconds(1614265330)};

// The vector of the Standard Webhooks reference libraries.
TEST(WebhookSignatureTest, AgreesWithTheStandardsVector) {
  EXPECT_EQ(webhook_signature({Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
                              "msg_p5jXN8AQM9LWM0D4loKWxJek", kAt, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_EQ(webhook_timestamp(kAt), "1614265330");
}

TEST(WebhookSignatureTest, ARawKeyStandsForItsBytes) {
  const std::string raw = webhook_signature({Secret("hello")}, "id", kAt, "body");
  EXPECT_EQ(raw, webhook_signature({Secret("whsec_aGVsbG8=")}, "id", kAt, "body"));
}

TEST(WebhookSignatureTest, TwoKeysGiveTwoSignatures) {
  const std::string one = webhook_signature({Secret("new")}, "id", kAt, "body");
  const std::string two = webhook_signature({Secret("old")}, "id", kAt, "body");
  EXPECT_EQ(webhook_signature({Secret("new"), Secret("old")}, "id", kAt, "body"), one + " " + two);
}

TEST(ShortHashTest, PartsDoNotRunIntoEachOther) {
  EXPECT_NE(short_hash({"ab", "c"}, 16), short_hash({"a", "bc"}, 16));
  EXPECT_EQ(short_hash({"a"}, 16).size(), 32U);
}

TEST(Base64Test, PadsAsTheStandardSays) {
  EXPECT_EQ(base64("user:pass"), "dXNlcjpwYXNz");
  EXPECT_EQ(base64("a"), "YQ==");
  EXPECT_EQ(base64(""), "");
}

}  // namespace
}  // namespace revisitd::daemon::notify
