#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "collectors/slot_collector.h"
#include "tests/integration/prometheus_rig.h"
#include "tests/unit/collectors/fault_server.h"

// The real Prometheus scrapes two instances of a service. What it makes of its samples, asked
// through our client, must be what we make of those very samples.
namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
using rules::Reduction;
using rules::SlotValue;
using std::chrono::seconds;

constexpr Duration kSlot = seconds(4);

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

class PrometheusTest : public PrometheusRig {
 protected:
  void SetUp() override {
    start({"127.0.0.1:" + std::to_string(one_.port()), "127.0.0.1:" + std::to_string(two_.port())});
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
      const std::string instance = one["metric"]["instance"];
      one["metric"].erase("instance");  // which is no label of the page
      sample.histogram = std::hash<std::string>{}(one["metric"].dump());
      for (const json& point : one["values"]) {
        const TimePoint time = from_millis(std::llround(point[0].get<double>() * 1000));
        sample.value = std::stod(point[1].get<std::string>());
        reducer.apply(std::hash<std::string>{}(instance), time, {&sample, 1}, counters);
      }
    }
    EXPECT_GT(counters.samples, 0u) << metric;
  }
  // Both answers for each whole slot that was scraped, which are returned for a closer look.
  std::vector<SlotValue> compare(SignalReducer& reducer, const std::string& promql) {
    const auto [first, last] = covered(stored("req_total"));
    const std::int64_t begin = slot_index(first, kSlot) + 1, end = slot_index(last, kSlot);
    const auto history = run(source_->fetch_range(query_of(promql), kSlot, begin, end));
    EXPECT_TRUE(history);
    std::vector<SlotValue> ours;
    for (std::int64_t index = begin; history && index < end; ++index) {
      const auto answer = run(source_->query(query_of(promql), kSlot, slot_start(index, kSlot)));
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

  testing::FaultServer one_ = instance(1);
  testing::FaultServer two_ = instance(2);
};

TEST_F(PrometheusTest, AgreesWithOurReductionsOfItsSamples) {
  // Long enough for two slots and the counters' new start, which is the eighth page.
  ASSERT_TRUE(wait_for([this] { return scraped_for(seconds(13)); }));

  SignalReducer rate(reduction_of(Reduction::rate, "req_total"), {kSlot});
  feed(rate, "req_total", SeriesRole::value);
  for (const SlotValue& value : compare(rate, "sum by (service) (rate(req_total[$slot]))")) {
    EXPECT_GT(value.value, 50);
  }

  SignalReducer ratio(reduction_of(Reduction::rate, "a", "b"), {kSlot});
  feed(ratio, "req_total%7Bcode=%22500%22%7D", SeriesRole::value);
  feed(ratio, "req_total", SeriesRole::denominator);
  compare(ratio,
          "sum by (service) (rate(req_total{code=\"500\"}[$slot]))"
          " / sum by (service) (rate(req_total[$slot]))");

  SignalReducer quantile(reduction_of(Reduction::quantile, "lat"), {kSlot});
  feed(quantile, "lat_bucket", SeriesRole::bucket);
  for (const SlotValue& value : compare(
           quantile, "histogram_quantile(0.7, sum by (service, le) (rate(lat_bucket[$slot])))")) {
    EXPECT_EQ(value.low, 0.1);
    EXPECT_EQ(value.high, 0.5);
  }

  SignalReducer mean(reduction_of(Reduction::mean, "lat"), {kSlot});
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
  const auto wanted = [](const rules::SignalSpec& spec) {
    return WantedSignal{"self", std::make_shared<rules::SignalSpec>(spec), {kSlot}};
  };
  rules::SignalSpec told = query_of(
      "label_replace(process_start_time_seconds{job=\"itself\"}, \"service\", \"self\", \"\", "
      "\"\")");
  told.name = "told";
  EXPECT_TRUE(
      collector
          .want({wanted(reduction_of(Reduction::last, "process_start_time_seconds")), wanted(told)})
          .empty());
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
  const auto bad = run(source_->query(query_of("rate(x[$slot]"), kSlot, wall_clock()));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().failure, PromqlFailure::refused);
  EXPECT_THAT(bad.error().message, ::testing::HasSubstr("parse error"));
  const auto scalar = run(source_->query(query_of("scalar(up)"), kSlot, wall_clock()));
  EXPECT_EQ(scalar.error().failure, PromqlFailure::wrong_shape);
}

}  // namespace
}  // namespace revisitd::collectors
