#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sstream>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"
#include "tests/unit/collectors/fault_server.h"

// The program as a process: how it starts, what it says, how it stops.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

// What a service manager hears.
class NotifySocket {
 public:
  explicit NotifySocket(std::string path) : path_(std::move(path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~NotifySocket() { ::close(fd_); }
  // Everything heard so far, one state a line.
  std::string heard() {
    char buffer[1024];
    for (ssize_t n = 0; (n = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
      heard_ += std::string(buffer, static_cast<std::size_t>(n)) + "\n";
    }
    return heard_;
  }

 private:
  std::string path_;
  int fd_;
  std::string heard_;
};

class LifeTest : public ::testing::Test {
 protected:
  LifeTest() { daemon.write("revisitd.yml", quick_config()); }

  Daemon daemon;
};

TEST_F(LifeTest, TheServiceManagerHearsReadyWatchdogReloadingAndStopping) {
  NotifySocket socket(daemon.path("notify"));
  ASSERT_TRUE(daemon.start({}, {"NOTIFY_SOCKET=" + daemon.path("notify"), "WATCHDOG_USEC=2000000"}))
      << daemon.log();
  const auto heard = [&](const char* what) {
    return eventually([&] { return socket.heard().find(what) != std::string::npos; });
  };
  EXPECT_TRUE(heard("READY=1\nSTATUS=watching 0 decisions"));
  EXPECT_TRUE(heard("WATCHDOG=1"));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(heard("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_TRUE(eventually([&] {
    const std::string all = socket.heard();
    return all.find("READY=1", all.find("RELOADING=1")) != std::string::npos;
  }));
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_THAT(socket.heard(), ::testing::EndsWith("STOPPING=1\n"));
}

TEST_F(LifeTest, StopsWithinFiveSecondsWhateverHangs) {
  FaultServer mute({read_request(), hang()});
  daemon.write("revisitd.yml",
               "global: {scrape_interval: 1s, slots: [1s], settle: 0s}\n"
               "records: {files: ['records/*.md']}\n"
               "scrape_configs: [{job_name: a, static_configs: [{targets: ['127.0.0.1:" +
                   std::to_string(mute.port()) +
                   "'], labels: {service: checkout}}]}]\n"
                   "prometheus: [{name: main, url: 'http://127.0.0.1:" +
                   std::to_string(mute.port()) +
                   "'}]\n"
                   "signals:\n  memory: {max: m, unit: bytes}\n  nodes: {from: main, query: up}\n");
  daemon.write("records/checkout.md", record("checkout",
                                             "triggers:\n  a: {when: memory > 1GiB, window: 3s}\n"
                                             "  b: {when: nodes > 2, window: 3s}\n"));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] { return mute.connections() >= 2; }));
  const auto begun = Clock::now();
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
  EXPECT_LT(Clock::now() - begun, seconds(5));
  EXPECT_THAT(daemon.log(), HasSubstr("msg=stopped exit_code=0"));
}

TEST_F(LifeTest, ASecondSignalToStopEndsItAtOnceAndOthersAreHarmless) {
  ASSERT_TRUE(daemon.start()) << daemon.log();
  for (const int number : {SIGPIPE, SIGQUIT, SIGHUP, SIGHUP}) daemon.signal(number);
  ASSERT_TRUE(daemon.says("configuration loaded"));
  EXPECT_EQ(daemon.get("/-/healthy").status, 200);
  daemon.signal(SIGTERM);
  daemon.signal(SIGINT);
  const auto begun = Clock::now();
  EXPECT_TRUE(daemon.wait().has_value());
  EXPECT_LT(Clock::now() - begun, seconds(5));
}

TEST_F(LifeTest, ATakenAddressAndATakenDatabaseAreTemporary) {
  ASSERT_TRUE(daemon.start()) << daemon.log();
  Daemon second;
  second.write("revisitd.yml", quick_config());
  EXPECT_FALSE(second.start({"--web.listen-address=127.0.0.1:" + std::to_string(daemon.port())}));
  EXPECT_EQ(second.wait(), 75);
  EXPECT_THAT(second.log(), HasSubstr("Address already in use"));
  Daemon third;
  third.write("revisitd.yml", quick_config());
  EXPECT_FALSE(third.start({"--storage.path=" + daemon.path("data")}));
  EXPECT_EQ(third.wait(), 75);
  EXPECT_THAT(third.log(), HasSubstr(std::to_string(daemon.pid()))) << "names who holds it";
  EXPECT_EQ(daemon.get("/-/ready").status, 200);
}

TEST_F(LifeTest, ABadConfigurationIsToldWithItsPlace) {
  daemon.write("revisitd.yml", "records: {files: [records]}\nsignals: {rps: {rate: 'a{b=}'}}\n");
  EXPECT_FALSE(daemon.start());
  EXPECT_EQ(daemon.wait(), 1);
  EXPECT_THAT(daemon.log(), HasSubstr("level=error"));
  EXPECT_THAT(daemon.log(), HasSubstr("place=2:"));
  daemon.remove("revisitd.yml");
  EXPECT_FALSE(daemon.start());
  EXPECT_THAT(daemon.log(), HasSubstr("No such file or directory"));
}

TEST_F(LifeTest, LogsAreOneLineAnEventInEitherFormat) {
  const std::string name = "records/a\x1b[31m\nlevel=info msg=forged.md";
  daemon.write(name, record("checkout", "triggers: {a: {when: b, window: 1m}}\n"));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("\\u001b[31m\\nlevel=info msg=forged.md"));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("\nlevel=info")));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("\x1b")));
  ASSERT_EQ(daemon.stop(), 0);
  const std::size_t before = daemon.log().size();
  ASSERT_TRUE(daemon.start({"--log.format=json", "--log.level=debug"})) << daemon.log();
  ASSERT_EQ(daemon.stop(), 0);
  std::istringstream lines(daemon.log().substr(before));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const json entry = json::parse(line, nullptr, false);
    ASSERT_TRUE(entry.is_object()) << line;
    EXPECT_TRUE(entry.contains("ts") && entry.contains("level") && entry.contains("msg")) << line;
  }
  EXPECT_GE(count, 4);
}

TEST_F(LifeTest, SecretsStayOutOfLogsPagesAndMetrics) {
  Peer peer;
  peer.status("/slack/T0/CANARY-1", 500);
  daemon.write("token", "CANARY-2\n");
  daemon.write(
      "revisitd.yml",
      quick_config(
          "scrape_configs:\n  - job_name: a\n    authorization: {credentials_file: token}\n"
          "    headers: {x-key: CANARY-3}\n    static_configs: [{targets: ['" +
          peer.address() +
          "'], labels: {service: checkout}}]\n"
          "signals: {memory: {max: m, unit: bytes}}\n"
          "receivers: [{name: s, slack: {api_url: '" +
          peer.url("/slack/T0/CANARY-1") + "'}}]\nroutes: [{receiver: s}]\n"));
  peer.page("/metrics", "m 1e12\n");
  daemon.write("records/checkout.md",
               record("checkout", "triggers: {a: {when: memory > 1GiB, window: 2s}}\n"));
  ASSERT_TRUE(daemon.start({"--log.level=debug"})) << daemon.log();
  ASSERT_TRUE(eventually([&] { return !peer.posts("/slack/T0/CANARY-1").empty(); }))
      << daemon.log();
  ASSERT_TRUE(daemon.says("will be tried again"));
  for (const char* path : {"/", "/deliveries", "/targets", "/metrics", "/api/v1/status/config",
                           "/api/v1/deliveries", "/api/v1/targets", "/api/v1/status/flags"}) {
    EXPECT_THAT(daemon.get(path).body, Not(HasSubstr("CANARY"))) << path;
  }
  EXPECT_THAT(daemon.get("/api/v1/status/config").body, HasSubstr("<secret>"));
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_THAT(daemon.log(), Not(HasSubstr("CANARY")));
}

}  // namespace
}  // namespace revisitd::testing
