#include "collectors/sample_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "collectors/exposition_number.h"

namespace revisitd::collectors {
namespace {

std::string json_of(double value, std::optional<std::int64_t> millis = std::nullopt,
                    const std::vector<LabelView>& labels = {}) {
  SampleView sample;
  sample.name = "x";
  sample.labels = labels;
  sample.value = value;
  sample.timestamp_ms = millis;
  return sample_json(sample);
}

TEST(SampleJsonTest, PrintsOneObject) {
  EXPECT_EQ(json_of(1.5, 1700000000125, {{"b", "1"}, {"a", "x\"\n\xC3\xA9"}}),
            "{\"name\":\"x\",\"labels\":{\"b\":\"1\",\"a\":\"x\\\"\\n\xC3\xA9\"},\"value\":1.5,"
            "\"timestamp\":1700000000.125}");
  EXPECT_EQ(json_of(-2), "{\"name\":\"x\",\"labels\":{},\"value\":-2.0,\"timestamp\":null}");
}

NativeHistogram two_sided() {
  NativeHistogram histogram;
  histogram.zero_threshold = 0.5;
  histogram.zero_count = 1;
  histogram.count = 6.5;
  histogram.sum = -2;
  histogram.positive = {{1, 2}, {3, 0.5}};
  histogram.negative = {{1, 2}, {2, 1}};
  return histogram;
}

TEST(SampleJsonTest, WritesNativeHistogramsAsPromqlDoes) {
  EXPECT_EQ(native_histogram_text(two_sided()),
            "{count:6.5, sum:-2, [-4,-2):1, [-2,-1):2, [-0.5,0.5]:1, (1,2]:2, (4,8]:0.5}");
  EXPECT_EQ(native_histogram_text({}), "{count:0, sum:0}");
}

TEST(SampleJsonTest, HasThePopulatedBucketsOfANativeHistogram) {
  const std::vector<LabelView> labels{{"a", "b"}};
  SampleView sample;
  sample.name = "h";
  sample.labels = labels;
  NativeHistogram histogram = two_sided();
  histogram.sum = std::nan("");
  EXPECT_EQ(native_histogram_json(sample, histogram),
            "{\"name\":\"h\",\"labels\":{\"a\":\"b\"},\"histogram\":{\"count\":6.5,\"sum\":\"NaN\","
            "\"buckets\":[[1,-4.0,-2.0,1.0],[1,-2.0,-1.0,2.0],[3,-0.5,0.5,1.0],[0,1.0,2.0,2.0],"
            "[0,4.0,8.0,0.5]]},\"timestamp\":null}");
}

TEST(SampleJsonTest, SpellsWhatIsNoNumber) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_NE(json_of(std::nan("")).find("\"value\":\"NaN\""), std::string::npos);
  EXPECT_NE(json_of(inf).find("\"value\":\"+Inf\""), std::string::npos);
  EXPECT_NE(json_of(-inf).find("\"value\":\"-Inf\""), std::string::npos);
}

TEST(SampleJsonTest, RoundTripsEveryDouble) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(nlohmann::json::parse(json_of(value))["value"].get<double>(), value);
    EXPECT_EQ(parse_sample_value(value_text(value)).value, value);
  }
}

TEST(SampleJsonTest, KeepsMillisecondsOfTimestamps) {
  for (const std::int64_t millis : {0LL, 1LL, -1LL, -1500LL, 1700000000001LL, 253402300799999LL}) {
    const double seconds = nlohmann::json::parse(json_of(1, millis))["timestamp"].get<double>();
    EXPECT_EQ(std::llround(seconds * 1000), millis);
  }
}

TEST(SampleTextTest, PrintsSeconds) {
  EXPECT_EQ(seconds_text(1700000000125), "1700000000.125");
  EXPECT_EQ(seconds_text(1700000000500), "1700000000.5");
  EXPECT_EQ(seconds_text(3000), "3");
  EXPECT_EQ(seconds_text(-1), "-0.001");
  EXPECT_EQ(seconds_text(-1500), "-1.5");
}

TEST(SampleTextTest, PrintsSeriesAsAPageWould) {
  SampleView sample;
  sample.name = "x";
  EXPECT_EQ(series_text(sample), "x");
  const std::vector<LabelView> labels = {{"a", "1\\\n"}, {"odd.one", "\""}};
  sample.labels = labels;
  EXPECT_EQ(series_text(sample), "x{a=\"1\\\\\\n\",\"odd.one\"=\"\\\"\"}");
  sample.name = "my.name";
  sample.labels = {};
  EXPECT_EQ(series_text(sample), "{\"my.name\"}");
}

}  // namespace
}  // namespace revisitd::collectors
