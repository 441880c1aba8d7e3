#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"

// Debian's Prometheus and the official Python client as the services and the server that are
// watched.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;

class PeersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    python_port_ = free_port();
    python_.emplace(std::vector<std::string>{"/usr/bin/python3",
                                             std::string(REVISITD_SOURCE_DIR) +
                                                 "/tests/integration/python_target.py",
                                             std::to_string(python_port_)},
                    folder_ / "python.log");
    const std::string program = find_program("prometheus");
    ASSERT_NE(program, "") << "the Debian package prometheus is not installed";
    prometheus_port_ = free_port();
    folder_.write("prometheus.yml",
                  "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" +
                      target("checkout", python_port_) + target("metrics", prometheus_port_));
    prometheus_.emplace(
        std::vector<std::string>{
            program, "--config.file=" + (folder_ / "prometheus.yml"),
            "--storage.tsdb.path=" + (folder_ / "tsdb"),
            "--web.listen-address=127.0.0.1:" + std::to_string(prometheus_port_)},
        folder_ / "prometheus.log");
    ASSERT_TRUE(eventually([&] { return ask(prometheus_port_, "GET", "/-/ready").status == 200; }));
    ASSERT_TRUE(eventually([&] { return ask(python_port_, "GET", "/metrics").status == 200; }));
  }

  static std::string target(const std::string& service, std::uint16_t port) {
    return "  - job_name: " + service +
           "\n    static_configs:\n      - targets: ['127.0.0.1:" + std::to_string(port) +
           "']\n        labels: {service: " + service + "}\n";
  }

  std::optional<ChildProcess> python_, prometheus_;
  std::uint16_t python_port_ = 0, prometheus_port_ = 0;
  collectors::TempFolder folder_;
  Peer peer_;
  Daemon daemon_;
};

// The configuration with slots of this length alone.
std::string with_slots(const std::string& length, std::string config) {
  const std::size_t at = config.find("slots: [");
  const std::size_t end = config.find(']', at);
  return config.replace(at, end - at, "slots: [" + length);
}

TEST_F(PeersTest, PagesOfRealProgramsAndOneQueryForTheFleetTripTriggers) {
  // A rate needs several scrapes within a slot.
  daemon_.write(
      "revisitd.yml",
      with_slots("3s", quick_config("scrape_configs:\n" + target("checkout", python_port_) +
                                    target("metrics", prometheus_port_) +
                                    "prometheus: [{name: main, url: 'http://127.0.0.1:" +
                                    std::to_string(prometheus_port_) +
                                    "', evaluation_delay: 0s}]\n"
                                    "signals:\n"
                                    "  latency_p99: {quantile: 0.99, series: "
                                    "http_request_duration_seconds, unit: seconds}\n"
                                    "  rps: {rate: http_requests_total}\n"
                                    "  error_ratio: {rate: 'http_requests_total{code=~\"5..\"}', "
                                    "per: http_requests_total}\n"
                                    "  memory: {max: process_resident_memory_bytes, unit: bytes}\n"
                                    "  instances: {from: main, query: 'count by (service) (up)'}\n"
                                    "receivers: [{name: slack, slack: {api_url: '" +
                                    peer_.url("/slack") + "'}}]\nroutes: [{receiver: slack}]\n")));
  daemon_.write("records/checkout.md",
                record("checkout",
                       "triggers:\n"
                       "  tail: {when: latency_p99 > 100ms, provided: rps >= 10, window: 9s, "
                       "coverage: 50%, favours: go}\n"
                       "  errors: {when: error_ratio > 20%, window: 9s, coverage: 50%}\n"
                       "  few: {when: instances < 2, window: 9s, coverage: 50%}\n"));
  daemon_.write("records/metrics.md",
                record("metrics",
                       "triggers:\n"
                       "  footprint: {when: memory > 1MiB, window: 9s, coverage: 50%}\n"
                       "  few: {when: instances < 2, window: 9s, coverage: 50%}\n"));
  ASSERT_TRUE(daemon_.start()) << daemon_.log();
  for (const auto& [service, trigger] :
       std::vector<std::pair<std::string, std::string>>{{"checkout", "tail"},
                                                        {"checkout", "errors"},
                                                        {"checkout", "few"},
                                                        {"metrics", "footprint"},
                                                        {"metrics", "few"}}) {
    EXPECT_TRUE(
        eventually([&] { return daemon_.verdict(service, trigger) == "tripped"; }, seconds(60)))
        << service << "/" << trigger << "\n"
        << daemon_.get("/api/v1/decisions/" + service).body << daemon_.get("/api/v1/targets").body;
  }
  // Requests of two latencies over 250 ms: the 99th percentile lies in the bucket up to 500 ms.
  const json tail = daemon_.get("/api/v1/decisions/checkout").data()["triggers"][0];
  EXPECT_EQ(tail["low"], 0.25);
  EXPECT_EQ(tail["high"], 0.5);
  const json ratio = daemon_.get("/api/v1/decisions/checkout").data()["triggers"][1];
  EXPECT_NEAR(ratio["value"].get<double>(), 1.0 / 3, 0.1);
  ASSERT_TRUE(eventually([&] { return peer_.posts("/slack").size() >= 2; })) << daemon_.log();

  // One query a slot, however many services.
  const double slots = std::stod(daemon_.metric("revisitd_queries_total"));
  const json counted =
      ask(prometheus_port_, "GET",
          "/api/v1/query?query=prometheus_http_requests_total%7Bhandler%3D%22%2Fapi%2Fv1%2F"
          "query%22%2Ccode%3D%22200%22%7D")
          .data();
  ASSERT_FALSE(counted["result"].empty());
  EXPECT_LE(std::stod(counted["result"][0]["value"][1].get<std::string>()), slots + 2);
  const json targets = daemon_.get("/api/v1/targets").data();
  EXPECT_EQ(targets.size(), 3u);
  for (const json& t : targets) EXPECT_EQ(t["health"], "up") << t;
  EXPECT_EQ(daemon_.stop(), 0);
}

// A page that is scraped says what it runs by itself; of a service that is not, a server is asked.
TEST_F(PeersTest, WhatServicesRunIsHeldAgainstTheirRecords) {
  ASSERT_TRUE(eventually([&] {
    return !ask(prometheus_port_, "GET", "/api/v1/query?query=go_info")
                .data()
                .value("result", json::array())
                .empty();
  }));
  daemon_.write("revisitd.yml",
                quick_config("scrape_configs:\n" + target("checkout", python_port_) +
                             "prometheus: [{name: main, url: 'http://127.0.0.1:" +
                             std::to_string(prometheus_port_) +
                             "', evaluation_delay: 0s}]\n"
                             "running: {go: {from: main, query: 'count by (service) (go_info)'}}\n"
                             "signals:\n"
                             "  memory: {max: process_resident_memory_bytes, unit: bytes}\n"
                             "  instances: {from: main, query: 'count by (service) (up)'}\n"));
  daemon_.write("records/checkout.md",
                record("checkout", "triggers: {footprint: {when: memory > 1GiB, window: 9s}}\n"));
  daemon_.write("records/metrics.md",
                record("metrics", "triggers: {few: {when: instances < 1, window: 9s}}\n"));
  ASSERT_TRUE(daemon_.start()) << daemon_.log();
  const auto decision = [&](const std::string& service) {
    return daemon_.get("/api/v1/decisions/" + service).data();
  };
  // The Python client says its version; what a query answers is that the language runs, no more.
  ASSERT_TRUE(eventually([&] { return decision("checkout")["running"].contains("python"); }));
  EXPECT_THAT(decision("checkout")["running"]["python"].get<std::string>(),
              ::testing::StartsWith("3."));
  EXPECT_EQ(decision("checkout")["drift"], false);
  ASSERT_TRUE(eventually([&] { return decision("metrics")["drift"] == true; }))
      << decision("metrics");
  EXPECT_EQ(decision("metrics")["running"], json({{"go", ""}}));
  EXPECT_EQ(daemon_.get("/api/v1/status").data()["drifted"], json({"metrics"}));
  EXPECT_TRUE(eventually([&] { return daemon_.metric("revisitd_decisions_drifted") == "1"; }));
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace revisitd::testing
