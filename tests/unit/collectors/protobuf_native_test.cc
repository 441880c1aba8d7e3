#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/collectors/protobuf_page.h"

namespace revisitd::collectors {
namespace {

using ::testing::HasSubstr;

ProtobufPage read_native(const Message& fields, const ExpositionLimits& limits = {}) {
  return read_protobuf(page({family("h", kHistogram, {metric({}, histogram(fields))})}), limits);
}

// What stands behind "native", "" if there is no native histogram.
std::string native_of(const Message& fields) {
  const ProtobufPage read = read_native(fields);
  EXPECT_EQ(read.trouble(), "");
  if (read.seen.samples.empty()) return "";
  const std::string& first = read.seen.samples.front();
  return first.starts_with("h native ") ? first.substr(9) : "";
}

std::string trouble_of(const Message& fields) {
  std::string trouble = read_native(fields).trouble();
  constexpr std::string_view kEnd = ", in the family \"h\"";
  if (trouble.ends_with(kEnd)) trouble.resize(trouble.size() - kEnd.size());
  return trouble;
}

// 100 observations.
Message hundred() { return Message().number(1, 100).real(2, 50); }

TEST(ProtobufNativeTest, SumsTheDifferencesOfIntegers) {
  EXPECT_EQ(native_of(hundred()
                          .integer(5, -4)
                          .real(6, 0.5)
                          .number(7, 3)
                          .message(9, span(4, 1))
                          .integer(10, 7)
                          .message(12, span(-2, 3))
                          .integer(13, 5)
                          .integer(13, -2)
                          .integer(13, 4)),
            "-4 3±0.5, 100, 50 [-2:5 -1:3 0:7] [4:7]");
}

TEST(ProtobufNativeTest, TakesCountsOfFloatsAsTheyAre) {
  EXPECT_EQ(native_of(Message()
                          .real(4, 10.5)
                          .real(8, 0.5)
                          .message(9, span(1, 1))
                          .real(11, 1.5)
                          .message(12, span(0, 2))
                          .real(14, 2.25)
                          .real(14, 0.75)),
            "0 0.5±0, 10.5, 0 [0:2.25 1:0.75] [1:1.5]");
}

TEST(ProtobufNativeTest, LeavesGapsAndEmptyBucketsOut) {
  EXPECT_EQ(native_of(hundred()
                          .message(12, span(10, 1))
                          .message(12, span(0, 1))
                          .message(12, span(5, 0))
                          .message(12, span(100, 3))
                          .integer(13, 1)
                          .integer(13, 1)
                          .integer(13, -2)
                          .integer(13, 0)
                          .integer(13, 4)),
            "0 0±0, 100, 50 [10:1 11:2 119:4] []");
}

TEST(ProtobufNativeTest, TakesPackedNumbers) {
  Message fields = hundred().message(12, span(0, 3)).message(9, span(0, 2));
  protozero::pbf_writer writer(fields.bytes);
  const std::int64_t deltas[] = {1, 1, -1};
  writer.add_packed_sint64(13, std::begin(deltas), std::end(deltas));
  const std::int64_t negative[] = {8, -8};
  writer.add_packed_sint64(10, std::begin(negative), std::end(negative));
  EXPECT_EQ(native_of(fields), "0 0±0, 100, 50 [0:1 1:2 2:1] [0:8]");
  Message floats = Message().real(4, 4).message(12, span(7, 2));
  const double counts[] = {1.5, 2.5};
  protozero::pbf_writer(floats.bytes).add_packed_double(14, std::begin(counts), std::end(counts));
  EXPECT_EQ(native_of(floats), "0 0±0, 4, 0 [7:1.5 8:2.5] []");
}

TEST(ProtobufNativeTest, IsOneByItsSpansOrItsZeroBucket) {
  EXPECT_EQ(native_of(hundred()), "");
  EXPECT_EQ(native_of(hundred().integer(5, 3)), "");
  EXPECT_EQ(native_of(hundred().message(12, span(0, 0))), "0 0±0, 100, 50 [] []");
  EXPECT_EQ(native_of(hundred().message(9, span(0, 0))), "0 0±0, 100, 50 [] []");
  EXPECT_EQ(native_of(hundred().real(6, 0.25)), "0 0±0.25, 100, 50 [] []");
  EXPECT_EQ(native_of(hundred().number(7, 1)), "0 1±0, 100, 50 [] []");
  EXPECT_EQ(native_of(hundred().real(8, 1.5)), "0 1.5±0, 100, 50 [] []");
}

TEST(ProtobufNativeTest, ComesAheadOfTheClassicBuckets) {
  const ProtobufPage read = read_native(hundred().real(6, 1));
  EXPECT_THAT(read.seen.samples,
              ::testing::ElementsAre("h native 0 0±1, 100, 50 [] []", "h_bucket{le=\"+Inf\"} 100",
                                     "h_sum 50", "h_count 100"));
  EXPECT_EQ(read.samples_seen, 4U);
}

TEST(ProtobufNativeTest, IsNotReadWhereItsNameIsNotWanted) {
  const Message broken = hundred().integer(5, 99).message(12, span(0, 1000));
  const ProtobufPage read = read_protobuf(
      page({family("h", kHistogram, {metric({}, histogram(broken))})}), {}, {"h_sum"});
  EXPECT_EQ(read.trouble(), "");
  EXPECT_THAT(read.seen.samples, ::testing::ElementsAre("h_sum 50"));
}

TEST(ProtobufNativeTest, SaysWhatDoesNotFit) {
  constexpr std::int32_t kLast = std::numeric_limits<std::int32_t>::max();
  const double nan = std::nan("");
  EXPECT_EQ(trouble_of(hundred().integer(5, 9).number(7, 1)),
            "7 expected a native histogram's schema from -4 to 8, found 9");
  EXPECT_EQ(trouble_of(hundred().integer(5, -5).number(7, 1)),
            "7 expected a native histogram's schema from -4 to 8, found -5");
  EXPECT_EQ(trouble_of(hundred().message(12, span(0, 3)).integer(13, 1)),
            "7 expected counts of 3 buckets, as many as the spans have, found 1");
  EXPECT_EQ(trouble_of(hundred().number(7, 1).real(14, 1)),
            "7 expected counts of 0 buckets, as many as the spans have, found 1");
  EXPECT_EQ(
      trouble_of(hundred().message(12, span(0, 4294967295)).message(12, span(0, 1)).integer(13, 1)),
      "7 expected buckets with an index of 32 bits, found a larger one");
  EXPECT_EQ(trouble_of(hundred().message(12, span(kLast, 2)).integer(13, 1).integer(13, 1)),
            "7 expected buckets with an index of 32 bits, found a larger one");
  EXPECT_EQ(native_of(hundred().message(12, span(kLast, 1)).integer(13, 1)),
            "0 0±0, 100, 50 [2147483647:1] []");
  EXPECT_EQ(native_of(hundred().message(12, span(-kLast - 1, 1)).integer(13, 1)),
            "0 0±0, 100, 50 [-2147483648:1] []");
  EXPECT_EQ(
      trouble_of(
          hundred().message(9, span(5, 1)).message(9, span(-1, 1)).integer(10, 1).integer(10, 1)),
      "7 expected a span behind the one before it, found the offset -1");
  EXPECT_EQ(trouble_of(hundred().message(9, span(0, 2)).integer(10, 1).integer(10, -2)),
            "7 expected bucket counts of 0 or more in 63 bits, found another");
  EXPECT_EQ(trouble_of(hundred()
                           .message(9, span(0, 2))
                           .integer(10, 1)
                           .integer(10, std::numeric_limits<std::int64_t>::max())),
            "7 expected bucket counts of 0 or more in 63 bits, found another");
  for (const double count : {-1.0, nan, std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(trouble_of(hundred().message(9, span(0, 1)).real(11, count)),
              "7 expected finite bucket counts of 0 or more, found another");
  }
  for (const double threshold : {-1.0, nan}) {
    EXPECT_EQ(trouble_of(hundred().real(6, threshold).number(7, 1)),
              "7 expected a zero threshold of 0 or more, found another");
  }
  EXPECT_EQ(trouble_of(Message().real(4, std::numeric_limits<double>::infinity()).number(7, 1)),
            "7 expected a finite number of observations, found another");
}

TEST(ProtobufNativeTest, HoldsNoMoreThanItsCount) {
  const char* const kTrouble =
      "7 expected a native histogram's buckets to hold no more than its count, found more";
  EXPECT_EQ(trouble_of(hundred().number(7, 101)), kTrouble);
  EXPECT_EQ(trouble_of(hundred()
                           .number(7, 50)
                           .message(12, span(0, 1))
                           .integer(13, 30)
                           .message(9, span(0, 1))
                           .integer(10, 21)),
            kTrouble);
  EXPECT_EQ(trouble_of(hundred()
                           .number(7, 50)
                           .message(12, span(0, 1))
                           .integer(13, 30)
                           .message(9, span(0, 1))
                           .integer(10, 20)),
            "");
  EXPECT_EQ(trouble_of(Message().real(4, 1).real(8, 1 + 5e-10)), "");
  EXPECT_EQ(trouble_of(Message().real(4, 1).real(8, 1 + 2e-9)), kTrouble);
}

TEST(ProtobufNativeTest, HasNoMoreBucketsThanAllowed) {
  ExpositionLimits limits;
  limits.native_buckets = 2;
  Message fields = hundred().message(12, span(0, 3)).integer(13, 1).integer(13, -1).integer(13, 1);
  EXPECT_EQ(read_native(fields, limits).trouble(), "");
  const Message one = metric({}, histogram(fields));
  const ProtobufPage read = read_protobuf(page({family("h", kHistogram, {one, one})}), limits);
  ASSERT_TRUE(read.error);
  EXPECT_EQ(read.error->fault, PageFault::too_many_buckets);
  EXPECT_THAT(read.error->message,
              HasSubstr("the page's native histograms have more than 2 buckets"));
}

}  // namespace
}  // namespace revisitd::collectors
