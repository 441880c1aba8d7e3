#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"

// What a restart must not lose.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using std::chrono::seconds;

std::string page_of(int mebibytes) {
  return "process_resident_memory_bytes " + std::to_string(mebibytes) + "e6\n";
}

class RestartTest : public ::testing::Test {
 protected:
  void configure(const std::string& slots, const std::string& window) {
    peer.page("/metrics", page_of(400));
    daemon.write("revisitd.yml",
                 "global: {scrape_interval: 1s, slots: [" + slots +
                     "], settle: 0s}\nrecords: {files: ['records/*.md']}\n"
                     "scrape_configs: [{job_name: a, static_configs: [{targets: ['" +
                     peer.address() +
                     "'], labels: {service: checkout}}]}]\n"
                     "signals: {memory: {max: process_resident_memory_bytes, unit: bytes}}\n"
                     "receivers: [{name: hook, webhook: {url: '" +
                     peer.url("/hook") + "'}}]\nroutes: [{receiver: hook}]\n");
    daemon.write("records/checkout.md",
                 record("checkout", "triggers: {footprint: {when: memory > 256MiB, window: " +
                                        window + "}}\n"));
  }
  json decision() const { return daemon.get("/api/v1/decisions/checkout").data(); }

  Peer peer;
  Daemon daemon;
};

class RestartBySignalTest : public RestartTest, public ::testing::WithParamInterface<int> {};

TEST_P(RestartBySignalTest, VerdictsRevisitsAndDeliveriesGoOnWhereTheyStood) {
  configure("1s", "3s");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] {
    return peer.posts("/hook").size() == 1 &&
           !daemon.get("/api/v1/deliveries?state=delivered").data().empty();
  })) << daemon.log();
  ASSERT_EQ(daemon.post("/api/v1/revisits/checkout/acknowledge", R"({"by":"ana"})").status, 200);
  const json before = decision();
  const auto trail = daemon.get("/api/v1/trail").data().size();
  daemon.signal(GetParam());
  ASSERT_TRUE(daemon.wait().has_value());

  ASSERT_TRUE(daemon.start()) << daemon.log();
  const json after = decision();
  EXPECT_EQ(after["revisit"]["revisit"], before["revisit"]["revisit"]);
  EXPECT_EQ(after["revisit"]["since"], before["revisit"]["since"]);
  EXPECT_EQ(after["revisit"]["state"], "acknowledged");
  EXPECT_GE(daemon.get("/api/v1/trail").data().size(), trail);
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "footprint") == "tripped"; }));
  peer.page("/metrics", page_of(1));
  ASSERT_TRUE(eventually([&] { return peer.posts("/hook").size() >= 2; })) << daemon.log();
  EXPECT_EQ(json::parse(peer.posts("/hook")[1].body)["type"], "revisit.subsided");
}

INSTANTIATE_TEST_SUITE_P(Signals, RestartBySignalTest, ::testing::Values(SIGTERM, SIGKILL));

TEST_F(RestartTest, ASlotInProgressKeepsWhatItHad) {
  configure("10s", "30s");
  const auto second = [] {
    return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  ASSERT_TRUE(eventually([&] { return second() % 10 == 0; }, seconds(12)));
  const auto slot = second() / 10 * 10;
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] {
    const json targets = daemon.get("/api/v1/targets").data();
    return !targets.empty() && targets[0]["health"] == "up";
  })) << daemon.log();
  ASSERT_EQ(daemon.stop(), 0);
  peer.page("/metrics", page_of(1));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_LT(second(), slot + 9) << "too slow to say anything";
  const std::string path = "/api/v1/signals/checkout/memory?start=" + std::to_string(slot) +
                           "&end=" + std::to_string(slot) + "&step=10s";
  ASSERT_TRUE(eventually([&] { return !daemon.get(path).data()["values"].empty(); }, seconds(20)))
      << daemon.log();
  EXPECT_EQ(daemon.get(path).data()["values"][0][1], "400000000");
}

TEST_F(RestartTest, APortThatIsTakenCostsNoSlotInProgress) {
  configure("10m", "1h");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] { return peer.gets("/metrics") >= 2; }));
  ASSERT_EQ(daemon.stop(), 0);
  Peer squatter;
  ASSERT_FALSE(daemon.start({"--web.listen-address=" + squatter.address()}));
  ASSERT_EQ(daemon.wait(), 75);
  // The reduction of a slot that never ends here is in the database and nowhere else.
  EXPECT_TRUE(daemon.start()) << daemon.log();
  EXPECT_EQ(daemon.log().find("start anew"), std::string::npos);
}

}  // namespace
}  // namespace revisitd::testing
