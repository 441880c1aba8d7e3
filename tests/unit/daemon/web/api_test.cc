#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "daemon/web/handler.h"
#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

Json data_of(const HttpResponse& response) {
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/json");
  const Json body = Json::parse(response.body);
  EXPECT_EQ(body["status"], "success");
  return body["data"];
}

// Compares with tests/fixtures/golden/web/NAME.json; REVISITD_UPDATE_GOLDEN=1 writes it anew.
void expect_golden(const std::string& name, const Json& json) {
  const std::string path =
      std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/golden/web/" + name + ".json";
  const std::string text = json.dump(2) + "\n";
  if (std::getenv("REVISITD_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, golden.str());
}

void expect_error(const HttpResponse& response, int status, const char* type, const char* says) {
  EXPECT_EQ(response.status, status);
  const Json body = Json::parse(response.body);
  EXPECT_EQ(body["status"], "error");
  EXPECT_EQ(body["errorType"], type);
  EXPECT_THAT(body["error"].get<std::string>(), HasSubstr(says));
}

struct ApiTest : testing::Test {
  // Built once: the sample judges thousands of slots.
  static FakeApp& sample() {
    static const std::unique_ptr<FakeApp> kSample = sample_fleet(2);
    return *kSample;
  }
};

TEST_F(ApiTest, StatusSumsUp) { expect_golden("status", data_of(get(sample(), "/api/v1/status"))); }

TEST_F(ApiTest, ADecisionIsShownWithEverything) {
  expect_golden("decision", data_of(get(sample(), "/api/v1/decisions/checkout")));
}

TEST_F(ApiTest, RulesAreAsPrometheusAnswersThem) {
  const Json data = data_of(get(sample(), "/api/v1/rules"));
  for (const Json& group : data["groups"]) {
    if (group["name"] == "checkout") expect_golden("rules", group);
  }
  EXPECT_EQ(data["groups"].size(), 6u);
  EXPECT_EQ(data_of(get(sample(), "/api/v1/rules?type=record"))["groups"].size(), 0u);
}

TEST_F(ApiTest, AlertsAreTheTrippedTriggersOfRevisits) {
  expect_golden("alerts", data_of(get(sample(), "/api/v1/alerts")));
}

TEST_F(ApiTest, DecisionsAreAListWorstFirst) {
  const Json data = data_of(get(sample(), "/api/v1/decisions"));
  ASSERT_EQ(data.size(), 6u);
  EXPECT_EQ(data[0]["service"], "checkout");
  EXPECT_EQ(data[1]["service"], "ingest");
  EXPECT_EQ(data[2]["service"], "reports");
  EXPECT_EQ(data[5]["verdict"], "clear");
}

TEST_F(ApiTest, AValueIsOfTheNewestSlotOrNone) {
  const Json blind = data_of(get(sample(), "/api/v1/decisions/ingest"));
  const Json& trigger = blind["triggers"][1];
  EXPECT_EQ(trigger["verdict"], "blind");
  EXPECT_TRUE(trigger["value"].is_null());
  EXPECT_EQ(trigger["threshold"], 67108864.0);
  EXPECT_TRUE(trigger["last_value"].is_number());
  EXPECT_EQ(trigger["last_seen"], "2026-11-21T12:00:00Z");
  EXPECT_EQ(trigger["reading"], "memory ? > 64MiB");
  EXPECT_TRUE(blind["envelope"]["memory"]["value"].is_null());
  EXPECT_EQ(blind["envelope"]["memory"]["last_seen"], "2026-11-21T12:00:00Z");
}

TEST_F(ApiTest, PeopleAreMeasuredToo) {
  const Json data = data_of(get(sample(), "/api/v1/decisions/checkout"));
  for (const Json& trigger : data["triggers"]) {
    if (trigger["condition"] != "fluent(\"python\") < 2") continue;
    EXPECT_EQ(trigger["value"], 2.0);
    EXPECT_EQ(trigger["threshold"], 2.0);
    EXPECT_FALSE(trigger.contains("signal"));
    return;
  }
  FAIL() << "no such trigger";
}

TEST_F(ApiTest, DecisionsAreFiltered) {
  EXPECT_EQ(data_of(get(sample(), "/api/v1/decisions?verdict=unproven")).size(), 1u);
  EXPECT_EQ(data_of(get(sample(), "/api/v1/decisions?team=payments&language=python")).size(), 2u);
  EXPECT_EQ(data_of(get(sample(), "/api/v1/decisions?q=NIGHTLY")).size(), 1u);
  expect_error(get(sample(), "/api/v1/decisions?verdict=fine"), 400, "bad_data", "`verdict`");
  expect_error(get(sample(), "/api/v1/decisions/none"), 404, "not_found", "none");
}

TEST_F(ApiTest, SignalsAreMatricesWithoutTheGaps) {
  // The sample has no values from 12:00 to 17:00 on the 20th.
  const Json data = data_of(get(sample(),
                                "/api/v1/signals/checkout/latency_p99?start=2026-11-20T11:45:00Z"
                                "&end=2026-11-20T17:15:00Z"));
  EXPECT_EQ(data["step"], 600);
  EXPECT_EQ(data["unit"], "seconds");
  ASSERT_EQ(data["values"].size(), 4u);
  EXPECT_EQ(data["values"][0][0], 1795175400);
  EXPECT_TRUE(data["values"][0][1].is_string());
  EXPECT_EQ(data["values"][2][0], 1795194000);
  EXPECT_EQ(data["bounds"][0][1], "0.1");
  EXPECT_EQ(data["bounds"][0][2], "0.15");
}

TEST_F(ApiTest, SignalsTakeOnlySlotLengthsAndBoundedRanges) {
  const std::string path = "/api/v1/signals/checkout/rps";
  EXPECT_EQ(data_of(get(sample(), path + "?step=1h"))["step"], 3600);
  EXPECT_EQ(data_of(get(sample(), path + "?step=60&start=1795430000&end=1795433600"))["step"], 60);
  expect_error(get(sample(), path + "?step=7m"), 400, "bad_data", "1m, 10m, 1h");
  expect_error(get(sample(), path + "?start=0&step=1m"), 400, "bad_data", "11,000 points");
  expect_error(get(sample(), path + "?start=2026-11-02&end=2026-11-01"), 400, "bad_data", "`end`");
  expect_error(get(sample(), path + "?start=x"), 400, "bad_data", "`start`");
  expect_error(get(sample(), "/api/v1/signals/checkout/nothing"), 404, "not_found", "nothing");
}

TEST_F(ApiTest, TheUsualRangeFitsIntoAnAnswerWhateverTheSlots) {
  const auto app = fleet_of(R"(# Brief
* Status: accepted
* Date: 2026-05-04
```yaml revisit
service: brief
team: payments
language: go
triggers: {busy: {when: rps > 5, window: 1m}}
```
)",
                            {std::chrono::seconds(3)});
  EXPECT_EQ(data_of(get(*app, "/api/v1/signals/brief/rps"))["step"], 3);
  EXPECT_EQ(data_of(get(*app, "/api/v1/signals/brief/rps?step=3"))["step"], 3);
}

TEST_F(ApiTest, TheUsualStepIsALengthTheSignalIsKeptAt) {
  const auto app = fleet_of(R"(# Brief
* Status: accepted
* Date: 2026-05-04
```yaml revisit
service: brief
team: payments
language: go
triggers: {busy: {when: rps > 5, window: 1m}}
```
)",
                            {std::chrono::seconds(2), std::chrono::minutes(1)});
  EXPECT_EQ(data_of(get(*app, "/api/v1/signals/brief/rps"))["step"], 2);
}

TEST_F(ApiTest, TheTrailIsFilteredAndNewestFirst) {
  const Json data = data_of(get(sample(), "/api/v1/trail?service=checkout&type=revisit.*"));
  ASSERT_EQ(data.size(), 1u);
  EXPECT_EQ(data[0]["type"], "revisit.opened");
  EXPECT_EQ(data[0]["trigger"], "tail-latency");
  EXPECT_TRUE(data[0]["sequence"].is_number());
  const Json all = data_of(get(sample(), "/api/v1/trail?limit=3"));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_GE(all[0]["time"], all[1]["time"]);
  expect_error(get(sample(), "/api/v1/trail?limit=0"), 400, "bad_data", "`limit`");
}

TEST_F(ApiTest, TheRosterHasCountsAndNamesOnlyWhereAllowed) {
  FakeApp& app = sample();
  const Json data = data_of(get(app, "/api/v1/roster"));
  EXPECT_EQ(data["people"], 4);
  EXPECT_EQ(data["teams"][0]["team"], "payments");
  EXPECT_EQ(data["teams"][0]["languages"]["go"]["fluent"], 2);
  EXPECT_EQ(data["teams"][0]["languages"]["go"]["shipped"], 3);
  EXPECT_EQ(data.dump().find("ana"), std::string::npos);
  EXPECT_EQ(get(app, "/roster").body.find("ana"), std::string::npos);
  EXPECT_EQ(data["sources"][1]["state"], "quarantined");
  EXPECT_TRUE(data["teams"][0]["leaving"].empty());
  EXPECT_EQ(data["teams"][1]["leaving"][0]["days_left"], 12);
  EXPECT_EQ(data["teams"][1]["leaving"][0]["languages_then"]["go"]["fluent"], 0);
  EXPECT_THAT(get(app, "/roster").body, HasSubstr("one leaves in 12 d"));
  app.names_shown = true;
  EXPECT_EQ(data_of(get(app, "/api/v1/roster"))["teams"][0]["people"][0]["name"], "ana");
  EXPECT_TRUE(data_of(get(app, "/api/v1/roster"))["teams"][0]["people"][0]["git"].is_object());
  EXPECT_THAT(get(app, "/roster").body, HasSubstr("ana"));
  app.names_shown = false;
}

TEST_F(ApiTest, TargetsRecordsAndDeliveriesAreLists) {
  EXPECT_EQ(data_of(get(sample(), "/api/v1/targets"))[1]["health"], "down");
  const Json records = data_of(get(sample(), "/api/v1/records"));
  EXPECT_EQ(records[1]["diagnostics"][0]["line"], 17);
  EXPECT_THAT(records[1]["diagnostics"][0]["text"].get<std::string>(), HasSubstr("\n"));
  const Json dead = data_of(get(sample(), "/api/v1/deliveries?state=dead"));
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0]["last_error"], "410 Gone");
  expect_error(get(sample(), "/api/v1/deliveries?state=lost"), 400, "bad_data", "`state`");
}

TEST_F(ApiTest, ConfigurationFlagsAndBuildAreTold) {
  EXPECT_THAT(data_of(get(sample(), "/api/v1/status/config"))["yaml"].get<std::string>(),
              HasSubstr("<secret>"));
  EXPECT_EQ(data_of(get(sample(), "/api/v1/status/flags"))["config.file"], "revisitd.yml");
  EXPECT_EQ(data_of(get(sample(), "/api/v1/status/buildinfo"))["version"], "0.1.0");
  EXPECT_EQ(data_of(get(sample(), "/api/v1/status/runtimeinfo"))["reloadConfigSuccess"], true);
}

// "GET /api/v1/status", … as the description has them.
std::set<std::string> described(const std::string& yaml) {
  std::set<std::string> found;
  std::string path;
  std::istringstream lines(yaml);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    if (line == "    get:") found.insert("GET " + path);
    if (line == "    post:") found.insert("POST " + path);
  }
  return found;
}

TEST_F(ApiTest, TheDescriptionHasEveryRouteAndNoOther) {
  const HttpResponse response = get(sample(), "/api/v1/openapi.yaml");
  EXPECT_EQ(response.content_type, "application/yaml");
  std::set<std::string> served;
  for (const Route& route : routes()) {
    if (!route.pattern.starts_with("/api/")) continue;
    served.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_EQ(described(response.body), served);
}

TEST_F(ApiTest, ABackupIsMadeOnlyByAPost) {
  EXPECT_EQ(data_of(send(sample(), "POST", "/api/v1/backup", "{}"))["path"],
            "/var/lib/revisitd/backups/revisitd-1.db");
  expect_error(get(sample(), "/api/v1/backup"), 405, "method_not_allowed", "POST");
}

struct RevisitApiTest : testing::Test {
  std::unique_ptr<FakeApp> app = sample_fleet(0);
  std::string id = app->core.decisions().at("checkout").revisit->id;
  HttpResponse post(const std::string& verb, const std::string& body) {
    return send(*app, "POST", "/api/v1/revisits/" + id + "/" + verb, body);
  }
};

TEST_F(RevisitApiTest, RevisitsAreListedByStateAndShownOneByOne) {
  const Json open = data_of(get(*app, "/api/v1/revisits?state=open"));
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0]["revisit"], id);
  EXPECT_EQ(data_of(get(*app, "/api/v1/revisits?state=concluded")).size(), 0u);
  EXPECT_EQ(data_of(get(*app, "/api/v1/revisits/" + id))["service"], "checkout");
  expect_error(get(*app, "/api/v1/revisits?state=closed"), 400, "bad_data", "`state`");
  expect_error(get(*app, "/api/v1/revisits/x"), 404, "not_found", "x");
}

TEST_F(RevisitApiTest, PeopleActOnThem) {
  EXPECT_EQ(data_of(post("acknowledge", R"({"by":"ana"})"))["state"], "acknowledged");
  const Json snoozed = data_of(post("snooze", R"({"by":"ana","why":"sale","for":"7d"})"));
  EXPECT_EQ(snoozed["snoozed"]["until"], "2026-11-30T12:00:00Z");
  const Json concluded =
      data_of(post("conclude", R"({"by":"ana","why":"rewritten","outcome":"changed"})"));
  EXPECT_EQ(concluded["conclusion"]["outcome"], "changed");
}

TEST_F(RevisitApiTest, WhatIsMissingIsNamed) {
  expect_error(post("acknowledge", "{}"), 400, "bad_data", "`by`");
  expect_error(post("snooze", R"({"by":"ana","why":"x"})"), 400, "bad_data", "`until`");
  expect_error(post("conclude", R"({"by":"ana","why":"x"})"), 400, "bad_data", "`outcome`");
}

TEST_F(RevisitApiTest, AFinishedRevisitIsAConflictAndAnUnknownOneIsNotFound) {
  ASSERT_EQ(post("conclude", R"({"by":"ana","why":"fine","outcome":"reaffirmed"})").status, 200);
  expect_error(post("acknowledge", R"({"by":"bo"})"), 409, "conflict", "already concluded");
  id = "nobody-20260101T000000Z";
  expect_error(post("acknowledge", R"({"by":"bo"})"), 404, "not_found", "nobody");
}

TEST_F(RevisitApiTest, ADeadDeliveryGoesBackIntoTheQueue) {
  EXPECT_EQ(send(*app, "POST", "/api/v1/deliveries/d-2/requeue").status, 200);
  expect_error(send(*app, "POST", "/api/v1/deliveries/d-2/requeue"), 404, "not_found", "d-2");
}

}  // namespace
}  // namespace revisitd::daemon::web
