#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "collectors/exposition_parser.h"
#include "collectors/page_stage.h"
#include "collectors/reduction.h"

// Real scrapes of HAProxy with a load change and a restart, reduced by us and by Prometheus 3.5.
namespace revisitd::collectors {
namespace {

const std::string kFolder = REVISITD_SOURCE_DIR "/tests/fixtures/sequence/";
constexpr Duration kRange = std::chrono::seconds(30);

struct Scrape {
  TimePoint time;
  std::string page;
};

// "@ SECONDS" starts each page.
std::vector<Scrape> captured_scrapes() {
  std::ifstream file(kFolder + "haproxy_frontend.txt");
  std::vector<Scrape> scrapes;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("@ ")) {
      scrapes.push_back({from_millis(std::llround(std::stod(line.substr(2)) * 1000)), ""});
    } else {
      scrapes.back().page += line + '\n';
    }
  }
  return scrapes;
}

// The value of the range that ends at `end`. Slots are aligned, so all times are moved until it is
// one.
std::optional<double> reduce(const std::vector<Scrape>& scrapes, const rules::SignalSpec& spec,
                             TimePoint end) {
  const auto matcher = SignalMatcher::compile(spec);
  EXPECT_TRUE(matcher);
  PageStage stage(std::make_shared<SignalRouter>(std::vector{*matcher}));
  SignalReducer reducer(spec, {kRange});
  ReductionCounters counters;
  const Duration shift = kRange - end.time_since_epoch() % kRange;
  for (const Scrape& scrape : scrapes) {
    if (scrape.time <= end - kRange || scrape.time > end) continue;
    stage.begin();
    ExpositionParser parser(ExpositionFormat::prometheus, stage, {}, ExpositionScan::wanted_lines,
                            &stage.memory());
    EXPECT_TRUE(parser.feed(scrape.page));
    EXPECT_TRUE(parser.finish());
    reducer.apply(1, scrape.time + shift, stage.signals()[0], counters);
  }
  const auto reading = reducer.close(kRange, slot_index(end + shift, kRange) - 1);
  return reading.value ? std::optional(reading.value->value) : std::nullopt;
}

// Compares every point of Prometheus' answer; gives how many there were.
int compare(const rules::SignalSpec& spec, const std::string& answer) {
  std::ifstream file(kFolder + answer);
  const auto values = nlohmann::json::parse(file)["data"]["result"][0]["values"];
  const std::vector<Scrape> scrapes = captured_scrapes();
  for (const auto& point : values) {
    const TimePoint end = from_millis(point[0].get<std::int64_t>() * 1000);
    const double expected = std::stod(point[1].get<std::string>());
    const std::optional<double> ours = reduce(scrapes, spec, end);
    EXPECT_TRUE(ours) << point;
    if (ours) EXPECT_NEAR(*ours, expected, 1e-9 * std::abs(expected)) << point;
  }
  return static_cast<int>(values.size());
}

TEST(ScrapeReplayTest, RateAgreesWithPrometheus) {
  rules::SignalSpec spec;
  spec.reduction = rules::Reduction::rate;
  spec.series = R"(haproxy_frontend_http_requests_total{proxy="fe"})";
  EXPECT_EQ(compare(spec, "fe_req_rate.json"), 29);
}

TEST(ScrapeReplayTest, QuotientOfSumsAgreesWithPrometheus) {
  rules::SignalSpec spec;
  spec.reduction = rules::Reduction::rate;
  spec.series = R"(haproxy_frontend_http_responses_total{proxy="fe",code="5xx"})";
  spec.per = R"(haproxy_frontend_http_responses_total{proxy="fe"})";
  EXPECT_EQ(compare(spec, "fe_5xx_ratio.json"), 29);
}

}  // namespace
}  // namespace revisitd::collectors
