#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "collectors/reduction.h"
#include "tests/integration/prometheus_rig.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/protobuf_page.h"

// Debian's Prometheus scrapes the protobuf pages of two instances with native histograms. What it
// stores must be what our parser reads, and what it makes of its samples what we make of ours.
namespace revisitd::collectors {
namespace {

using nlohmann::json;
using rules::SlotValue;
using std::chrono::seconds;

constexpr Duration kSlot = seconds(4);
constexpr int kPages = 200;
constexpr int kObservations = 40;  // a page

// Latencies of a made-up program, those below a tenth of a millisecond among them.
double observation(int number) {
  if (number % 11 == 0) return 1e-5;
  return 0.02 * std::pow(1.17, (number * 7) % 23);
}

// All that an instance has observed after so many pages. The first starts anew after the seventh
// page, the second halves its resolution after the tenth.
Message fields_of(int n, int instance) {
  const int schema = instance == 2 && n >= 10 ? 2 : 3;
  const int age = instance == 1 && n >= 7 ? n - 6 : n + 400;
  std::map<std::int32_t, std::uint64_t> buckets;
  std::uint64_t zeros = 0, count = 0;
  double sum = 0;
  for (int i = 0; i < age * kObservations; ++i, ++count) {
    const double value = observation(i * instance);
    sum += value;
    if (value < 1e-4) {
      ++zeros;
    } else {
      ++buckets[static_cast<std::int32_t>(std::ceil(std::ldexp(std::log2(value), schema)))];
    }
  }
  Message fields =
      Message().number(1, count).real(2, sum).integer(5, schema).real(6, 1e-4).number(7, zeros);
  Message deltas;
  std::int32_t next = 0;
  std::int64_t before = 0;
  for (const auto& [index, in_bucket] : buckets) {
    fields.message(12, span(index - next, 1));
    deltas.integer(13, static_cast<std::int64_t>(in_bucket) - before);
    next = index + 1;
    before = static_cast<std::int64_t>(in_bucket);
  }
  fields.bytes += deltas.bytes;
  return fields;
}

std::string page_of(int n, int instance) {
  return page({family("lat", kHistogram, {metric({}, histogram(fields_of(n, instance)))})});
}

// A server whose every connection gets the next page.
testing::FaultServer instance(int number) {
  std::vector<testing::Script> scripts;
  for (int n = 0; n < kPages; ++n) {
    const std::string body = page_of(n, number);
    scripts.push_back(testing::answering(
        std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: ") + kProtobufType +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  }
  return testing::FaultServer(std::move(scripts));
}

class Histograms : public SampleSink {
 public:
  void sample(const SampleView&) override {}
  void native_histogram(const SampleView&, const NativeHistogram& histogram) override {
    all.push_back(histogram);
  }
  std::vector<NativeHistogram> all;
};

// What our parser makes of an instance's pages, by the number of observations.
std::map<double, NativeHistogram> read_pages(int number) {
  std::map<double, NativeHistogram> all;
  for (int n = 0; n < 40; ++n) {
    Histograms sink;
    ProtobufParser parser(sink);
    EXPECT_TRUE(parser.feed(page_of(n, number)));
    EXPECT_TRUE(parser.finish());
    EXPECT_EQ(sink.all.size(), 1u);
    for (NativeHistogram& one : sink.all) all.emplace(one.count, std::move(one));
  }
  return all;
}

// Buckets as Prometheus' API has them: rule, low, high, count.
json buckets_of(const NativeHistogram& histogram) {
  SampleView sample;
  sample.name = "x";
  return json::parse(native_histogram_json(sample, histogram))["histogram"]["buckets"];
}

void expect_same_buckets(const json& theirs, const NativeHistogram& ours) {
  const json expected = buckets_of(ours);
  ASSERT_EQ(theirs.size(), expected.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    EXPECT_EQ(theirs[i][0], expected[i][0]);
    for (std::size_t field = 1; field < 4; ++field) {
      const double their_number = std::stod(theirs[i][field].get<std::string>());
      const double our_number = expected[i][field].get<double>();
      EXPECT_NEAR(their_number, our_number, 1e-12 * std::abs(our_number)) << i << ' ' << field;
    }
  }
}

class NativeHistogramTest : public PrometheusRig {
 protected:
  void SetUp() override {
    start({address(one_), address(two_)}, {"--enable-feature=native-histograms"});
  }
  static std::string address(testing::FaultServer& server) {
    return "127.0.0.1:" + std::to_string(server.port());
  }
  bool scraped_for(Duration duration) {
    const json series = stored("lat");
    if (series.size() < 2 || !series[0].contains("histograms")) return false;
    const auto [first, last] = covered(series, "histograms");
    return last - first >= duration;
  }

  // Each sample that Prometheus has, as our parser read it, at Prometheus' time.
  void feed(SignalReducer& reducer) {
    ReductionCounters counters;
    for (const json& one : stored("lat")) {
      const bool first = one["metric"]["instance"] == address(one_);
      const auto pages = read_pages(first ? 1 : 2);
      for (const json& point : one["histograms"]) {
        StagedSample sample;
        sample.role = SeriesRole::native;
        sample.series = sample.histogram = 1;
        sample.value = std::stod(point[1]["count"].get<std::string>());
        ASSERT_TRUE(pages.contains(sample.value)) << sample.value;
        const NativeHistogram& read = pages.at(sample.value);
        expect_same_buckets(point[1]["buckets"], read);
        EXPECT_NEAR(std::stod(point[1]["sum"].get<std::string>()), read.sum, 1e-9 * read.sum);
        sample.native = std::make_shared<const NativeHistogram>(read);
        const TimePoint time = from_millis(std::llround(point[0].get<double>() * 1000));
        reducer.apply(first ? 1 : 2, time, {&sample, 1}, counters);
      }
    }
    EXPECT_GT(counters.samples, 20u);
  }

  testing::FaultServer one_ = instance(1);
  testing::FaultServer two_ = instance(2);
};

// Prometheus 2.42 is linear within a bucket where Prometheus 3, and we, are exponential: the part
// of the bucket is the same.
double exponential(double linear, const SlotValue& bucket) {
  const double part = (linear - bucket.low) / (bucket.high - bucket.low);
  return bucket.low * std::pow(bucket.high / bucket.low, part);
}

TEST_F(NativeHistogramTest, AgreesWithPrometheusOnPagesAndQuantiles) {
  // Long enough for the new start of the one and the other resolution of the other.
  ASSERT_TRUE(wait_for([this] { return scraped_for(seconds(13)); })) << get("/api/v1/targets").body;
  SignalReducer reducer(reduction_of(rules::Reduction::quantile, "lat"), {kSlot});
  feed(reducer);
  const auto [first, last] = covered(stored("lat"), "histograms");
  int compared = 0;
  for (auto index = slot_index(first, kSlot) + 1; index < slot_index(last, kSlot); ++index) {
    const auto answer =
        run(source_->query(query_of("histogram_quantile(0.7, sum by (service) (rate(lat[$slot])))"),
                           kSlot, slot_start(index, kSlot)));
    ASSERT_TRUE(answer);
    const rules::SignalReading reading = reducer.close(kSlot, index);
    ASSERT_TRUE(reading.value) << rules::absence_name(reading.absence);
    const double theirs = answer->services.at("checkout").value.value();
    EXPECT_GE(theirs, reading.value->low);
    EXPECT_LE(theirs, reading.value->high);
    const double expected = exponential(theirs, *reading.value);
    EXPECT_NEAR(reading.value->value, expected, 1e-6 * expected) << index;
    ++compared;
  }
  EXPECT_GE(compared, 2);
}

}  // namespace
}  // namespace revisitd::collectors
