#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"

// The HTTP interface of the running program, endpoint by endpoint, as callers and tools use it.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class HttpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    peer.page("/metrics", "process_resident_memory_bytes 4e8\n");
    daemon.write(
        "revisitd.yml",
        quick_config("roster: {files: [roster.yaml]}\n"
                     "scrape_configs: [{job_name: app, static_configs: [{targets: ['" +
                     peer.address() +
                     "'], labels: {service: checkout}}]}]\n"
                     "signals: {memory: {max: process_resident_memory_bytes, unit: bytes}}\n"
                     "receivers: [{name: hook, webhook: {url: '" +
                     peer.url("/hook") + "'}}]\nroutes: [{receiver: hook}]\n"));
    daemon.write("roster.yaml",
                 "teams: {payments: {members: [{name: ana, languages: {python: fluent}}]}}\n");
    daemon.write("records/checkout.md", record("checkout",
                                               "triggers:\n  footprint: {when: memory > 256MiB, "
                                               "window: 3s, favours: go, why: It must fit.}\n"
                                               "  roomy: {when: memory > 4GiB, window: 3s}\n"));
    ASSERT_TRUE(daemon.start()) << daemon.log();
  }
  void wait_until_tripped() {
    ASSERT_TRUE(eventually([&] { return !peer.posts("/hook").empty(); })) << daemon.log();
    ASSERT_TRUE(eventually(
        [&] { return !daemon.get("/api/v1/deliveries?state=delivered").data().empty(); }));
  }

  Peer peer;
  Daemon daemon;
};

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

json fixture(const std::string& name) {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/prometheus-api/" + name);
  return json::parse(file);
}

TEST_F(HttpTest, EveryEndpointAnswers) {
  wait_until_tripped();
  const std::string id = daemon.get("/api/v1/revisits").data()[0]["revisit"];
  for (const std::string path :
       {"/api/v1/status", "/api/v1/status/config", "/api/v1/status/flags",
        "/api/v1/status/buildinfo", "/api/v1/status/runtimeinfo", "/api/v1/decisions/checkout",
        "/api/v1/signals/checkout/memory", "/api/v1/roster", "/api/v1/rules", "/api/v1/alerts",
        "/api/v1/revisits/"}) {
    const Answer answer = daemon.get(path == "/api/v1/revisits/" ? path + id : path);
    EXPECT_EQ(answer.status, 200) << path << answer.body;
    EXPECT_EQ(answer.json()["status"], "success") << path;
    EXPECT_TRUE(answer.data().is_object()) << path;
  }
  for (const std::string path :
       {"/api/v1/decisions", "/api/v1/revisits?state=open", "/api/v1/trail", "/api/v1/targets",
        "/api/v1/deliveries", "/api/v1/records"}) {
    EXPECT_FALSE(daemon.get(path).data().empty()) << path;
    EXPECT_TRUE(daemon.get(path).data().is_array()) << path;
  }
  for (const std::string path :
       {"/-/healthy", "/healthz", "/-/ready", "/readyz", "/metrics", "/", "/service/checkout",
        "/revisits", "/trail", "/targets", "/deliveries", "/roster", "/records", "/style.css",
        "/plot/checkout/memory.svg", "/badge/checkout.svg", "/api/v1/openapi.yaml"}) {
    EXPECT_EQ(daemon.get(path).status, 200) << path;
  }
  EXPECT_EQ(daemon.get("/revisit/" + id).status, 200);
  const json flags = daemon.get("/api/v1/status/flags").data();
  EXPECT_EQ(flags["storage.path"], daemon.path("data"));
  EXPECT_EQ(flags["web.enable-lifecycle"], "false") << "a flag that is off says so";
  const json runtime = daemon.get("/api/v1/status/runtimeinfo").data();
  EXPECT_EQ(runtime["decisions"], 1);
  EXPECT_EQ(runtime["triggers"], 2);
  EXPECT_EQ(runtime["signals"], 1);
  const json signal = daemon.get("/api/v1/signals/checkout/memory?step=1s").data();
  EXPECT_EQ(signal["unit"], "bytes");
  EXPECT_EQ(signal["values"].back()[1], "400000000");
}

TEST_F(HttpTest, RulesAndAlertsHaveThePrometheusShape) {
  wait_until_tripped();
  const json rules = daemon.get("/api/v1/rules").data();
  const json group = rules["groups"][0];
  const json theirs = fixture("rules_firing.json")["data"]["groups"][0];
  EXPECT_EQ(keys(group), keys(theirs));
  json alerting;
  for (const json& rule : theirs["rules"]) {
    if (rule["type"] == "alerting" && rule["state"] == "firing") alerting = rule;
  }
  ASSERT_TRUE(alerting.is_object());
  EXPECT_EQ(keys(group["rules"][0]), keys(alerting));
  EXPECT_EQ(keys(group["rules"][0]["alerts"][0]), keys(alerting["alerts"][0]));
  EXPECT_EQ(group["rules"][0]["state"], "firing");
  EXPECT_EQ(group["rules"][1]["state"], "inactive");
  const json alerts = daemon.get("/api/v1/alerts").data()["alerts"];
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(keys(alerts[0]), keys(fixture("alerts_firing.json")["data"]["alerts"][0]));
  EXPECT_EQ(alerts[0]["labels"]["alertname"], "footprint");
}

TEST_F(HttpTest, PromtoolFindsNothingToSayAboutOurMetrics) {
  wait_until_tripped();
  const std::string program = find_program("promtool");
  ASSERT_NE(program, "") << "the Debian package prometheus is not installed";
  daemon.write("metrics.txt", daemon.get("/metrics").body);
  ChildProcess lint({"/bin/sh", "-c", "exec \"$1\" check metrics <\"$2\"", "sh", program,
                     daemon.path("metrics.txt")},
                    daemon.path("lint"));
  EXPECT_EQ(lint.wait(std::chrono::seconds(20)), 0);
  std::ifstream said(daemon.path("lint"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(said), {}), "");
}

TEST_F(HttpTest, ForeignPagesAndNamesThatPointAtUsAreRefused) {
  const std::string json_type = "Content-Type: application/json\r\n";
  const std::string path = "/api/v1/revisits/checkout/acknowledge";
  const auto post = [&](const std::string& headers) {
    return ask(daemon.port(), "POST", path, R"({"by":"eve"})", headers).status;
  };
  EXPECT_EQ(post(json_type + "Origin: https://evil.example\r\n"), 403);
  EXPECT_EQ(post(json_type + "Host: evil.example\r\n"), 403);
  EXPECT_EQ(post("Content-Type: text/plain\r\n"), 415);
  EXPECT_EQ(ask(daemon.port(), "GET", "/api/v1/status", "", "Host: evil.example\r\n").status, 403);
  EXPECT_EQ(ask(daemon.port(), "GET", "/api/v1/status", "", "Host: localhost\r\n").status, 200);
  const Answer own =
      ask(daemon.port(), "POST", path, "{}", json_type + "Origin: " + daemon.url() + "\r\n");
  EXPECT_EQ(own.status, 404) << "ours, and only the revisit is missing";
  EXPECT_EQ(daemon.get("/").text.find("Access-Control"), std::string::npos);
  EXPECT_THAT(daemon.get("/").text, HasSubstr("default-src 'none'"));
}

TEST_F(HttpTest, MistakesHaveTheEnvelopeAndNameWhatIsWrong) {
  const auto error = [&](const Answer& answer, int status, const char* type) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.json().value("errorType", ""), type);
    return answer.json().value("error", "");
  };
  error(daemon.get("/api/v1/nothing"), 404, "not_found");
  error(daemon.post("/api/v1/decisions"), 405, "method_not_allowed");
  EXPECT_THAT(error(daemon.get("/api/v1/decisions/none"), 404, "not_found"), HasSubstr("none"));
  EXPECT_THAT(error(daemon.get("/api/v1/signals/checkout/memory?start=x"), 400, "bad_data"),
              HasSubstr("`start`"));
  EXPECT_THAT(error(daemon.post("/api/v1/revisits/checkout/conclude", "{"), 400, "bad_data"),
              HasSubstr("JSON"));
  EXPECT_THAT(error(daemon.post("/api/v1/revisits/checkout/snooze", R"({"by":"a","whyy":"b"})"),
                    400, "bad_data"),
              HasSubstr("`whyy`"));
  const auto bare = [&](const char* method, const std::string& path, const std::string& headers) {
    return ask(daemon.port(), method, path, "", headers);
  };
  error(bare("DELETE", "/api/v1/decisions", ""), 405, "method_not_allowed");
  error(bare("POST", "/api/v1/decisions", ""), 405, "method_not_allowed");
  error(bare("POST", "/api/v1/nothing", ""), 404, "not_found");
  error(bare("POST", "/api/v1/backup", ""), 415, "unsupported_media_type");
  error(bare("POST", "/api/v1/backup", "Origin: https://evil.example\r\n"), 403, "forbidden");
  EXPECT_EQ(bare("POST", "/-/reload", "").status, 403) << "only with --web.enable-lifecycle";
  EXPECT_EQ(daemon.get("/nothing").status, 404);
  EXPECT_EQ(ask(daemon.port(), "HEAD", "/").status, 200);
}

TEST_F(HttpTest, TheDatabaseIsCopiedWhileItIsInUse) {
  const std::string to = daemon.path("copy.db");
  const std::vector<std::string> command = {"backup", to, "--storage.path=" + daemon.path("data"),
                                            "--url=" + daemon.url()};
  const Outcome copied = revisitd(command);
  EXPECT_EQ(copied.code, 0) << copied.err;
  const Outcome again = revisitd(command);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
  ASSERT_EQ(daemon.stop(), 0);

  const std::string second = daemon.path("second.db");
  EXPECT_EQ(revisitd({"backup", second, "--storage.path=" + daemon.path("data")}).code, 0);
  const Outcome nothing = revisitd({"backup", second, "--storage.path=" + daemon.path("nowhere")});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("holds no database"));

  Daemon restored;
  std::filesystem::create_directory(restored.path("data"));
  std::filesystem::permissions(restored.path("data"), std::filesystem::perms::owner_all);
  std::filesystem::copy_file(to, restored.path("data/revisitd.db"));
  restored.write("revisitd.yml", quick_config());
  ASSERT_TRUE(restored.start()) << restored.log();
  EXPECT_FALSE(restored.get("/api/v1/trail").data().empty());
}

}  // namespace
}  // namespace revisitd::testing
