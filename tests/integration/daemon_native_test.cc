#include <gtest/gtest.h>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"
#include "tests/unit/collectors/protobuf_page.h"

// A service whose histogram is native only, as client libraries serve it: with its buckets to those
// who ask for protobuf, as sum and count to the others.
namespace revisitd::testing {
namespace {

using collectors::Message;
using daemon::HttpRequest;
using daemon::HttpResponse;

// Each page has seen a hundred requests more, all between one second and two.
HttpResponse native_page(const HttpRequest& request, int pages) {
  const auto count = static_cast<std::uint64_t>(pages) * 100;
  const std::string number = std::to_string(count);
  if (request.header("accept").find("application/vnd.google.protobuf") == std::string::npos) {
    return {.status = 200,
            .content_type = "text/plain; version=0.0.4",
            .body = "lat_bucket{le=\"+Inf\"} " + number + "\nlat_sum " + number + "\nlat_count " +
                    number + "\n"};
  }
  const Message fields = Message()
                             .number(1, count)
                             .real(2, static_cast<double>(count))
                             .integer(5, 0)
                             .message(12, collectors::span(1, 1))
                             .integer(13, static_cast<std::int64_t>(count));
  return {.status = 200,
          .content_type = collectors::kProtobufType,
          .body = collectors::page(
              {collectors::family("lat", collectors::kHistogram,
                                  {collectors::metric({}, collectors::histogram(fields))})})};
}

class DaemonNativeTest : public ::testing::Test {
 protected:
  DaemonNativeTest() {
    peer.page("/metrics",
              [this](const HttpRequest& request) { return native_page(request, ++pages_); });
    daemon.write(
        "records/checkout.md",
        record("checkout", "triggers:\n  slow: {when: latency_p99 > 500ms, window: 9s}\n"));
  }
  bool start(const std::vector<std::string>& flags, const std::string& protocols = "") {
    daemon.write("revisitd.yml",
                 "global: {scrape_interval: 1s, slots: [3s], settle: 0s}\n"
                 "records: {files: ['records/*.md']}\n"
                 "signals: {latency_p99: {quantile: 0.99, series: lat, unit: seconds}}\n"
                 "scrape_configs:\n  - job_name: app\n" +
                     protocols + "    static_configs: [{targets: ['" + peer.address() +
                     "'], labels: {service: checkout}}]\n");
    return daemon.start(flags);
  }
  bool trips() const {
    return eventually([&] { return daemon.verdict("checkout", "slow") == "tripped"; },
                      std::chrono::seconds(30));
  }

  Peer peer;
  Daemon daemon;

 private:
  int pages_ = 0;
};

TEST_F(DaemonNativeTest, AQuantileIsReadFromNativeBucketsWithTheFeature) {
  ASSERT_TRUE(start({"--enable-feature=native-histograms"})) << daemon.log();
  EXPECT_TRUE(trips()) << daemon.get("/api/v1/decisions/checkout").body;
  const auto flags = daemon.get("/api/v1/status/flags").data();
  EXPECT_EQ(flags["enable-feature"], "native-histograms");
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(DaemonNativeTest, AJobMayAskForProtobufByItself) {
  ASSERT_TRUE(start({}, "    scrape_protocols: [PrometheusProto, PrometheusText0.0.4]\n"))
      << daemon.log();
  EXPECT_TRUE(trips()) << daemon.get("/api/v1/decisions/checkout").body;
}

TEST_F(DaemonNativeTest, WithoutItSuchAServiceIsBlind) {
  ASSERT_TRUE(start({})) << daemon.log();
  ASSERT_TRUE(eventually([&] { return peer.gets("/metrics") >= 9; })) << "two slots and more";
  const auto trigger = daemon.get("/api/v1/decisions/checkout").data()["triggers"][0];
  EXPECT_TRUE(trigger["value"].is_null()) << trigger;
  EXPECT_EQ(daemon.verdict("checkout", "slow"), "blind");
}

}  // namespace
}  // namespace revisitd::testing
