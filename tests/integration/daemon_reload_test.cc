#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <iterator>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"
#include "tests/unit/collectors/test_certificates.h"

// SIGHUP and /-/reload: everything anew, or the old and a reason.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;

class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() { daemon.write("revisitd.yml", quick_config()); }
  std::string config() const {
    return daemon.get("/api/v1/status/config").data().value("yaml", "");
  }

  Daemon daemon;
};

TEST_F(ReloadTest, AGoodConfigurationIsSwappedInABadOneIsRefusedWithItsPlace) {
  ASSERT_TRUE(daemon.start({"--web.enable-lifecycle"})) << daemon.log();
  daemon.write("revisitd.yml", quick_config("recievers: []\n"));
  const Answer refused = daemon.post("/-/reload");
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("revisitd.yml:3:1: unknown key `recievers`"));
  EXPECT_EQ(daemon.metric("revisitd_config_last_reload_successful"), "0");
  const json told = daemon.get("/api/v1/status").data()["config"];
  EXPECT_EQ(told["last_reload_ok"], false);
  EXPECT_THAT(told["last_reload_error"].get<std::string>(), HasSubstr("revisitd.yml:3:1"));
  EXPECT_THAT(daemon.get("/").body, HasSubstr("The last reload failed"));
  EXPECT_THAT(config(), ::testing::Not(HasSubstr("recievers")));
  EXPECT_TRUE(daemon.says("the old one stays"));

  daemon.write("revisitd.yml", quick_config("receivers: []\n"));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return config().find("receivers") != std::string::npos; }));
  EXPECT_TRUE(
      eventually([&] { return daemon.metric("revisitd_config_last_reload_successful") == "1"; }));
  EXPECT_EQ(daemon.get("/api/v1/status/runtimeinfo").data()["reloadConfigSuccess"], true);
}

TEST_F(ReloadTest, WishesThatComeAtOnceAreGrantedOneByOneAndTheLastWins) {
  ASSERT_TRUE(daemon.start({"--web.enable-lifecycle"})) << daemon.log();
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      for (int n = 0; n < 3; ++n) EXPECT_EQ(daemon.post("/-/reload").status, 200);
    });
  }
  for (int i = 1; i <= 50; ++i) {
    daemon.write("revisitd.yml",
                 "# " + std::to_string(i) + "\n" +
                     quick_config("roster: {files: [], validity: " + std::to_string(i) + "h}\n"));
    daemon.signal(SIGHUP);
  }
  EXPECT_TRUE(eventually([&] { return config().find("50h") != std::string::npos; }, seconds(5)))
      << daemon.log();
  for (std::thread& other : others) other.join();
  EXPECT_TRUE(daemon.running());
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(ReloadTest, ANewLadderJudgesAtItsLengths) {
  Peer peer;
  peer.page("/metrics", "process_resident_memory_bytes 1\n");
  const std::string more = "scrape_configs: [{job_name: a, static_configs: [{targets: ['" +
                           peer.address() +
                           "'], labels: {service: checkout}}]}]\n"
                           "signals: {memory: {max: process_resident_memory_bytes, unit: bytes}}\n";
  const std::string head = "records: {files: ['records/*.md']}\n";
  daemon.write("records/checkout.md",
               record("checkout", "triggers:\n  footprint: {when: memory > 1GiB, window: 10s}\n"));
  daemon.write("revisitd.yml", head + "global: {scrape_interval: 1s, slots: [5s]}\n" + more);
  ASSERT_TRUE(daemon.start({"--web.enable-lifecycle"})) << daemon.log();
  daemon.write("revisitd.yml", head + "global: {scrape_interval: 1s, slots: [1s]}\n" + more);
  ASSERT_EQ(daemon.post("/-/reload").status, 200);
  EXPECT_TRUE(eventually([&] {
    const json trigger = daemon.get("/api/v1/decisions/checkout").data()["triggers"][0];
    return trigger["slot"] == "1s" && trigger["counts"]["ok"] >= 2;
  })) << daemon.get("/api/v1/decisions/checkout").body;
}

// "secret" and "better", at the lowest cost.
constexpr const char* kSecret = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
constexpr const char* kBetter = "$2b$04$abcdefghijklmnopqrstuuvkwXr30qqEuAZ446LZma/R9wyFWkwDC";

TEST_F(ReloadTest, PasswordsAreReadAnew) {
  daemon.write("web.yml", std::string("basic_auth_users: {ana: '") + kSecret + "'}\n");
  ASSERT_TRUE(daemon.start({"--web.config.file=" + daemon.path("web.yml")})) << daemon.log();
  const auto status = [&](const std::string& credentials) {
    return ask(daemon.port(), "GET", "/api/v1/status", "",
               "Authorization: Basic " + credentials + "\r\n")
        .status;
  };
  const std::string secret = "YW5hOnNlY3JldA==", better = "YW5hOmJldHRlcg==";
  EXPECT_EQ(daemon.get("/api/v1/status").status, 401);
  EXPECT_EQ(status(secret), 200);
  EXPECT_EQ(status(better), 401);

  daemon.write("web.yml", "basic_auth_users: {ana: plain}\n");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(daemon.says("expected a bcrypt hash"));
  EXPECT_EQ(status(secret), 200);

  daemon.write("web.yml", std::string("basic_auth_users: {ana: '") + kBetter + "'}\n");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return status(better) == 200; })) << daemon.log();
  EXPECT_EQ(status(secret), 401);

  daemon.write("http.yml", "basic_auth: {username: ana, password: better}\n");
  const Outcome told = revisitd(
      {"status", "--url=" + daemon.url(), "--http.config.file=" + daemon.path("http.yml")});
  EXPECT_EQ(told.code, 0) << told.err;
  const Outcome refused = revisitd({"status", "--url=" + daemon.url()});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("401: a name and a password are needed"));
}

// What the command line, which trusts one authority, hears of a daemon behind TLS.
class TlsReloadTest : public ReloadTest {
 protected:
  TlsReloadTest() {
    show("good", "good");
    daemon.write("web.yml", kTls);
    daemon.write("http.yml", "tls_config: {ca_file: '" + certificates.path("ca.pem") + "'}\n");
  }
  // Puts these files into the daemon's folder, as tools that renew certificates do.
  void show(const std::string& certificate, const std::string& key) {
    daemon.write("tls.pem", text_of(certificates.path(certificate + ".pem")));
    daemon.write("tls.key", text_of(certificates.path(key + ".key")));
  }
  bool trusted() {
    return revisitd({"status", "--url=https://127.0.0.1:" + std::to_string(daemon.port()),
                     "--http.config.file=" + daemon.path("http.yml")})
               .code == 0;
  }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static constexpr const char* kTls =
      "tls_server_config: {cert_file: tls.pem, key_file: tls.key}\n";
  TestCertificates certificates;
};

TEST_F(TlsReloadTest, ARenewedCertificateIsShownAndAHalfRenewedOneIsNot) {
  ASSERT_TRUE(daemon.start({"--web.config.file=" + daemon.path("web.yml")})) << daemon.log();
  ASSERT_TRUE(trusted());
  show("self", "good");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(daemon.says("key values mismatch")) << daemon.log();
  EXPECT_TRUE(trusted());
  show("self", "self");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return !trusted(); })) << daemon.log();
  show("good", "good");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return trusted(); })) << daemon.log();
}

TEST_F(TlsReloadTest, NoReloadTurnsItOff) {
  ASSERT_TRUE(daemon.start({"--web.config.file=" + daemon.path("web.yml")})) << daemon.log();
  daemon.write("web.yml", "{}\n");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(daemon.says("TLS is turned on or off by a restart")) << daemon.log();
  EXPECT_TRUE(trusted());
}

}  // namespace
}  // namespace revisitd::testing
