#include "collectors/native_range.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/rules/packed_bytes.h"

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
  std::string bytes;
  PackedWriter to(bytes);
  range.save(to);
  to.flush();
  return bytes;
}

// Nothing where the bytes are not one range and no more.
std::optional<NativeRange> restore(std::string_view bytes) {
  PackedReader from(bytes);
  try {
    NativeRange range = NativeRange::take(from);
    if (from.done()) return range;
  } catch (const protozero::exception&) {
  }
  return std::nullopt;
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
  EXPECT_TRUE(restore(saved(range)));
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
    auto copy = restore(saved(range));
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
    const std::string bytes = saved(range_of({sample, sample}));
    const auto copy = restore(bytes);
    ASSERT_TRUE(copy) << sum;
    EXPECT_EQ(saved(*copy), bytes) << sum;
  }
}

// A histogram's numbers, each near 0, and its positive buckets; `more` are said to follow.
struct Spoken {
  std::int64_t schema = 0;
  double zero_threshold = 0, zero_count = 0, count = 5;
  std::vector<std::pair<std::int64_t, double>> buckets = {{1, 5}};
  std::uint64_t more = 0;
};
PackedBytes first_of(std::uint64_t samples, std::int64_t first_time, std::uint64_t span,
                     const Spoken& spoken) {
  PackedBytes bytes;
  bytes.whole(samples).since(first_time).whole(span);
  bytes.since(spoken.schema).number(spoken.zero_threshold).number(spoken.zero_count);
  bytes.number(spoken.count).number(5).whole(spoken.buckets.size() + spoken.more);
  std::int64_t before = 0;
  for (const auto& [index, count] : spoken.buckets) {
    bytes.since(index, before).number(count);
    before = index;
  }
  return bytes.whole(0);
}
// Of schema 0 and without buckets, like the one before it but for those.
const std::string kEmpty(
    PackedBytes().since(0).whole(0).whole(0).whole(0).whole(0).whole(0).whole(0));
const std::string kNoLost(PackedBytes().whole(0));

// A range whose second histogram is empty.
std::string range_with(const Spoken& spoken, std::uint64_t samples = 2,
                       std::int64_t first_time = 10'000, std::uint64_t span = 10'000) {
  return std::string(first_of(samples, first_time, span, spoken).then(kEmpty).then(kNoLost));
}

TEST(NativeRangeTest, IsSavedAsNumbers) {
  const std::string last(PackedBytes()
                             .since(0)
                             .whole(0)
                             .whole(0)
                             .number(6, 5)
                             .number(6, 5)
                             .whole(1)
                             .since(1)
                             .number(6, 5)
                             .whole(0));
  EXPECT_EQ(saved(range_of({histogram(0, {{1, 5}}), histogram(0, {{1, 6}})})),
            std::string(first_of(2, 10'000, 10'000, {}).then(last).then(kNoLost)));
}

TEST(NativeRangeTest, NoPartOfItIsRestored) {
  NativeHistogram odd = histogram(3, {{-7, 0.1}, {2, 1e300}});
  odd.negative = {{5, 1.0 / 3}};
  const std::string whole = saved(range_of({odd, histogram(3, {{1, 5}}), odd}));
  ASSERT_TRUE(restore(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(restore(whole.substr(0, length))) << length;
  EXPECT_FALSE(restore(whole + '\0'));
}

TEST(NativeRangeTest, WithAFlippedBitItIsSomeRangeOrNone) {
  NativeHistogram odd = histogram(3, {{-7, 0.1}, {2, 7}});
  odd.negative = {{5, 1.0 / 3}};
  const std::string whole = saved(range_of({odd, histogram(3, {{1, 5}}), odd}));
  int refused = 0, others = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    auto range = restore(flipped);
    if (!range) {
      ++refused;
      continue;
    }
    ++others;
    const auto again = restore(saved(*range));
    ASSERT_TRUE(again) << bit;
    EXPECT_EQ(saved(*again), saved(*range)) << bit;
    range->add(at(100), shared(odd));
    const auto rate = range->rate(at(0), at(100));
    EXPECT_TRUE(!rate || rate->schema <= NativeHistogram::kFinestSchema) << bit;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(others, 0);
}

TEST(NativeRangeTest, TimesThatCannotBeAreNotRestored) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(restore(range_with({})));
  EXPECT_TRUE(restore(range_with({}, 1, 10'000, 0)));
  EXPECT_FALSE(restore(range_with({}, 2, 10'000, 0))) << "two samples at one time";
  EXPECT_FALSE(restore(range_with({}, 1, 10'000, 10'000))) << "one at two";
  EXPECT_FALSE(restore(range_with({}, 99, 10'000, 1))) << "more than milliseconds";
  EXPECT_FALSE(restore(range_with({}, std::uint64_t{1} << 32))) << "more than can be";
  EXPECT_FALSE(restore(range_with({}, 2, 10'000, std::uint64_t{1} << 32)));
  EXPECT_FALSE(restore(range_with({}, 2, kFar, 1)));
  EXPECT_FALSE(restore(range_with({}, 2, kFar - 1, 1))) << "too far to subtract from";
  EXPECT_FALSE(restore(range_with({}, 2, -kFar, 1)));
}

TEST(NativeRangeTest, HistogramsThatCannotBeAreNotRestored) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const Spoken& spoken : std::vector<Spoken>{
           {.schema = 9},
           {.schema = -5},
           {.schema = std::int64_t{1} << 32},
           {.zero_threshold = -1},
           {.zero_threshold = kInfinity},
           {.zero_count = -1},
           {.count = std::numeric_limits<double>::quiet_NaN()},
           {.buckets = {{1, -5}}},
           {.buckets = {{1, kInfinity}}},
           {.buckets = {{1, 5}, {1, 5}}},  // indexes that do not ascend
           {.buckets = {{2, 5}, {1, 5}}},
           {.buckets = {{2'147'483'648, 5}}},
           {.buckets = {{-2'147'483'649, 5}}},
           {.more = 1},
           {.more = std::numeric_limits<std::uint64_t>::max() - 1},
       }) {
    EXPECT_FALSE(restore(range_with(spoken)))
        << spoken.schema << ' ' << spoken.zero_threshold << ' ' << spoken.zero_count << ' '
        << spoken.count << ' ' << spoken.buckets.size() << ' ' << spoken.more;
  }
  EXPECT_TRUE(restore(range_with({.buckets = {{-2'147'483'648, 5}, {2'147'483'647, 5}}})));
}

TEST(NativeRangeTest, OnlySeveralSamplesHaveLostOne) {
  const std::string lost = std::string(PackedBytes().whole(1)) + kEmpty;
  const auto with = [](PackedBytes first, std::string_view rest) {
    return restore(first.then(kEmpty).then(rest));
  };
  EXPECT_TRUE(with(first_of(2, 10'000, 10'000, {}), lost));
  EXPECT_FALSE(with(first_of(1, 10'000, 0, {}), lost));
  EXPECT_FALSE(with(first_of(2, 10'000, 10'000, {}), PackedBytes().whole(2).then(kEmpty)));
}

TEST(NativeRangeTest, SidesOfMoreBucketsThanSaneAreNotRestored) {
  Buckets buckets;
  for (int index = 0; index < 65'536; ++index) buckets.push_back({index, 1});
  EXPECT_TRUE(restore(saved(range_of({histogram(8, buckets)}))));
  buckets.push_back({65'536, 1});
  EXPECT_FALSE(restore(saved(range_of({histogram(8, buckets)}))));
}

}  // namespace
}  // namespace revisitd::collectors
