#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/allocation_count.h"
#include "tests/unit/collectors/protobuf_page.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PageFault fault_of(const Message& family, const ExpositionLimits& limits) {
  const ProtobufPage read = read_protobuf(page({family}), limits);
  EXPECT_TRUE(read.error);
  return read.error ? read.error->fault : PageFault::syntax;
}

TEST(ProtobufLimitsTest, NamesTheLimitThatAPageBreaks) {
  ExpositionLimits limits;
  limits.samples = 2;
  limits.labels = 1;
  limits.metric_name_bytes = 8;
  limits.label_name_bytes = 3;
  limits.label_value_bytes = 5;
  limits.line_bytes = 40;
  const Message one = metric({label("abc", "12345")}, gauge(1));
  EXPECT_EQ(read_protobuf(page({family("abcdefgh", kGauge, {one, one})}), limits).trouble(), "");
  EXPECT_EQ(fault_of(family("a", kGauge, {one, one, one}), limits), PageFault::too_many_samples);
  EXPECT_EQ(
      fault_of(family("a", kGauge, {metric({label("a", ""), label("b", "")}, gauge(1))}), limits),
      PageFault::too_many_labels);
  EXPECT_EQ(fault_of(family("a", kHistogram, {metric({label("a", "")}, Message())}), limits),
            PageFault::too_many_labels);
  EXPECT_EQ(fault_of(family("abcdefghi", kGauge, {one}), limits), PageFault::metric_name_too_long);
  EXPECT_EQ(fault_of(family("abc", kSummary, {one}), limits), PageFault::metric_name_too_long);
  EXPECT_EQ(fault_of(family("a", kGauge, {metric({label("abcd", "")}, gauge(1))}), limits),
            PageFault::label_name_too_long);
  EXPECT_EQ(fault_of(family("a", kGauge, {metric({label("a", "123456")}, gauge(1))}), limits),
            PageFault::label_value_too_long);
  EXPECT_EQ(fault_of(family("a", kGauge, {Message().text(9, std::string(50, 'x'))}), limits),
            PageFault::line_too_long);
  EXPECT_EQ(fault_of(Message().text(1, std::string(50, 'x')), limits), PageFault::line_too_long);
  EXPECT_EQ(fault_of(Message().text(2, std::string(50, 'x')), limits), PageFault::line_too_long);
  EXPECT_EQ(read_protobuf(page({Message().text(9, std::string(50, 'x'))}), limits).trouble(), "");
}

// Drops what is called "d".
class DroppingSink : public Transcript {
 public:
  void sample(const SampleView& sample) override {
    dropped_ = sample.name == "d";
    if (!dropped_) Transcript::sample(sample);
  }
  [[nodiscard]] bool dropped() const override { return dropped_; }

 private:
  bool dropped_ = false;
};

TEST(ProtobufLimitsTest, WhatRulesDropCountsForNoLimit) {
  const Message one = metric({}, gauge(1));
  ExpositionLimits limits;
  limits.samples = 2;
  for (const int kept : {2, 3}) {
    DroppingSink sink;
    ProtobufParser parser(sink, limits);
    std::string text = page({family("d", kGauge, {one, one, one})});
    for (int i = 0; i < kept; ++i) text += page({family("a", kGauge, {one})});
    text += page({family("d", kGauge, {one})});
    EXPECT_EQ(static_cast<bool>(parser.feed(text)), kept == 2);
  }
}

TEST(ProtobufLimitsTest, SaysSoAsTextPagesDo) {
  ExpositionLimits limits;
  limits.samples = 1;
  limits.line_bytes = 20;
  const Message one = metric({}, gauge(1));
  EXPECT_EQ(read_protobuf(page({family("a", kGauge, {one, one})}), limits).trouble(),
            "20 the page has more than 1 samples, in the family \"a\"");
  EXPECT_EQ(
      read_protobuf(page({family("a", kGauge, {Message().text(9, std::string(50, 'x'))})}), limits)
          .trouble(),
      "7 the metric is longer than 20 bytes, in the family \"a\"");
}

TEST(ProtobufLimitsTest, GivesUpOnALongMetricBeforeItIsThere) {
  ExpositionLimits limits;
  limits.line_bytes = 1000;
  const std::string bytes =
      page({family("a", kGauge, {Message().text(9, std::string(5000, 'x'))})});
  ProtobufSink sink;
  ProtobufParser parser(sink, limits);
  EXPECT_FALSE(parser.feed(bytes.substr(0, 20)));
}

TEST(ProtobufLimitsTest, StreamsAFamilyOfAnySize) {
  std::string metrics;
  const Message field = Message().message(4, metric({label("x", std::string(90, 'y'))}, gauge(1)));
  constexpr std::size_t kMetrics = 40'000;
  std::string bytes;
  const std::string head = family("a", kGauge, {}).bytes;
  protozero::add_varint_to_buffer(&bytes, head.size() + kMetrics * field.bytes.size());
  bytes += head;
  ProtobufSink sink;
  ProtobufParser parser(sink);
  ASSERT_TRUE(parser.feed(bytes));
  for (std::size_t i = 0; i < kMetrics; ++i) ASSERT_TRUE(parser.feed(field.bytes));
  EXPECT_TRUE(parser.finish());
  EXPECT_EQ(sink.samples.size(), kMetrics);
}

TEST(ProtobufWantedTest, HandsOutTheWantedSamplesOnly) {
  const ProtobufPage read = read_protobuf(every_type(), {}, {"h_count", "s", "g"});
  EXPECT_THAT(read.seen.samples, ElementsAre("g -1", "g{x=\"ü\"} 2", "s{quantile=\"0.5\"} 0.25",
                                             "s{quantile=\"1.0\"} 2", "h_count{x=\"1\"} 6"));
  EXPECT_THAT(read.seen.described,
              ElementsAre("type g gauge", "type s summary", "type h histogram"));
  EXPECT_EQ(read.samples_seen, 10U);
}

TEST(ProtobufWantedTest, AsksOncePerSeriesOfAFamily) {
  const ProtobufPage read = read_protobuf(every_type(), {}, {"nothing"});
  EXPECT_THAT(read.seen.asked, ElementsAre("c", "g", "s", "s_sum", "s_count", "u", "h", "h_bucket",
                                           "h_sum", "h_count"));
  EXPECT_THAT(read.seen.samples, IsEmpty());
  EXPECT_THAT(read.seen.described, IsEmpty());
  EXPECT_EQ(read.samples_seen, 0U);
}

TEST(ProtobufWantedTest, ReadsNothingOfFamiliesThatAreNotWanted) {
  ExpositionLimits limits;
  limits.line_bytes = 40;
  limits.metric_name_bytes = 4;
  const std::string bytes =
      page({family("unwanted", kHistogram, {Message().text(1, std::string(50, '\xff'))}),
            family("a", kGauge, {metric({}, gauge(1))})});
  for (const std::size_t step : {1U, 3U, 1000U}) {
    const ProtobufPage read = read_protobuf_in_pieces(bytes, step, limits, {"a"});
    EXPECT_EQ(read.trouble(), "");
    EXPECT_THAT(read.seen.samples, ElementsAre("a 1"));
  }
}

TEST(ProtobufWantedTest, StillSeesFamiliesThatRunOverTheirEnd) {
  EXPECT_NE(read_protobuf("\x07\x0a\x01u\x22\x7fxx", {}, {"a"}).trouble(), "");
}

class Sum : public SampleSink {
 public:
  bool wants(std::string_view name) override { return name != "unwanted"; }
  void sample(const SampleView& sample) override { sum += sample.value; }
  void native_histogram(const SampleView&, const NativeHistogram&) override { ++natives; }
  double sum = 0;
  int natives = 0;
};

std::string page_of_long_names() {
  const Message path = label("path", "a long label value, longer than short strings");
  const Message buckets =
      Message().number(1, 3).message(3, bucket(0.1, 1)).message(3, bucket(1e7, 2));
  const Message native =
      Message().number(1, 3).message(12, span(0, 2)).integer(13, 2).integer(13, -1);
  const Message quantiles = Message().message(3, quantile(0.99, 1));
  return page({family("a_counter_with_a_long_name", kCounter,
                      {metric({path, label("b", "c")}, counter(1))}),
               family("unwanted", kGauge, {metric({path}, gauge(1))}),
               family("a_summary_with_a_long_name", kSummary, {metric({path}, summary(quantiles))}),
               family("a_histogram_with_a_long_name", kHistogram,
                      {metric({path}, histogram(buckets)), metric({path}, histogram(native))})});
}

TEST(ProtobufAllocationTest, ReadsSamplesWithoutAllocating) {
  const std::string bytes = page_of_long_names();
  Sum sink;
  ProtobufParser parser(sink);
  const auto feed = [&](std::size_t step) {
    const std::string_view all = bytes;
    for (std::size_t at = 0; at < all.size(); at += step)
      EXPECT_TRUE(parser.feed(all.substr(at, step)));
  };
  feed(1);
  const std::size_t before = testing::allocations();
  for (const std::size_t step : {1U, 10U, 100U, 1000U}) feed(step);
  EXPECT_EQ(testing::allocations() - before, 0U);
  EXPECT_TRUE(parser.finish());
  EXPECT_EQ(sink.natives, 5);
  EXPECT_GT(sink.sum, 50);
}

// Of a Go program, its page in text fetched right after. What differs: text spells bounds and
// quantiles without ".0" and has no native histograms, and the values of the runtime and the
// process move from fetch to fetch.
std::string comparable(std::string sample) {
  if (sample.starts_with("go_") || sample.starts_with("process_")) sample.resize(sample.rfind(' '));
  const std::size_t integer = sample.find(".0\"");
  if (integer != std::string::npos) sample.erase(integer, 2);
  return sample;
}

TEST(ProtobufRealPageTest, HoldsWhatTheTextPageHolds) {
  const ProtobufPage read = read_protobuf(fixture("go_native.pb"));
  ASSERT_EQ(read.trouble(), "");
  const ReadPage text = read_text(fixture("go_native.prom.txt"));
  std::vector<std::string> natives, samples, expected;
  for (const std::string& sample : read.seen.samples) {
    if (sample.find(" native ") != std::string::npos) {
      natives.push_back(sample);
    } else {
      samples.push_back(comparable(sample));
    }
  }
  for (const std::string& sample : text.seen.samples) expected.push_back(comparable(sample));
  EXPECT_EQ(samples, expected);
  EXPECT_EQ(read.seen.described.size(), text.seen.described.size());
  ASSERT_EQ(natives.size(), 3U);
  EXPECT_THAT(
      natives[0],
      HasSubstr("shop_both_seconds native 3 0±2.938735877055719e-39, 400, 194.7551474747926 ["));
  EXPECT_THAT(natives[1], HasSubstr("shop_native_seconds{route=\"/\"} native 3 20±"));
  EXPECT_EQ(natives[2],
            "shop_native_seconds{route=\"/rare\"} native 3 0±2.938735877055719e-39, 2, "
            "12345.000000001 [-239:1 109:1] []");
}

TEST(ProtobufRealPageTest, ReadsTheSameInPiecesAsInOne) {
  const std::string bytes = fixture("go_native.pb");
  const ProtobufPage whole = read_protobuf(bytes);
  for (std::size_t step = 1; step < bytes.size(); step += step < 100 ? 1 : 61)
    ASSERT_EQ(read_protobuf_in_pieces(bytes, step).seen.samples, whole.seen.samples) << step;
}

}  // namespace
}  // namespace revisitd::collectors
