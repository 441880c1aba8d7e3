#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "collectors/http_client.h"
#include "daemon/app.h"
#include "tests/integration/child_process.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/temp_folder.h"

// The whole daemon and the real Prometheus, which has scraped a service since before the daemon
// knew of it.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using collectors::TempFolder;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FaultServer;
using ::testing::HasSubstr;
using Steady = std::chrono::steady_clock;

// A service whose load is low and high by turns, six scrapes each.
FaultServer service() {
  std::vector<testing::Script> scripts;
  for (int n = 0; n < 400; ++n) {
    const std::string page = n / 6 % 2 == 0 ? "load 1\nheat 9\n" : "load 10\nheat 9\n";
    scripts.push_back(testing::answering(testing::ok_response(
        page, "Content-Type: text/plain; version=0.0.4\r\nConnection: close\r\n")));
  }
  return FaultServer(std::move(scripts));
}

// One daemon in its own folder, on the test's thread.
class Daemon {
 public:
  Daemon(asio::io_context& io, const std::string& folder, const std::string& prometheus)
      : io_(io), folder_(folder) {
    std::filesystem::create_directories(folder_ + "/records");
    std::ofstream(folder_ + "/revisitd.yml")
        << "global: {slots: [2s]}\n"
           "records: {files: ['records'], poll_interval: 1s}\n"
           "prometheus:\n"
           "  - {name: main, url: '"
        << prometheus
        << "', evaluation_delay: 3s}\n"
           "signals:\n"
           "  load: {from: main, query: 'sum by (service) (load)'}\n"
           "  heat: {from: main, query: 'sum by (service) (heat)'}\n";
  }
  ~Daemon() { stop(); }

  void record(const std::string& condition, const std::string& window) const {
    std::ofstream(folder_ + "/records/0001-cart.md")
        << "# Use Python for cart\n* Status: accepted\n* Date: 2024-05-04\n\n"
           "```yaml revisit\nservice: cart\nteam: payments\nlanguage: python\n"
           "alternatives: [go]\ntriggers:\n  hot:\n    when: "
        << condition << "\n    window: " << window << "\n    favours: go\n```\n";
  }
  void start() {
    AppOptions options;
    options.config_file = folder_ + "/revisitd.yml";
    options.storage_path = folder_ + "/state";
    options.listen_address = "127.0.0.1:0";
    app_ = std::make_unique<App>(io_.get_executor(), std::move(options), log(), clock());
    ended_ = false;
    asio::co_spawn(io_, app_->run(), [this](const std::exception_ptr&, int) { ended_ = true; });
  }
  void stop() {
    if (!app_) return;
    app_->stop();
    while (!ended_) {
      io_.restart();
      io_.run_for(milliseconds(20));
    }
    // What is still under way belongs to a stopped program: it is left alone, as `revisitd run`
    // does.
    static std::vector<std::unique_ptr<App>>& stopped = *new std::vector<std::unique_ptr<App>>;
    stopped.push_back(std::move(app_));
  }

  [[nodiscard]] AppView& view() { return app_->view(); }
  [[nodiscard]] const rules::TriggerState* trigger() {
    const auto& decisions = view().engine().decisions();
    const auto state = decisions.find("cart");
    if (state == decisions.end() || !state->second.triggers.contains("hot")) return nullptr;
    return &state->second.triggers.at("hot");
  }
  [[nodiscard]] std::int64_t last_slot() {
    const auto* t = trigger();
    return t == nullptr ? 0 : t->ledger.last().value_or(0);
  }

 private:
  static Log& log() {
    static Log& silent = *make_silent_log().release();
    return silent;
  }
  static const Clock& clock() {
    static const SystemClock system;
    return system;
  }

  asio::io_context& io_;
  std::string folder_;
  std::unique_ptr<App> app_;
  bool ended_ = true;
};

class BackfillFromPrometheus : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string program = testing::find_program("prometheus");
    ASSERT_NE(program, "") << "the Debian package prometheus is not installed";
    const std::string address = "127.0.0.1:" + std::to_string(testing::free_port());
    url_ = "http://" + address;
    std::ofstream(folder_ / "prometheus.yml")
        << "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
           "scrape_configs:\n"
           "  - job_name: app\n"
           "    static_configs:\n"
           "      - targets: ['127.0.0.1:"
        << service_.port() << "']\n        labels: {service: cart}\n";
    process_.emplace(
        std::vector<std::string>{program, "--config.file=" + (folder_ / "prometheus.yml"),
                                 "--storage.tsdb.path=" + (folder_ / "data"),
                                 "--web.listen-address=" + address},
        folder_ / "log");
  }
  template <class Condition>
  bool wait_for(Condition condition, Duration patience = seconds(60)) {
    const auto deadline = Steady::now() + patience;
    while (!condition()) {
      if (Steady::now() > deadline) return false;
      io_.restart();
      io_.run_for(milliseconds(50));
    }
    return true;
  }
  static asio::awaitable<void> keep(
      asio::awaitable<Result<collectors::FetchResponse, collectors::FetchError>> fetch,
      std::optional<std::string>& body) {
    const auto response = co_await std::move(fetch);
    body = response ? response->body : "";
  }
  std::string get(const std::string& url) {
    collectors::FetchRequest request;
    request.url = url;
    std::optional<std::string> body;
    asio::co_spawn(io_, keep(client_->fetch(std::move(request)), body),
                   [](const std::exception_ptr&) {});
    wait_for([&body] { return body.has_value(); });
    return body.value_or("");
  }
  // Whether the server has scraped the service for so long.
  bool knows(int scrapes) {
    const std::string body = get(url_ + "/api/v1/query?query=count_over_time(heat%5B1h%5D)");
    const std::size_t at = body.rfind(",\"");
    return at != std::string::npos && std::atoi(body.c_str() + at + 2) >= scrapes;
  }

  TempFolder folder_;
  FaultServer service_ = service();
  std::string url_;
  asio::io_context io_;
  std::unique_ptr<collectors::HttpClient> client_ =
      collectors::make_http_client(io_.get_executor(), {});
  std::optional<testing::ChildProcess> process_;
};

TEST_F(BackfillFromPrometheus, ARecordThatLandsLaterHasItsVerdictAtOnce) {
  ASSERT_TRUE(wait_for([this] { return knows(45); }, seconds(90)));
  Daemon daemon(io_, folder_ / "late", url_);
  daemon.start();
  ASSERT_TRUE(wait_for([&] { return daemon.view().readiness().ready; }));
  daemon.record("heat > 5", "40s");
  const auto landed = Steady::now();
  ASSERT_TRUE(wait_for([&] {
    return daemon.trigger() != nullptr && daemon.trigger()->verdict == rules::Verdict::tripped;
  }));
  EXPECT_LT(Steady::now() - landed, seconds(20))
      << "live, the window would take 32 s to be covered";
  EXPECT_TRUE(daemon.view().engine().decisions().at("cart").revisit->backfilled);
  ASSERT_TRUE(wait_for([&] { return daemon.view().backfill().triggers.empty(); }));
  const BackfillStatus status = daemon.view().backfill();
  EXPECT_EQ(status.judged, 1u);
  EXPECT_GE(status.values, 15u);
  EXPECT_THAT(daemon.view().metrics(), HasSubstr("revisitd_backfill_triggers_total 1\n"));
}

TEST_F(BackfillFromPrometheus, AStoppedDaemonStandsWhereOneThatRanThroughDoes) {
  ASSERT_TRUE(wait_for([this] { return knows(2); }));
  Daemon through(io_, folder_ / "through", url_), stopped(io_, folder_ / "stopped", url_);
  for (Daemon* d : {&through, &stopped}) {
    d->record("load > 5", "60s");
    d->start();
  }
  // Both: where one has judged nothing yet, its last slot says nothing of time.
  const auto judges = [](Daemon& d) {
    return d.trigger() != nullptr && d.trigger()->ledger.counts().ok > 1;
  };
  ASSERT_TRUE(wait_for([&] { return judges(through) && judges(stopped); }));
  stopped.stop();
  const std::int64_t left = through.last_slot();
  ASSERT_TRUE(wait_for([&] { return through.last_slot() >= left + 8; }));
  stopped.start();
  ASSERT_TRUE(wait_for([&] { return stopped.last_slot() >= left + 10; }));
  ASSERT_TRUE(wait_for([&] { return stopped.last_slot() == through.last_slot(); }));
  EXPECT_GE(stopped.view().backfill().gap_slots, 7u);
  EXPECT_EQ(stopped.trigger()->ledger.encode(), through.trigger()->ledger.encode());
  EXPECT_EQ(stopped.trigger()->verdict, through.trigger()->verdict);
  EXPECT_GT(stopped.trigger()->ledger.counts().breach, 0);
}

}  // namespace
}  // namespace revisitd::daemon
