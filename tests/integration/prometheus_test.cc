#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "collectors/slot_collector.h"
#include "tests/integration/child_process.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/temp_folder.h"

// The real Prometheus scrapes two instances of a service. What it makes of its samples, asked
// through our client, must be what we make of those very samples.
namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
using rules::Reduction;
using rules::SlotValue;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr Duration kSlot = seconds(4);

TimePoint wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// The n-th page of an instance: counters that grow unevenly and start again once.
std::string page(int n, int instance) {
  const int age = n < 7 ? n + 2000 : n + 100;
  const int requests = age * 40 + (n * n) % 17 + instance * 1000;
  std::string text = "req_total{code=\"200\"} " + std::to_string(requests) + '\n';
  text += "req_total{code=\"500\"} " + std::to_string(age * 3 + n % 5) + '\n';
  text += "lat_bucket{le=\"0.1\"} " + std::to_string(age * 11) + '\n';
  text += "lat_bucket{le=\"0.5\"} " + std::to_string(age * 30 + instance * (n % 3)) + '\n';
  text += "lat_bucket{le=\"+Inf\"} " + std::to_string(age * 40) + '\n';
  text += "lat_sum " + std::to_string(age * 7) + "\nlat_count " + std::to_string(age * 40) + '\n';
  return text;
}

// A server whose every connection gets the next page.
testing::FaultServer instance(int number) {
  std::vector<testing::Script> scripts;
  for (int n = 0; n < 200; ++n) {
    scripts.push_back(testing::answering(testing::ok_response(
        page(n, number), "Content-Type: text/plain; version=0.0.4\r\nConnection: close\r\n")));
  }
  return testing::FaultServer(std::move(scripts));
}

rules::SignalSpec reduction(Reduction how, const std::string& series, const std::string& per = "") {
  rules::SignalSpec spec;
  spec.name = "s";
  spec.reduction = how;
  spec.quantile = how == Reduction::quantile ? 0.7 : 0;
  spec.series = series;
  spec.per = per;
  return spec;
}

rules::SignalSpec query(const std::string& text) {
  rules::SignalSpec spec;
  spec.name = "s";
  spec.reduction = Reduction::query;
  spec.from = "main";
  spec.query = text;
  return spec;
}

class PrometheusTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string program = testing::find_program("prometheus");
    ASSERT_NE(program, "") << "the Debian package prometheus is not installed";
    url_ = "http://127.0.0.1:" + std::to_string(testing::free_port());
    std::ofstream(folder_ / "prometheus.yml")
        << "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
           "scrape_configs:\n"
           "  - job_name: app\n"
           "    static_configs:\n"
           "      - targets: ['127.0.0.1:"
        << one_.port() << "', '127.0.0.1:" << two_.port()
        << "']\n"
           "        labels: {service: checkout}\n"
           "  - job_name: itself\n"
           "    static_configs:\n"
           "      - targets: ['"
        << url_.substr(7) << "']\n";
    process_.emplace(
        std::vector<std::string>{program, "--config.file=" + (folder_ / "prometheus.yml"),
                                 "--storage.tsdb.path=" + (folder_ / "data"),
                                 "--web.listen-address=" + url_.substr(7)},
        folder_ / "log");
    PromqlServerSpec spec;
    spec.name = "main";
    spec.url = url_;
    source_ = make_promql_source(io_.get_executor(), *client_, spec, wall_clock);
    std::ifstream log(folder_ / "log");
    ASSERT_TRUE(wait_for([this] { return get("/-/ready").status == 200; }))
        << std::string(std::istreambuf_iterator<char>(log), {});
  }
  ~PrometheusTest() override {
    client_->cancel_all();
    io_.restart();
    io_.run_for(seconds(1));
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
  // Polls until it holds; false after 20 seconds.
  template <class Condition>
  bool wait_for(Condition condition) {
    const auto deadline = Clock::now() + seconds(20);
    while (!condition()) {
      if (Clock::now() > deadline) return false;
      io_.restart();
      io_.run_for(std::chrono::milliseconds(100));
    }
    return true;
  }
  FetchResponse get(const std::string& path) {
    FetchRequest request;
    request.url = url_ + path;
    auto response = run(client_->fetch(std::move(request)));
    return response ? *response : FetchResponse{};
  }

  // The samples that Prometheus holds of a metric, as its API gives them.
  json stored(const std::string& metric) {
    return json::parse(get("/api/v1/query?query=" + metric + "%5B1h%5D").body)["data"]["result"];
  }
  // The times that every series of the metric covers: from its first to its last sample.
  std::pair<TimePoint, TimePoint> covered(const json& series) {
    double first = 0, last = std::numeric_limits<double>::max();
    for (const json& one : series) {
      first = std::max(first, one["values"].front()[0].get<double>());
      last = std::min(last, one["values"].back()[0].get<double>());
    }
    return {from_millis(std::llround(first * 1000)), from_millis(std::llround(last * 1000))};
  }
  bool scraped_for(Duration duration) {
    const json series = stored("req_total");
    if (series.size() < 4) return false;
    const auto [first, last] = covered(series);
    return last - first >= duration;
  }

  void feed(SignalReducer& reducer, const std::string& metric, SeriesRole role) {
    ReductionCounters counters;
    for (json one : stored(metric)) {
      StagedSample sample;
      sample.role = role;
      sample.series =
          std::hash<std::string>{}(one["metric"].dump() + std::to_string(static_cast<int>(role)));
      if (role == SeriesRole::bucket) {
        const std::string bound = one["metric"]["le"];
        sample.bound = bound == "+Inf" ? INFINITY : std::stod(bound);
        one["metric"].erase("le");
      }
      sample.histogram = std::hash<std::string>{}(one["metric"].dump());
      for (const json& point : one["values"]) {
        const TimePoint time = from_millis(std::llround(point[0].get<double>() * 1000));
        sample.value = std::stod(point[1].get<std::string>());
        reducer.apply(sample.series, time, {&sample, 1}, counters);
      }
    }
    EXPECT_GT(counters.samples, 0u) << metric;
  }
  // Both answers for each whole slot that was scraped, which are returned for a closer look.
  std::vector<SlotValue> compare(SignalReducer& reducer, const std::string& promql) {
    const auto [first, last] = covered(stored("req_total"));
    const std::int64_t begin = slot_index(first, kSlot) + 1, end = slot_index(last, kSlot);
    const auto history = run(source_->fetch_range(query(promql), kSlot, begin, end));
    EXPECT_TRUE(history);
    std::vector<SlotValue> ours;
    for (std::int64_t index = begin; history && index < end; ++index) {
      const auto answer = run(source_->query(query(promql), kSlot, slot_start(index, kSlot)));
      EXPECT_TRUE(answer);
      if (!answer) continue;
      const rules::SignalReading reading = reducer.close(kSlot, index);
      EXPECT_TRUE(reading.value) << rules::absence_name(reading.absence);
      if (!reading.value) continue;
      const double theirs = answer->services.at("checkout").value.value();
      EXPECT_NEAR(reading.value->value, theirs, 1e-9 * std::abs(theirs)) << promql << index;
      EXPECT_EQ(history->at("checkout").at(index).value, theirs);
      ours.push_back(*reading.value);
    }
    EXPECT_GE(ours.size(), 2u);
    return ours;
  }

  TempFolder folder_;
  testing::FaultServer one_ = instance(1);
  testing::FaultServer two_ = instance(2);
  std::string url_;
  std::optional<testing::ChildProcess> process_;
  asio::io_context io_;
  std::unique_ptr<HttpClient> client_ = make_http_client(io_.get_executor(), {});
  std::shared_ptr<PromqlSource> source_;
};

TEST_F(PrometheusTest, AgreesWithOurReductionsOfItsSamples) {
  // Long enough for two slots and the counters' new start, which is the eighth page.
  ASSERT_TRUE(wait_for([this] { return scraped_for(seconds(13)); }));

  SignalReducer rate(reduction(Reduction::rate, "req_total"), {kSlot});
  feed(rate, "req_total", SeriesRole::value);
  for (const SlotValue& value : compare(rate, "sum by (service) (rate(req_total[$slot]))")) {
    EXPECT_GT(value.value, 50);
  }

  SignalReducer ratio(reduction(Reduction::rate, "a", "b"), {kSlot});
  feed(ratio, "req_total%7Bcode=%22500%22%7D", SeriesRole::value);
  feed(ratio, "req_total", SeriesRole::denominator);
  compare(ratio,
          "sum by (service) (rate(req_total{code=\"500\"}[$slot]))"
          " / sum by (service) (rate(req_total[$slot]))");

  SignalReducer quantile(reduction(Reduction::quantile, "lat"), {kSlot});
  feed(quantile, "lat_bucket", SeriesRole::bucket);
  for (const SlotValue& value : compare(
           quantile, "histogram_quantile(0.7, sum by (service, le) (rate(lat_bucket[$slot])))")) {
    EXPECT_EQ(value.low, 0.1);
    EXPECT_EQ(value.high, 0.5);
  }

  SignalReducer mean(reduction(Reduction::mean, "lat"), {kSlot});
  feed(mean, "lat_sum", SeriesRole::sum);
  feed(mean, "lat_count", SeriesRole::count);
  compare(mean,
          "sum by (service) (rate(lat_sum[$slot])) / sum by (service) (rate(lat_count[$slot]))");
}

TEST_F(PrometheusTest, ItsOwnPageGivesWhatItSaysOfItself) {
  SlotCollector collector(wall_clock);
  const auto scraper = make_scraper(io_.get_executor(), *client_, collector, {}, wall_clock);
  collector.set_scraper(scraper.get());
  collector.set_sources({source_});
  WantedSignal scraped{"self", reduction(Reduction::last, "process_start_time_seconds"), {kSlot}};
  WantedSignal asked{"self",
                     query("label_replace(process_start_time_seconds{job=\"itself\"}, "
                           "\"service\", \"self\", \"\", \"\")"),
                     {kSlot}};
  asked.spec.name = "told";
  EXPECT_TRUE(collector.want({scraped, asked}).empty());
  auto job = std::make_shared<ScrapeJob>();
  job->job_name = "self";
  job->scrape_interval = seconds(1);
  ScrapeTargetSpec target;
  target.job = job;
  target.address = url_.substr(7);
  target.labels["service"] = "self";
  scraper->apply({target});
  scraper->start();

  ASSERT_TRUE(wait_for([&] { return scraper->counters().samples_kept >= 2; }));
  ASSERT_TRUE(wait_for([&] { return !stored("process_start_time_seconds").empty(); }));
  const TimePoint start = slot_start(slot_index(wall_clock(), kSlot), kSlot);
  ASSERT_TRUE(wait_for([&] { return wall_clock() >= start + kSlot; }));
  const rules::SlotReading reading = run(collector.close(kSlot, start));
  ASSERT_EQ(reading.services.size(), 1u);
  const auto& signals = reading.services[0].signals;
  ASSERT_TRUE(signals[0].value) << rules::absence_name(signals[0].absence);
  EXPECT_EQ(signals[1].value, signals[0].value) << scraper->status()[0].last_error;
  EXPECT_GT(scraper->counters().samples_seen, 200u);

  std::optional<bool> stopped;
  asio::co_spawn(io_, scraper->stop(seconds(1)),
                 [&stopped](const std::exception_ptr&) { stopped = true; });
  EXPECT_TRUE(wait_for([&] { return stopped.has_value(); }));
}

TEST_F(PrometheusTest, SaysWhatIsWrongWithAQuery) {
  const auto bad = run(source_->query(query("rate(x[$slot]"), kSlot, wall_clock()));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().failure, PromqlFailure::refused);
  EXPECT_THAT(bad.error().message, ::testing::HasSubstr("parse error"));
  const auto scalar = run(source_->query(query("scalar(up)"), kSlot, wall_clock()));
  EXPECT_EQ(scalar.error().failure, PromqlFailure::wrong_shape);
}

}  // namespace
}  // namespace revisitd::collectors
