#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <optional>

#include "collectors/slot_collector.h"
#include "rules/backtest.h"
#include "rules/record.h"
#include "tests/integration/child_process.h"
#include "tests/integration/command_output.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/temp_folder.h"

// Live and backtest agree to the byte: the collector and the engine judge a real Prometheus slot by
// slot as time goes by; then the command judges the same slots from its history.
namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kSlot = seconds(1);
constexpr int kSlots = 24;

constexpr const char* kRecord =
    "service: checkout\nteam: payments\ndate: 2026-01-01\nlanguage: python\nalternatives: [go]\n"
    "triggers:\n"
    "  load: {when: load > 5, window: 4s, trip: 75%}\n"
    "  busy: {when: load > 5, provided: rate > 0, window: 3s, clear: 10%}\n"
    "  gone: {when: nothing > 1, window: 3s}\n";

constexpr const char* kSignals =
    "signals:\n"
    "  load: {from: main, query: 'max by (service) (load)'}\n"
    "  rate: {from: main, query: 'sum by (service) (rate(work_total[$slot]))'}\n"
    "  nothing: {from: main, query: 'max by (service) (absent_metric)'}\n";

TimePoint wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// A gauge that is low for twelve scrapes and high for twelve, and a counter that stands still now
// and then.
testing::FaultServer target() {
  std::vector<testing::Script> scripts;
  for (int n = 0; n < 400; ++n) {
    const int load = n / 12 % 2 == 0 ? 2 : 9;
    scripts.push_back(testing::answering(testing::ok_response(
        "load " + std::to_string(load) + "\nwork_total " + std::to_string(n / 8 * 8) + "\n",
        "Content-Type: text/plain; version=0.0.4\r\nConnection: close\r\n")));
  }
  return testing::FaultServer(std::move(scripts));
}

class LiveBacktestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string program = testing::find_program("prometheus");
    ASSERT_NE(program, "") << "the Debian package prometheus is not installed";
    const std::string address = "127.0.0.1:" + std::to_string(testing::free_port());
    url_ = "http://" + address;
    write("prometheus.yml",
          "global: {scrape_interval: 250ms, scrape_timeout: 250ms}\n"
          "scrape_configs:\n"
          "  - job_name: app\n"
          "    static_configs: [{targets: ['127.0.0.1:" +
              std::to_string(target_.port()) + "'], labels: {service: checkout}}]\n");
    write("record.yaml", kRecord);
    write("revisitd.yml",
          "global: {slots: [1s]}\nrecords: {files: [record.yaml]}\nprometheus:\n  - {name: main, "
          "url: '" +
              url_ + "', evaluation_delay: 1s}\n" + kSignals);
    process_.emplace(
        std::vector<std::string>{program, "--config.file=" + (folder_ / "prometheus.yml"),
                                 "--storage.tsdb.path=" + (folder_ / "data"),
                                 "--web.listen-address=" + address},
        folder_ / "log");
    PromqlServerSpec spec;
    spec.name = "main";
    spec.url = url_;
    spec.evaluation_delay = seconds(1);
    source_ = make_promql_source(io_.get_executor(), *client_, spec, wall_clock);
    collector_.set_sources({source_});
  }
  ~LiveBacktestTest() override {
    client_->cancel_all();
    io_.restart();
    io_.run_for(seconds(1));
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  template <class T>
  static asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
    result.emplace(co_await std::move(work));
  }
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io_, keep(std::move(work), result), [](const std::exception_ptr&) {});
    while (!result) {
      if (io_.stopped()) io_.restart();
      io_.run_one_for(seconds(1));
    }
    return std::move(*result);
  }
  void wait_until(TimePoint at) {
    while (wall_clock() < at) {
      io_.restart();
      io_.run_for(milliseconds(20));
    }
  }
  // The decision as the command reads it.
  std::shared_ptr<const rules::Decision> decision() {
    rules::SignalTable signals;
    for (const auto& [name, query] : std::vector<std::pair<std::string, std::string>>{
             {"load", "max by (service) (load)"},
             {"rate", "sum by (service) (rate(work_total[$slot]))"},
             {"nothing", "max by (service) (absent_metric)"}}) {
      rules::SignalSpec& spec = signals[name];
      spec.name = name;
      spec.reduction = rules::Reduction::query;
      spec.from = "main";
      spec.query = query;
    }
    rules::RecordOptions options;
    options.shortest_slot = options.longest_slot = kSlot;
    auto reading = rules::read_record({folder_ / "record.yaml", kRecord, "", ""}, signals, options);
    EXPECT_EQ(reading.decisions.size(), 1u);
    return std::make_shared<rules::Decision>(reading.decisions.at(0));
  }
  void want(const rules::Decision& decision) {
    std::vector<WantedSignal> wanted;
    for (const auto& [name, spec] : decision.signals)
      wanted.push_back({"checkout", decision.signals.share(name), {kSlot}});
    EXPECT_TRUE(collector_.want(std::move(wanted)).empty());
  }
  bool answers() {
    rules::SignalSpec spec;
    spec.from = "main";
    spec.query = "load";
    const auto answer = run(source_->query(spec, kSlot, wall_clock() - kSlot));
    return answer && answer->services.contains("checkout");
  }

  TempFolder folder_;
  testing::FaultServer target_ = target();
  std::string url_;
  std::optional<testing::ChildProcess> process_;
  asio::io_context io_;
  std::unique_ptr<HttpClient> client_ = make_http_client(io_.get_executor(), {});
  std::shared_ptr<PromqlSource> source_;
  SlotCollector collector_{wall_clock};
};

TEST_F(LiveBacktestTest, AgreeToTheByteOverOneRealPrometheus) {
  const TimePoint deadline = wall_clock() + seconds(40);
  while (!answers()) {
    ASSERT_LT(wall_clock(), deadline) << "Prometheus never had the target's samples";
    wait_until(wall_clock() + milliseconds(200));
  }
  rules::EngineOptions options = rules::default_engine_options();
  options.ladder = {kSlot};
  rules::Engine engine(options);
  const auto watched = decision();
  want(*watched);
  const std::int64_t first = slot_index(wall_clock(), kSlot) + 1;
  std::string live;
  const auto note = [&](const rules::StepResult& step) {
    for (const rules::Event& e : step.events) {
      if (rules::is_transition(e)) live += rules::transition_json(e) + "\n";
    }
  };
  wait_until(slot_start(first, kSlot));
  note(engine.decide(slot_start(first, kSlot), {watched}, {}));
  for (std::int64_t index = first; index < first + kSlots; ++index) {
    wait_until(slot_start(index + 1, kSlot));
    note(engine.judge(run(collector_.close(kSlot, slot_start(index, kSlot)))));
    note(engine.tick(wall_clock()));
  }
  wait_until(slot_start(first + kSlots + 2, kSlot));
  const testing::CommandOutput backtest = testing::run_command(
      std::string(REVISITD_BINARY) + " backtest --json --config.file " +
      (folder_ / "revisitd.yml") + " --from " + format_time(slot_start(first, kSlot)) + " --to " +
      format_time(slot_start(first + kSlots, kSlot)));
  EXPECT_EQ(backtest.code, 0);
  EXPECT_EQ(backtest.text, live);
  EXPECT_NE(live.find("\"opened\""), std::string::npos) << live;
  EXPECT_NE(live.find("\"event\":\"verdict\",\"verdict\":\"clear\""), std::string::npos) << live;
}

}  // namespace
}  // namespace revisitd::collectors
