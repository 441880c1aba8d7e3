#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"

// Where targets come from while the daemon runs: files, HTTP endpoints, a cluster, control groups.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr const char* kJson = "application/json";
constexpr const char* kMemory =
    "signals: {memory: {max: process_resident_memory_bytes, unit: bytes}}\n";

class TargetsTest : public ::testing::Test {
 protected:
  TargetsTest() {
    daemon.write("records/checkout.md",
                 record("checkout", "triggers:\n  big: {when: memory > 1GiB, window: 10s}\n"));
    peer.page("/metrics", "process_resident_memory_bytes 1024\n");
  }

  bool start(const std::string& more) {
    daemon.write("revisitd.yml", quick_config(more));
    return daemon.start({"--web.enable-lifecycle"});
  }
  // The rows of GET /api/v1/targets of one kind, by URL.
  std::map<std::string, json> rows(const std::string& kind) const {
    std::map<std::string, json> all;
    for (const json& row : daemon.get("/api/v1/targets").data()) {
      if (row["kind"] == kind) all[row["url"]] = row;
    }
    return all;
  }
  bool scrapes(const std::string& url) const {
    return eventually([&] {
      const auto found = rows("scrape");
      return found.size() == 1 && found.begin()->first == url &&
             found.begin()->second["health"] == "up";
    });
  }
  std::int64_t counted(const std::string& state) const {
    return daemon.get("/api/v1/decisions/checkout").data()["triggers"][0]["counts"][state];
  }
  std::string list(const std::string& address, const std::string& labels) const {
    return R"([{"targets":[")" + address + R"("],"labels":{)" + labels + "}}]";
  }

  Peer peer;
  Daemon daemon;
};

TEST_F(TargetsTest, TargetsOfFilesComeAndGoWithoutARestart) {
  Peer other;
  other.page("/metrics", "process_resident_memory_bytes 2048\n");
  const std::string service = R"("service":"checkout")";
  daemon.write("targets/a.json", list(peer.address(), service));
  ASSERT_TRUE(
      start("scrape_configs: [{job_name: app, file_sd_configs: [{files: "
            "['targets/*.json', 'targets/*.yml']}]}]\n" +
            std::string(kMemory)))
      << daemon.log();
  EXPECT_TRUE(scrapes(peer.url("/metrics")));
  EXPECT_TRUE(eventually([&] { return counted("ok") >= 2; }));
  EXPECT_EQ(daemon.metric("revisitd_sd_discovered_targets{mechanism=\"file\"}"), "1");

  daemon.write("targets/a.json", list(other.address(), service));
  EXPECT_TRUE(scrapes(other.url("/metrics")));
  daemon.write("targets/a.json", "[{\"targets\": 1}]");
  EXPECT_TRUE(daemon.says("targets cannot be found"));
  const json row = rows("discovery").begin()->second;
  EXPECT_EQ(row["health"], "down");
  EXPECT_THAT(row["last_error"].get<std::string>(), HasSubstr("a.json:1:14"));
  EXPECT_TRUE(scrapes(other.url("/metrics"))) << "the last good list stays";
  EXPECT_THAT(daemon.get("/targets").body, HasSubstr("file: "));

  // Slots of a target that has gone are blind, and of one that comes count again.
  daemon.remove("targets/a.json");
  EXPECT_TRUE(eventually([&] { return rows("scrape").empty(); }));
  const std::int64_t blind = counted("blind");
  EXPECT_TRUE(eventually([&] { return counted("blind") >= blind + 2; }));
  daemon.write("targets/b.yml",
               "- {targets: ['" + peer.address() + "'], labels: {service: checkout}}\n");
  EXPECT_TRUE(scrapes(peer.url("/metrics")));
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(TargetsTest, ATargetThatFailsIsToldOfOnceAndOnceMoreWhenItIsBack) {
  ASSERT_TRUE(start("scrape_configs: [{job_name: app, static_configs: [{targets: ['" +
                    peer.address() + "'], labels: {service: checkout}}]}]\n" +
                    std::string(kMemory)))
      << daemon.log();
  EXPECT_TRUE(scrapes(peer.url("/metrics")));
  peer.page("/metrics", "no page of metrics\n");
  EXPECT_TRUE(daemon.says("a target cannot be read"));
  peer.page("/metrics", "process_resident_memory_bytes 2048\n");
  EXPECT_TRUE(daemon.says("a target is read again"));
  const std::string log = daemon.log();
  const std::string failing = "a target cannot be read";
  EXPECT_EQ(log.find(failing), log.rfind(failing)) << log;
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(TargetsTest, AnHttpListIsRelabelledAndOutlivesAReload) {
  peer.page("/sd", list(peer.address(), R"("__meta_app":"checkout-7","env":"prod")"), kJson);
  peer.page("/metrics", "app_memory{kind=\"rss\"} 1024\napp_memory{kind=\"cache\"} 9e9\n");
  const std::string config =
      "scrape_configs:\n"
      "  - job_name: app\n"
      "    http_sd_configs: [{url: '" +
      peer.url("/sd") +
      "', refresh_interval: 1s}]\n"
      "    relabel_configs:\n"
      "      - {source_labels: [env], regex: prod, action: keep}\n"
      "      - {source_labels: [__meta_app], regex: '(.+)-\\d+', target_label: service}\n"
      "    metric_relabel_configs:\n"
      "      - {source_labels: [kind], regex: cache, action: drop}\n"
      "      - {source_labels: [__name__], regex: app_memory, "
      "replacement: process_resident_memory_bytes, target_label: __name__}\n" +
      std::string(kMemory);
  ASSERT_TRUE(start(config)) << daemon.log();
  EXPECT_TRUE(scrapes(peer.url("/metrics")));
  EXPECT_EQ(rows("scrape").begin()->second["service"], "checkout");
  EXPECT_TRUE(eventually([&] { return counted("ok") >= 2; }));
  EXPECT_EQ(counted("breach"), 0) << "what is dropped is not seen";

  peer.status("/sd", 500);
  EXPECT_TRUE(daemon.says("it answered 500"));
  EXPECT_NE(daemon.metric("revisitd_sd_refresh_failures_total{mechanism=\"http\"}"), "0");
  ASSERT_EQ(daemon.post("/-/reload").status, 200);
  EXPECT_TRUE(scrapes(peer.url("/metrics")));
  peer.status("/sd", 200);
  peer.page("/sd", list(peer.address(), R"("__meta_app":"checkout-7","env":"test")"), kJson);
  EXPECT_TRUE(eventually([&] { return rows("scrape").empty(); }));
  EXPECT_EQ(daemon.metric("revisitd_sd_dropped_targets"), "1");
}

TEST_F(TargetsTest, ATargetThatCannotBeUsedIsTold) {
  ASSERT_TRUE(
      start("scrape_configs:\n"
            "  - job_name: app\n"
            "    static_configs: [{targets: [a:80], labels: {service: checkout}}]\n"
            "    relabel_configs: [{target_label: __scheme__, replacement: gopher}]\n"));
  EXPECT_TRUE(daemon.says("gopher"));
  EXPECT_THAT(rows("discovery").at("targets")["last_error"].get<std::string>(),
              HasSubstr("a:80: scheme"));
  EXPECT_EQ(daemon.metric("revisitd_sd_refused_targets"), "1");
}

TEST_F(TargetsTest, PodsOfAClusterAreTargets) {
  const std::size_t colon = peer.address().rfind(':');
  peer.page(
      "/api/v1/pods",
      R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"checkout-1",)"
      R"("namespace":"shop","labels":{"app":"checkout"}},"spec":{"containers":[{"name":"app",)"
      R"("ports":[{"containerPort":)" +
          peer.address().substr(colon + 1) + R"(}]}]},"status":{"podIP":"127.0.0.1"}}]})",
      kJson);
  ASSERT_TRUE(
      start("scrape_configs:\n"
            "  - job_name: pods\n"
            "    kubernetes_sd_configs: [{role: pod, api_server: '" +
            peer.url("") +
            "'}]\n"
            "    relabel_configs:\n"
            "      - {source_labels: [__meta_kubernetes_pod_label_app], "
            "target_label: service}\n" +
            kMemory));
  EXPECT_TRUE(scrapes(peer.url("/metrics")));
  EXPECT_EQ(rows("scrape").begin()->second["service"], "checkout");
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(TargetsTest, ControlGroupsAreReadAsAPage) {
  daemon.write("cg/system.slice/checkout.service/cgroup.controllers", "memory\n");
  daemon.write("cg/system.slice/checkout.service/memory.current", "2147483648\n");
  daemon.write("cg/system.slice/checkout.service/memory.stat", "anon 1\ninactive_file 5\n");
  ASSERT_TRUE(
      start("cgroup_configs:\n"
            "  - job_name: units\n"
            "    root: " +
            daemon.path("cg") +
            "\n"
            "    groups: [{paths: ['system.slice/*.service']}]\n"
            "    relabel_configs:\n"
            "      - {source_labels: [__meta_cgroup_name], regex: '(.+)\\.service', "
            "target_label: service}\n"
            "presets: [cgroup]\n"));
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "big") == "tripped"; }))
      << daemon.get("/api/v1/targets").body;
  const json row = rows("scrape").begin()->second;
  EXPECT_EQ(row["labels"]["instance"], "system.slice/checkout.service");
  EXPECT_EQ(row["health"], "up");
  std::filesystem::remove_all(daemon.path("cg/system.slice/checkout.service"));
  EXPECT_TRUE(eventually([&] { return rows("scrape").empty(); }));
}

TEST_F(TargetsTest, CheckConfigShowsWhatPresetsGive) {
  daemon.write("revisitd.yml", quick_config("scrape_configs: [{job_name: a, static_configs: []}]\n"
                                            "presets: [go-client, python-client]\n" +
                                            std::string(kMemory)));
  const Outcome good = revisitd({"check", "config", daemon.path("revisitd.yml")});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("7 signals"));
  EXPECT_THAT(good.out, HasSubstr("  preset go-client: cpu gc_pause goroutines heap open_files\n"));
  EXPECT_THAT(good.out, HasSubstr("  preset python-client: gc_collections\n"));
  daemon.write("revisitd.yml", quick_config("presets: [go-client]\n"));
  const Outcome bad = revisitd({"check", "config", daemon.path("revisitd.yml")});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("revisitd.yml:3:11: `presets`: `go-client` reads scraped pages"));
}

TEST_F(TargetsTest, WhatIsSuggestedPassesTheCheck) {
  for (const char* name : {"prometheus.prom.txt", "python_app.om.txt", "redis_exporter.prom.txt"}) {
    const Outcome suggested =
        revisitd({"scrape", "--suggest",
                  std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/expositions/" + name});
    ASSERT_EQ(suggested.code, 0) << suggested.err;
    daemon.write(
        "revisitd.yml",
        quick_config("scrape_configs: [{job_name: a, static_configs: []}]\n" + suggested.out));
    const Outcome checked = revisitd({"check", "config", daemon.path("revisitd.yml")});
    EXPECT_EQ(checked.code, 0) << checked.err << suggested.out;
  }
  EXPECT_EQ(revisitd({"scrape", "--suggest", "--json", "x"}).code, 2);
}

}  // namespace
}  // namespace revisitd::testing
