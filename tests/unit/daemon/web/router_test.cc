#include "daemon/web/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

HttpResponse nothing(const Call&) { return {}; }

const std::vector<Route> kRoutes = {
    {"GET", "/", nothing},
    {"GET", "/plot/{service}/{signal}.svg", nothing},
    {"GET", "/things/{id}", nothing},
    {"POST", "/things/{id}", nothing},
};

TEST(RouterTest, BracesStandForOneSegment) {
  EXPECT_THAT(find_route(kRoutes, "GET", "/plot/a.b/c.svg").arguments, ElementsAre("a.b", "c"));
  EXPECT_EQ(find_route(kRoutes, "GET", "/plot/a/b/c.svg").route, nullptr);
  EXPECT_EQ(find_route(kRoutes, "GET", "/things/").route, nullptr);
  EXPECT_EQ(find_route(kRoutes, "GET", "/plot/a/.svg").route, nullptr);
}

TEST(RouterTest, TheRootIsOnlyTheRoot) {
  EXPECT_NE(find_route(kRoutes, "GET", "/").route, nullptr);
  EXPECT_EQ(find_route(kRoutes, "GET", "/x").route, nullptr);
}

TEST(RouterTest, AWrongMethodNamesTheRightOnes) {
  EXPECT_THAT(find_route(kRoutes, "PUT", "/things/1").allowed, ElementsAre("GET", "POST"));
  EXPECT_THAT(find_route(kRoutes, "PUT", "/nowhere").allowed, IsEmpty());
}

struct HandlerTest : testing::Test {
  std::unique_ptr<FakeApp> app = fleet_of(
      "# A\n* Status: accepted\n* Date: 2026-01-01\n\n```yaml revisit\nservice: a\nteam: t\n"
      "language: go\ntriggers:\n  x: {when: rps > 5, window: 1h}\n```\n");
};

TEST_F(HandlerTest, UnknownApiPathsAnswerInTheEnvelope) {
  const HttpResponse response = get(*app, "/api/v1/nonsense");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"status":"error","errorType":"not_found","error":"no such path"})");
}

TEST_F(HandlerTest, UnknownPagesAnswerWithAPage) {
  const HttpResponse response = get(*app, "/nonsense");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("There is no such page."));
}

TEST_F(HandlerTest, AWrongMethodIs405WithAllow) {
  const HttpResponse response = get(*app, "/-/reload");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header_of(response, "Allow"), "POST");
  EXPECT_EQ(header_of(send(*app, "DELETE", "/api/v1/trail"), "Allow"), "GET, HEAD");
}

TEST_F(HandlerTest, PathsMayCarryTheProxysPrefix) {
  app->url = "https://example.org/ops";
  EXPECT_EQ(get(*app, "/ops/service/a").status, 200);
  EXPECT_EQ(get(*app, "/ops").status, 200);
  EXPECT_EQ(get(*app, "/opsy").status, 404);
  EXPECT_THAT(get(*app, "/").body, HasSubstr("href=\"/ops/service/a\""));
}

TEST_F(HandlerTest, HealthAndReadinessSayWhyNot) {
  EXPECT_EQ(get(*app, "/-/healthy").status, 200);
  EXPECT_EQ(get(*app, "/readyz").status, 200);
  app->stuck_why = "the scheduler has not moved for 40s";
  app->ready_state = {false, {"the database is full"}};
  EXPECT_EQ(get(*app, "/healthz").status, 503);
  const HttpResponse ready = get(*app, "/-/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, HasSubstr("the database is full"));
}

TEST_F(HandlerTest, ReloadOnlyWithTheLifecycleEnabled) {
  EXPECT_EQ(send(*app, "POST", "/-/reload").status, 403);
  EXPECT_EQ(app->reloads, 0);
  app->lifecycle = true;
  EXPECT_EQ(send(*app, "POST", "/-/reload").status, 200);
  EXPECT_EQ(app->reloads, 1);
  app->reload_result = Error{"revisitd.yml:3:1: unknown key"};
  const HttpResponse failed = send(*app, "POST", "/-/reload");
  EXPECT_EQ(failed.status, 500);
  EXPECT_THAT(failed.body, HasSubstr("revisitd.yml:3:1: unknown key"));
}

TEST_F(HandlerTest, MetricsAreTextExposition) {
  const HttpResponse response = get(*app, "/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "revisitd_ready 1\n");
}

}  // namespace
}  // namespace revisitd::daemon::web
