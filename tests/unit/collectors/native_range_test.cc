#include "collectors/native_range.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace revisitd::collectors {
namespace {

using Buckets = std::vector<NativeBucket>;

TimePoint at(int seconds) { return from_millis(seconds * std::int64_t{1000}); }

// With all its observations in positive buckets, each of 1.
NativeHistogram histogram(int schema, const Buckets& buckets) {
  NativeHistogram histogram{.schema = schema, .positive = buckets};
  for (const NativeBucket& bucket : buckets) histogram.count += bucket.count;
  histogram.sum = histogram.count;
  return histogram;
}

std::shared_ptr<const NativeHistogram> shared(NativeHistogram histogram) {
  return std::make_shared<const NativeHistogram>(std::move(histogram));
}

// Sampled every 10 s from 10 s on.
NativeRange range_of(const std::vector<NativeHistogram>& samples) {
  NativeRange range;
  for (const NativeHistogram& sample : samples) {
    range.add(at(10 + 10 * static_cast<int>(range.samples())), shared(sample));
  }
  return range;
}

std::string saved(const NativeRange& range) {
  std::string text;
  range.save(text);
  return text;
}

TEST(NativeRangeTest, OneSampleTellsNothing) {
  EXPECT_FALSE(NativeRange().rate(at(0), at(60)));
  EXPECT_FALSE(range_of({histogram(0, {{1, 5}})}).rate(at(0), at(60)));
}

TEST(NativeRangeTest, IsTheIncreasePerSecond) {
  const NativeRange range =
      range_of({histogram(0, {{1, 50}, {2, 50}}), histogram(0, {{0, 10}, {1, 60}, {2, 50}})});
  EXPECT_EQ(range.rate(at(10), at(20)), histogram(0, {{0, 1}, {1, 1}}));
}

TEST(NativeRangeTest, IsExtrapolatedAsItsCount) {
  const NativeRange range = range_of({histogram(0, {{1, 50}}), histogram(0, {{1, 60}, {2, 10}})});
  CounterRange count;
  count.add(at(10), 50);
  count.add(at(20), 70);
  const auto rate = range.rate(at(0), at(60));
  ASSERT_TRUE(rate);
  EXPECT_EQ(rate->count, count.rate(at(0), at(60)));
  EXPECT_EQ(rate->positive[0].count, 10 * *count.factor(at(0), at(60)));
}

TEST(NativeRangeTest, NeverReachesBelowZeroObservations) {
  const NativeRange range = range_of({histogram(0, {}), histogram(0, {{1, 10}})});
  EXPECT_EQ(range.rate(at(0), at(20)), histogram(0, {{1, 0.5}}));
}

TEST(NativeRangeTest, CountsResetsFromZero) {
  const NativeRange range = range_of({histogram(0, {{1, 50}}), histogram(0, {{1, 60}, {2, 10}}),
                                      histogram(0, {{3, 20}}), histogram(0, {{3, 10}})});
  const auto rate = range.rate(at(10), at(40));
  ASSERT_TRUE(rate);
  EXPECT_DOUBLE_EQ(rate->count * 30, 10 + 10 + 20 + 10);
  ASSERT_EQ(rate->positive.size(), 3u);
  EXPECT_DOUBLE_EQ(rate->positive[0].count * 30, 10);
  EXPECT_DOUBLE_EQ(rate->positive[1].count * 30, 10);
  EXPECT_DOUBLE_EQ(rate->positive[2].count * 30, 30);
}

TEST(NativeRangeTest, AResetThatTheCountDoesNotShowCountsFromZeroAsWell) {
  const NativeRange range = range_of({histogram(0, {{1, 50}}), histogram(0, {{2, 60}})});
  EXPECT_EQ(range.rate(at(10), at(20)), histogram(0, {{2, 6}}));
}

TEST(NativeRangeTest, IsAtTheCoarsestSchemaAndTheWidestZeroBucketOfItsSamples) {
  NativeHistogram coarse = histogram(0, {{1, 40}, {4, 10}});
  coarse.zero_threshold = 0.5;
  coarse.zero_count = 10;
  coarse.count += 10;
  const NativeRange range =
      range_of({histogram(1, {{-4, 10}, {1, 10}, {2, 20}}), coarse, histogram(3, {{9, 10}})});
  NativeHistogram counted = histogram(0, {{1, 10}, {2, 10}, {4, 10}});
  const auto rate = range.rate(at(10), at(30));
  ASSERT_TRUE(rate);
  EXPECT_EQ(rate->schema, 0);
  EXPECT_EQ(rate->zero_threshold, 0.5);
  EXPECT_EQ(rate->zero_count, 0);
  EXPECT_DOUBLE_EQ(rate->count * 20, counted.count);
  ASSERT_EQ(rate->positive.size(), counted.positive.size());
  for (std::size_t i = 0; i < counted.positive.size(); ++i) {
    EXPECT_EQ(rate->positive[i].index, counted.positive[i].index);
    EXPECT_DOUBLE_EQ(rate->positive[i].count * 20, counted.positive[i].count);
  }
}

// A bucket that did not grow between two samples is populated all the same.
TEST(NativeRangeTest, AZeroBucketEndsWithinNoPopulatedBucketOfItsSamples) {
  NativeHistogram wide = histogram(4, {{30, 5}});
  wide.zero_threshold = 3;
  const NativeRange range = range_of({histogram(0, {{2, 5}}), wide, histogram(0, {{2, 5}})});
  const auto rate = range.rate(at(10), at(30));
  ASSERT_TRUE(rate);
  EXPECT_EQ(rate->zero_threshold, 4);
  EXPECT_DOUBLE_EQ(rate->zero_count * 20, 10);
  EXPECT_TRUE(rate->positive.empty());
}

TEST(NativeRangeTest, WhatResetsHideGetsCoarserInsteadOfLarger) {
  NativeRange range;
  for (int sample = 0; sample < 20; ++sample) {
    Buckets buckets;
    for (int i = 0; i < 4096; ++i) buckets.push_back({4096 * (sample - 10) + i, 1});
    range.add(at(10 * sample), shared(histogram(8, buckets)));
  }
  const auto rate = range.rate(at(0), at(190));
  ASSERT_TRUE(rate);
  EXPECT_EQ(rate->schema, 7);
  EXPECT_DOUBLE_EQ(rate->count * 190, 19 * 4096);
  EXPECT_TRUE(NativeRange::restore(saved(range)));
}

TEST(NativeRangeTest, StandingStillIsARateOfZero) {
  const NativeHistogram still = histogram(0, {{1, 5}});
  EXPECT_EQ(range_of({still, still, still}).rate(at(0), at(30)), histogram(0, {}));
}

TEST(NativeRangeTest, NaNSumsLeaveTheBucketsAlone) {
  NativeHistogram first = histogram(0, {{1, 50}}), second = histogram(0, {{1, 60}});
  first.sum = second.sum = std::numeric_limits<double>::quiet_NaN();
  const auto rate = range_of({first, second}).rate(at(10), at(20));
  ASSERT_TRUE(rate);
  EXPECT_TRUE(std::isnan(rate->sum));
  EXPECT_EQ(rate->positive, (Buckets{{1, 1}}));
}

TEST(NativeRangeTest, RestoredItGoesOnAsBefore) {
  NativeHistogram odd = histogram(3, {{-7, 0.1}, {2, 1e300}});
  odd.negative = {{5, 1.0 / 3}};
  odd.zero_threshold = 2.938735877055719e-39;
  odd.zero_count = 7;
  const std::vector<NativeHistogram> samples = {
      histogram(8, {{1, 5}, {9, 1}}), histogram(8, {{1, 7}, {9, 1}}), histogram(8, {{2, 9}}), odd,
      histogram(2, {{1, 3}}),         histogram(2, {{1, 8}, {4, 1}})};
  for (std::size_t until = 0; until <= samples.size(); ++until) {
    NativeRange range = range_of({samples.begin(), samples.begin() + static_cast<int>(until)});
    auto copy = NativeRange::restore(saved(range));
    ASSERT_TRUE(copy);
    EXPECT_EQ(saved(*copy), saved(range));
    for (std::size_t i = until; i < samples.size(); ++i) {
      range.add(at(1000 + static_cast<int>(i)), shared(samples[i]));
      copy->add(at(1000 + static_cast<int>(i)), shared(samples[i]));
    }
    EXPECT_EQ(copy->samples(), samples.size());
    EXPECT_EQ(saved(*copy), saved(range));
    EXPECT_EQ(copy->rate(at(0), at(1006)), range.rate(at(0), at(1006)));
  }
}

TEST(NativeRangeTest, SumsThatAreNoNumbersAreRestored) {
  using Limits = std::numeric_limits<double>;
  for (const double sum :
       {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), -Limits::quiet_NaN()}) {
    NativeHistogram sample = histogram(0, {{1, 5}});
    sample.sum = sum;
    const std::string text = saved(range_of({sample, sample}));
    const auto copy = NativeRange::restore(text);
    ASSERT_TRUE(copy) << text;
    EXPECT_EQ(saved(*copy), text);
  }
}

// Two histograms of schema 0 with one bucket each, and no lost one.
constexpr std::string_view kTwo = " 2 10000 20000 0 0 0 5 5 1 1 5 0 0 0 0 6 6 1 1 6 0 0";

TEST(NativeRangeTest, IsSavedAsNumbers) {
  EXPECT_EQ(saved(range_of({histogram(0, {{1, 5}}), histogram(0, {{1, 6}})})), kTwo);
}

TEST(NativeRangeTest, NoPartOfATextIsRestored) {
  for (std::size_t length = 0; length < kTwo.size(); ++length) {
    EXPECT_FALSE(NativeRange::restore(kTwo.substr(0, length))) << length;
  }
  EXPECT_FALSE(NativeRange::restore(std::string(kTwo) + " 0"));
  EXPECT_FALSE(NativeRange::restore(std::string(kTwo) + "x"));
  EXPECT_FALSE(NativeRange::restore(std::string(kTwo.substr(1))));
}

TEST(NativeRangeTest, WhatCannotBeIsNotRestored) {
  const std::string last = " 0 0 0 6 6 1 1 6 0 0";
  for (const char* begin : {
           " 2 20000 10000 0 0 0 5 5 0 0",   // times that descend
           " 2 10000 10000 0 0 0 5 5 0 0",   // two samples at one time
           " 1 10000 20000 0 0 0 5 5 0 0",   // one at two
           " 99 10000 10001 0 0 0 5 5 0 0",  // more than milliseconds
           " -1 10000 20000 0 0 0 5 5 0 0",  // fewer than none
           " 2 -9223372036854775808 9223372036854775807 0 0 0 5 5 0 0",
           " 2 10000 20000 9 0 0 5 5 0 0",       // no such schema
           " 2 10000 20000 -5 0 0 5 5 0 0",      //
           " 2 10000 20000 0 -1 0 5 5 0 0",      // a zero threshold below zero
           " 2 10000 20000 0 inf 0 5 5 0 0",     //
           " 2 10000 20000 0 0 -1 5 5 0 0",      // counts below zero or not finite
           " 2 10000 20000 0 0 0 nan 5 0 0",     //
           " 2 10000 20000 0 0 0 5 5 1 1 -5 0",  //
           " 2 10000 20000 0 0 0 5 5 1 1 inf 0",
           " 2 10000 20000 0 0 0 5 5 2 1 5 1 5 0",  // indexes that do not ascend
           " 2 10000 20000 0 0 0 5 5 2 2 5 1 5 0",  //
           " 2 10000 20000 0 0 0 5 5 1 2147483648 5 0",
           " 2 10000 20000 0 0 0 5 5 0 18446744073709551615",  // more buckets than there are
           " 2 10000 20000 0 0 0 5 5 0 -1",
       }) {
    EXPECT_FALSE(NativeRange::restore(begin + last)) << begin;
  }
  EXPECT_FALSE(NativeRange::restore(" 1 10000 10000 0 0 0 6 6 0 0 0 0 0 6 6 0 0 1 0 0 0 6 6 0 0"));
  EXPECT_FALSE(NativeRange::restore(" 2 10000 20000 0 0 0 6 6 0 0 0 0 0 6 6 0 0 2 0 0 0 6 6 0 0"));
}

TEST(NativeRangeTest, SidesOfMoreBucketsThanSaneAreNotRestored) {
  Buckets buckets;
  for (int index = 0; index < 65'536; ++index) buckets.push_back({index, 1});
  EXPECT_TRUE(NativeRange::restore(saved(range_of({histogram(8, buckets)}))));
  buckets.push_back({65'536, 1});
  EXPECT_FALSE(NativeRange::restore(saved(range_of({histogram(8, buckets)}))));
}

}  // namespace
}  // namespace revisitd::collectors
