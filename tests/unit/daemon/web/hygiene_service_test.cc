#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::minutes;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> kinds(FakeApp& app) {
  const Json answer = Json::parse(get(app, "/api/v1/decisions/checkout").body);
  std::vector<std::string> kinds;
  for (const Json& finding : answer["data"]["hygiene"]) kinds.push_back(finding["kind"]);
  return kinds;
}

TEST(HygieneServiceTest, AnAnswerIsKeptForTenMinutesAtMost) {
  const std::unique_ptr<FakeApp> app = sample_fleet(0);
  const auto first = kinds(*app);
  EXPECT_THAT(first, Not(Contains("no-data")));
  app->slot_values.clear();
  app->clock += minutes(9);
  EXPECT_EQ(kinds(*app), first);
  app->clock += minutes(1);
  EXPECT_THAT(kinds(*app), Contains("no-data"));
}

TEST(HygieneServiceTest, SaysHowMuchOfThePastItSaw) {
  const std::unique_ptr<FakeApp> app = sample_fleet(0);
  const auto reach = [&app] {
    app->kept.clear();
    return Json::parse(get(*app, "/api/v1/decisions/checkout").body)["data"]["hygiene_reach"];
  };
  const Json seen = reach();
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(seen[0]["trigger"].is_string());
  EXPECT_TRUE(seen[0]["since"].is_string()) << seen;
  const std::string page = get(*app, "/service/checkout").body;
  EXPECT_THAT(
      page,
      HasSubstr("Looked at of the last 180 days: " + seen[0]["trigger"].get<std::string>() + " "));

  app->slot_values.clear();
  const Json nothing = reach();
  EXPECT_TRUE(nothing[0]["since"].is_null());
  EXPECT_EQ(nothing[0]["covered"], "0s");
  EXPECT_THAT(get(*app, "/service/checkout").body, HasSubstr("nothing, its signals had no value"));
}

TEST(HygieneServiceTest, SaysHowFarServersWereAsked) {
  const std::unique_ptr<FakeApp> app = sample_fleet(0);
  const auto told = [&app] {
    return Json::parse(get(*app, "/api/v1/decisions/checkout").body)["data"]["hygiene_past"];
  };
  EXPECT_TRUE(told().is_null());
  EXPECT_THAT(get(*app, "/service/checkout").body, Not(HasSubstr("Servers were asked")));
  app->standing = PastStanding{0.439, ""};
  EXPECT_EQ(told(), (Json{{"asked", 0.439}}));
  EXPECT_THAT(get(*app, "/service/checkout").body,
              HasSubstr("Servers were asked for 43 % of it so far."));
  app->standing = PastStanding{0, "timeout <30 s>"};
  EXPECT_EQ(told(), (Json{{"asked", 0.0}, {"problem", "timeout <30 s>"}}));
  EXPECT_THAT(get(*app, "/service/checkout").body,
              HasSubstr("for 0 % of it so far; it does not go on: timeout &lt;30 s&gt;."));
  app->standing = PastStanding{1, ""};
  EXPECT_THAT(get(*app, "/service/checkout").body, Not(HasSubstr("Servers were asked")));
}

TEST(HygieneServiceTest, ANewRosterIsSeenAtOnce) {
  const std::unique_ptr<FakeApp> app = sample_fleet(0);
  const auto first = kinds(*app);
  app->slot_values.clear();
  rules::Roster roster;
  roster.read_at = app->clock;
  roster.validity = std::chrono::hours(24);
  roster.teams["another"].name = "another";
  app->roster_state.source = "roster.yaml";
  app->core.roster(std::make_shared<const rules::Roster>(roster));
  EXPECT_THAT(kinds(*app), Contains("no-owner"));
}

}  // namespace
}  // namespace revisitd::daemon::web
