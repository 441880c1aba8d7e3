#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

struct ExplainApiTest : testing::Test {
  // Built once: the sample judges thousands of slots.
  static FakeApp& sample() {
    static const std::unique_ptr<FakeApp> kSample = sample_fleet(0);
    return *kSample;
  }
  static Json data_of(const std::string& target) {
    const HttpResponse response = get(sample(), target);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body)["data"];
  }
};

TEST_F(ExplainApiTest, EveryTriggerOfAServiceIsExplained) {
  const Json data = data_of("/api/v1/decisions/checkout/explain");
  ASSERT_EQ(data.size(), 4u);
  EXPECT_EQ(data[0]["trigger"], "tail-latency");
  EXPECT_EQ(data[0]["verdict"], "tripped");
  EXPECT_THAT(data[0]["text"].get<std::string>(), HasSubstr("checkout / tail-latency: TRIPPED"));
  for (const Json& e : data) EXPECT_FALSE(e["flips"].empty()) << e["trigger"];
}

TEST_F(ExplainApiTest, OneTriggerCanBeAskedFor) {
  const Json data = data_of("/api/v1/decisions/checkout/explain?trigger=fluency");
  ASSERT_EQ(data.size(), 1u);
  EXPECT_EQ(data[0]["trigger"], "fluency");
  EXPECT_EQ(data[0]["comparisons"][0]["left_value"], 2);
}

TEST_F(ExplainApiTest, StoredValuesGiveTheStatesThatWereJudged) {
  const Json data = data_of("/api/v1/decisions/checkout/explain?trigger=tail-latency");
  ASSERT_FALSE(data[0]["blind"].empty());
  for (const Json& reason : data[0]["blind"])
    EXPECT_EQ(reason["why"], "no value: scraped, so it cannot be had later");
}

TEST_F(ExplainApiTest, WhyAValueIsMissingIsSaidWhereItIsKnown) {
  sample().absences = {{"latency_p99", rules::Absence::ambiguous}};
  const Json data = data_of("/api/v1/decisions/checkout/explain?trigger=tail-latency");
  sample().absences.clear();
  ASSERT_FALSE(data[0]["blind"].empty());
  EXPECT_EQ(data[0]["blind"][0]["why"],
            "no value: its series contradict each other; scraped, so it cannot be had later");
}

TEST_F(ExplainApiTest, WhatIsNotThereIsNotFound) {
  for (const char* path : {"/api/v1/decisions/nothing/explain",
                           "/api/v1/decisions/checkout/explain?trigger=nothing"}) {
    const HttpResponse response = get(sample(), path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(Json::parse(response.body)["errorType"], "not_found");
  }
}

TEST_F(ExplainApiTest, TheServicePageSaysWhatWouldChangeTheVerdict) {
  const std::string body = get(sample(), "/service/checkout").body;
  EXPECT_THAT(body, HasSubstr("Why, and what would change it"));
  EXPECT_THAT(body, HasSubstr("lower in every slot of the window"));
  EXPECT_THAT(body, HasSubstr("Mildest breaches of latency_p99 &gt; 100ms"));
}

}  // namespace
}  // namespace revisitd::daemon::web
