#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using Json = nlohmann::ordered_json;

HttpResponse confirm(FakeApp& app, const std::string& body) {
  return send(app, "POST", "/api/v1/roster/confirm", body, {{"content-type", "application/json"}});
}

TEST(ConfirmApiTest, APersonsWordIsNamedAndOnlyForWhatWaits) {
  const std::unique_ptr<FakeApp> app = sample_fleet(0);
  EXPECT_EQ(confirm(*app, "{}").status, 400);
  const HttpResponse none = confirm(*app, R"({"by":"ana"})");
  EXPECT_EQ(none.status, 409);
  EXPECT_EQ(Json::parse(none.body)["errorType"], "conflict");
  app->waiting_sources = {"people.csv"};
  const HttpResponse done = confirm(*app, R"({"by":"ana","why":"moved"})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(Json::parse(done.body)["data"]["sources"], Json({"people.csv"}));
}

}  // namespace
}  // namespace revisitd::daemon::web
