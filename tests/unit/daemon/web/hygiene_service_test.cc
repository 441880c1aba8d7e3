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
