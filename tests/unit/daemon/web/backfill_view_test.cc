#include "daemon/web/backfill_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

BackfillStatus some_way() {
  BackfillStatus status;
  status.gaps = {
      {std::chrono::minutes(10), from_millis(1795444200000), from_millis(1795446000000), 3}};
  status.triggers = {{"checkout", "tail-latency", "window", 0.637, 366, ""},
                     {"reports", "<b>", "given-up", 0, 0, "parse <error>"}};
  status.long_past = {{"main", 4000, ""}, {"other", 12, "timeout"}};
  status.slots_left = 366;
  status.queries = 5;
  status.values = 640;
  return status;
}

struct BackfillViewTest : testing::Test {
  static FakeApp& sample() {
    static const std::unique_ptr<FakeApp> kSample = sample_fleet(1);
    return *kSample;
  }
  BackfillViewTest() { sample().past = some_way(); }
};

TEST_F(BackfillViewTest, StatusSaysHowFarItHasCome) {
  const Json data = Json::parse(get(sample(), "/api/v1/status").body)["data"]["backfill"];
  EXPECT_EQ(data["gaps"][0]["slots_left"], 3);
  EXPECT_EQ(data["gaps"][0]["slot"], "10m");
  EXPECT_EQ(data["triggers"][0]["done"], 0.637);
  EXPECT_EQ(data["triggers"][1]["problem"], "parse <error>");
  EXPECT_EQ(data["hygiene"],
            (Json::array({{{"server", "main"}, {"slots_left", 4000}},
                          {{"server", "other"}, {"slots_left", 12}, {"problem", "timeout"}}})));
  EXPECT_EQ(data["slots_left"], 366);
  EXPECT_EQ(data["values"], 640);
}

TEST_F(BackfillViewTest, ADecisionSaysItOfItsTriggers) {
  const Json data = Json::parse(get(sample(), "/api/v1/decisions/checkout").body)["data"];
  std::size_t open = 0;
  for (const Json& trigger : data["triggers"]) {
    if (!trigger.contains("backfill")) continue;
    ++open;
    EXPECT_EQ(trigger["name"], "tail-latency");
    EXPECT_EQ(trigger["backfill"]["state"], "window");
    EXPECT_EQ(trigger["backfill"]["slots_left"], 366);
  }
  EXPECT_EQ(open, 1u);
}

TEST_F(BackfillViewTest, PagesShowIt) {
  const std::string all = get(sample(), "/").body;
  EXPECT_THAT(all, HasSubstr("The past of 1 trigger is being fetched: 366 slots left."));
  EXPECT_THAT(all, HasSubstr("Slots of 10m missed since"));
  const std::string one = get(sample(), "/service/checkout").body;
  EXPECT_THAT(one, HasSubstr("The past of <b>tail-latency</b> is being fetched: 63 % there."));
  EXPECT_THAT(one, Not(HasSubstr("parse")));
  EXPECT_THAT(get(sample(), "/service/reports").body,
              HasSubstr("The past of <b>&lt;b&gt;</b> cannot be had: parse &lt;error&gt;."));
}

TEST_F(BackfillViewTest, NothingOpenShowsNothing) {
  sample().past = {};
  EXPECT_THAT(get(sample(), "/").body, Not(HasSubstr("being fetched")));
}

}  // namespace
}  // namespace revisitd::daemon::web
