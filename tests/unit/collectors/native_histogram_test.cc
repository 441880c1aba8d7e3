#include "collectors/native_histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace revisitd::collectors {
namespace {

using Limits = std::numeric_limits<double>;
using Indexes = std::numeric_limits<std::int32_t>;
using Buckets = std::vector<NativeBucket>;
using rules::SlotValue;

constexpr double kInf = Limits::infinity();

double sum_of(const Buckets& buckets) {
  double sum = 0;
  for (const NativeBucket& bucket : buckets) sum += bucket.count;
  return sum;
}

// With all its observations in buckets, and a sum of 1.
NativeHistogram histogram(int schema, const Buckets& positive, const Buckets& negative = {},
                          double zero_threshold = 0, double zero_count = 0) {
  return {schema, zero_threshold, zero_count, zero_count + sum_of(positive) + sum_of(negative),
          1,      positive,       negative};
}

TEST(NativeBoundTest, PowersOfTwoAreExact) {
  EXPECT_EQ(native_bound(0, 0), 1);
  EXPECT_EQ(native_bound(-3, 0), 0.125);
  EXPECT_EQ(native_bound(2, -2), 256);
  EXPECT_EQ(native_bound(-1, -4), 1.0 / 65536);
  EXPECT_EQ(native_bound(24, 3), 8);
  EXPECT_EQ(native_bound(-512, 8), 0.25);
  EXPECT_EQ(native_bound(-1074, 0), Limits::denorm_min());
}

TEST(NativeBoundTest, PartsOfPowersOfTwo) {
  EXPECT_DOUBLE_EQ(native_bound(1, 3), 1.0905077326652577);
  EXPECT_DOUBLE_EQ(native_bound(-1, 1), 0.7071067811865475);
  EXPECT_DOUBLE_EQ(native_bound(257, 8), 2.005422550100405);
}

TEST(NativeBoundTest, TheLastFiniteBucketEndsAtTheHighestDouble) {
  for (int schema = NativeHistogram::kLeastSchema; schema <= NativeHistogram::kFinestSchema;
       ++schema) {
    const int last = schema < 0 ? 1024 >> -schema : 1024 << schema;
    EXPECT_LT(native_bound(last - 1, schema), Limits::max());
    EXPECT_EQ(native_bound(last, schema), Limits::max());
    EXPECT_EQ(native_bound(last + 1, schema), kInf);
  }
}

TEST(NativeBoundTest, AnyIndexHasBounds) {
  for (const int schema : {-4, 0, 8}) {
    EXPECT_EQ(native_bound(Indexes::max(), schema), kInf);
    EXPECT_EQ(native_bound(Indexes::min(), schema), 0);
    EXPECT_EQ(native_lower_bound(Indexes::min(), schema), 0);
  }
  EXPECT_EQ(native_lower_bound(1, 0), 1);
}

TEST(ReduceResolutionTest, MergesBucketsOfOneCoarserBucket) {
  NativeHistogram h = histogram(1, {{-3, 1}, {-2, 2}, {-1, 4}, {0, 8}, {1, 16}, {2, 32}, {3, 64}});
  reduce_resolution(h, 0);
  EXPECT_EQ(h, histogram(0, {{-1, 3}, {0, 12}, {1, 48}, {2, 64}}));
}

TEST(ReduceResolutionTest, TakesSeveralStepsAtOnceOnBothSides) {
  NativeHistogram h = histogram(8, {{1, 1}, {4096, 2}, {4097, 4}}, {{-4096, 1}, {-4095, 2}});
  reduce_resolution(h, -4);
  EXPECT_EQ(h, histogram(-4, {{1, 3}, {2, 4}}, {{-1, 1}, {0, 2}}));
}

TEST(ReduceResolutionTest, NeverRefines) {
  NativeHistogram h = histogram(0, {{1, 1}});
  reduce_resolution(h, 3);
  EXPECT_EQ(h, histogram(0, {{1, 1}}));
}

TEST(ReduceResolutionTest, TakesAnyIndex) {
  NativeHistogram h = histogram(8, {{Indexes::min(), 1}, {Indexes::max(), 2}});
  reduce_resolution(h, -4);
  EXPECT_EQ(h, histogram(-4, {{-(1 << 19), 1}, {1 << 19, 2}}));
}

TEST(WidenZeroBucketTest, TakesBucketsWithinIt) {
  NativeHistogram h = histogram(0, {{0, 1}, {1, 2}, {2, 4}, {3, 8}}, {{1, 16}, {3, 32}}, 0.5, 64);
  widen_zero_bucket(h, 4);
  EXPECT_EQ(h, histogram(0, {{3, 8}}, {{3, 32}}, 4, 64 + 1 + 2 + 4 + 16));
}

TEST(WidenZeroBucketTest, ReachesTheEndOfAPopulatedBucketOfEitherSide) {
  NativeHistogram positive = histogram(0, {{1, 2}, {2, 4}}, {{1, 8}, {3, 16}});
  widen_zero_bucket(positive, 3);
  EXPECT_EQ(positive, histogram(0, {}, {{3, 16}}, 4, 14));

  NativeHistogram negative = histogram(0, {{1, 8}, {3, 16}}, {{1, 2}, {2, 4}});
  widen_zero_bucket(negative, 3);
  EXPECT_EQ(negative, histogram(0, {{3, 16}}, {}, 4, 14));
}

TEST(WidenZeroBucketTest, EndsWithinAnEmptyBucket) {
  NativeHistogram h = histogram(0, {{1, 2}, {2, 0}, {3, 1}});
  widen_zero_bucket(h, 3);
  EXPECT_EQ(h, histogram(0, {{3, 1}}, {}, 3, 2));
}

TEST(WidenZeroBucketTest, NeverNarrows) {
  NativeHistogram h = histogram(0, {{3, 1}}, {}, 4, 2);
  widen_zero_bucket(h, 2);
  widen_zero_bucket(h, Limits::quiet_NaN());
  EXPECT_EQ(h, histogram(0, {{3, 1}}, {}, 4, 2));
}

// Of client libraries' tables of bounds some are the neighbouring double.
TEST(WidenZeroBucketTest, BoundsThatDifferByRoundingAreEqual) {
  for (const double towards : {0.0, 1.0}) {
    const double threshold = std::nextafter(native_bound(-1, 1), towards);
    NativeHistogram h = histogram(1, {{-1, 1}, {0, 2}});
    widen_zero_bucket(h, threshold);
    EXPECT_EQ(h, histogram(1, {{0, 2}}, {}, threshold, 1));
  }
}

TEST(AddNativeTest, AddsBucketByBucket) {
  NativeHistogram h = histogram(2, {{1, 1}, {3, 2}}, {{0, 1}}, 0.5, 3);
  add(h, histogram(2, {{0, 1}, {3, 4}, {5, 8}}, {{0, 2}, {1, 4}}, 0.5, 5));
  NativeHistogram sum = histogram(2, {{0, 1}, {1, 1}, {3, 6}, {5, 8}}, {{0, 3}, {1, 4}}, 0.5, 8);
  sum.sum = 2;
  EXPECT_EQ(h, sum);
}

TEST(AddNativeTest, TakesTheCoarserSchemaOfEither) {
  const NativeHistogram fine = histogram(1, {{1, 1}, {2, 2}}), coarse = histogram(0, {{1, 4}});
  NativeHistogram sum = histogram(0, {{1, 7}});
  sum.sum = 2;
  NativeHistogram h = fine;
  add(h, coarse);
  EXPECT_EQ(h, sum);
  h = coarse;
  add(h, fine);
  EXPECT_EQ(h, sum);
}

TEST(AddNativeTest, WidensZeroBucketsUntilNeitherEndsWithinABucketOfTheOther) {
  NativeHistogram h = histogram(0, {{3, 1}, {5, 2}}, {}, 1, 1);
  add(h, histogram(-1, {{4, 4}}, {{2, 8}}, 6, 1));
  // 6 lies within (4, 8] of the first, 8 within [-16, -4) of the second, 16 within no other.
  NativeHistogram sum = histogram(-1, {{3, 2}, {4, 4}}, {}, 16, 1 + 1 + 1 + 8);
  sum.sum = 2;
  EXPECT_EQ(h, sum);
}

TEST(AddNativeTest, WhatWasBesideTheZeroBucketIsCountedOnceAtACoarserSchema) {
  NativeHistogram h = histogram(1, {{1, 1}, {2, 2}}, {}, 1, 0);
  add(h, histogram(0, {{2, 4}}, {}, native_bound(1, 1), 8));
  NativeHistogram sum = histogram(0, {{1, 2}, {2, 4}}, {}, native_bound(1, 1), 9);
  sum.sum = 2;
  EXPECT_EQ(h, sum);
}

TEST(NativeResetTest, GrowingOrStandingStillIsNone) {
  const NativeHistogram before = histogram(1, {{1, 2}, {2, 0}, {4, 1}}, {{1, 1}}, 0.5, 1);
  EXPECT_FALSE(is_reset(before, before));
  EXPECT_FALSE(is_reset(before, histogram(1, {{0, 1}, {1, 3}, {4, 1}}, {{1, 1}}, 0.5, 2)));
}

TEST(NativeResetTest, AnyCountThatFellIsOne) {
  const NativeHistogram before = histogram(1, {{1, 2}, {4, 1}}, {{1, 1}}, 0.5, 1);
  NativeHistogram after = before;
  after.count -= 1;
  EXPECT_TRUE(is_reset(before, after));
  EXPECT_TRUE(is_reset(before, histogram(1, {{1, 1}, {4, 9}}, {{1, 1}}, 0.5, 1)));
  EXPECT_TRUE(is_reset(before, histogram(1, {{1, 9}}, {{1, 1}}, 0.5, 1)));
  EXPECT_TRUE(is_reset(before, histogram(1, {{1, 9}, {4, 1}}, {}, 0.5, 1)));
  EXPECT_TRUE(is_reset(before, histogram(1, {{1, 9}, {4, 1}}, {{1, 1}}, 0.5, 0)));
}

TEST(NativeResetTest, AFinerSchemaOrANarrowerZeroBucketIsOne) {
  const NativeHistogram before = histogram(1, {{5, 1}}, {}, 1, 1);
  EXPECT_TRUE(is_reset(before, histogram(2, {{10, 1}}, {}, 1, 1)));
  EXPECT_TRUE(is_reset(before, histogram(1, {{5, 1}}, {}, 0.5, 1)));
}

TEST(NativeResetTest, ACoarserSchemaIsComparedAsSuch) {
  const NativeHistogram before = histogram(1, {{1, 2}, {2, 3}});
  EXPECT_FALSE(is_reset(before, histogram(0, {{1, 5}})));
  EXPECT_TRUE(is_reset(before, histogram(0, {{1, 4}, {2, 1}})));
}

TEST(NativeResetTest, AWiderZeroBucketIsComparedAsSuch) {
  const NativeHistogram before = histogram(0, {{1, 2}, {2, 3}}, {}, 1, 1);
  EXPECT_FALSE(is_reset(before, histogram(0, {{2, 3}}, {}, 2, 3)));
  EXPECT_TRUE(is_reset(before, histogram(0, {{2, 9}}, {}, 2, 2)));
}

// Prometheus counts the bucket at 4 to 8 twice there: in the zero bucket and in that up to 16.
TEST(NativeResetTest, AWiderZeroBucketAndACoarserSchemaAreComparedAsSuch) {
  const NativeHistogram before = histogram(0, {{0, 1}, {3, 2}, {4, 3}}, {}, 0.5, 49);
  const NativeHistogram after = histogram(-1, {{2, 3}}, {}, 8, 143);
  EXPECT_FALSE(is_reset(before, after));
  NativeHistogram difference = histogram(-1, {}, {}, 8, 143 - 52);
  difference.sum = 0;
  EXPECT_EQ(increase(before, after), difference);
  EXPECT_TRUE(is_reset(before, histogram(-1, {{2, 2}}, {}, 8, 143)));
  EXPECT_TRUE(is_reset(before, histogram(-1, {{2, 9}}, {}, 8, 51)));
}

TEST(NativeResetTest, AZeroBucketThatEndsWithinABucketIsOneUnlessThatIsEmpty) {
  EXPECT_TRUE(is_reset(histogram(0, {{2, 3}}), histogram(0, {{2, 3}}, {}, 3, 9)));
  EXPECT_FALSE(is_reset(histogram(0, {{2, 0}}), histogram(0, {{2, 3}}, {}, 3, 9)));
}

TEST(NativeResetTest, SumsHaveNoSay) {
  NativeHistogram before = histogram(0, {{1, 1}}), after = before;
  for (const double sum : {-5.0, kInf, Limits::quiet_NaN()}) {
    after.sum = sum;
    EXPECT_FALSE(is_reset(before, after));
    EXPECT_FALSE(is_reset(after, before));
  }
}

TEST(NativeIncreaseTest, IsTheDifferenceWithoutEmptyBuckets) {
  const NativeHistogram before = histogram(1, {{1, 2}, {3, 5}}, {{2, 1}}, 0.5, 1);
  NativeHistogram difference = histogram(1, {{0, 1}, {3, 2}}, {}, 0.5, 3);
  difference.sum = 0;
  EXPECT_EQ(increase(before, histogram(1, {{0, 1}, {1, 2}, {3, 7}}, {{2, 1}}, 0.5, 4)), difference);
}

TEST(NativeIncreaseTest, IsAtTheLayoutOfTheLater) {
  const NativeHistogram before = histogram(1, {{-2, 1}, {1, 2}, {2, 3}}, {}, 0.25, 1);
  NativeHistogram difference = histogram(0, {{1, 4}}, {}, 0.5, 5);
  difference.sum = 0;
  EXPECT_EQ(increase(before, histogram(0, {{1, 9}}, {}, 0.5, 7)), difference);
}

TEST(NativeIncreaseTest, RoundingGoesNotBelowZero) {
  NativeHistogram before = histogram(0, {{1, 0.3}}, {}, 0, 0.3), after = before;
  after.count = std::nextafter(before.count, 0);
  after.zero_count = after.positive[0].count = std::nextafter(0.3, 0);
  NativeHistogram nothing = histogram(0, {});
  nothing.sum = 0;
  EXPECT_EQ(increase(before, after), nothing);
}

TEST(NativeQuantileTest, NoObservationsGiveNothing) {
  EXPECT_FALSE(native_quantile(0.5, {}));
  EXPECT_FALSE(native_quantile(0.5, histogram(0, {{1, 0}})));
}

TEST(NativeQuantileTest, OnlyNaNsGiveNothing) {
  NativeHistogram h = histogram(0, {{1, 0}});
  h.count = 5;
  h.sum = Limits::quiet_NaN();
  EXPECT_FALSE(native_quantile(0.5, h));
}

void expect_quantile(double q, const NativeHistogram& h, const SlotValue& expected) {
  const auto value = native_quantile(q, h);
  ASSERT_TRUE(value);
  EXPECT_DOUBLE_EQ(value->value, expected.value);
  EXPECT_DOUBLE_EQ(value->low, expected.low);
  EXPECT_DOUBLE_EQ(value->high, expected.high);
}

TEST(NativeQuantileTest, IsExponentialWithinABucketAndNamesIt) {
  const NativeHistogram h = histogram(0, {{1, 4}, {3, 4}});
  expect_quantile(0.25, h, {std::sqrt(2), 1, 2});
  expect_quantile(0.75, h, {std::sqrt(32), 4, 8});
}

TEST(NativeQuantileTest, ARankBetweenBucketsIsThatOfTheSideItIsCountedFrom) {
  const NativeHistogram h = histogram(0, {{1, 4}, {2, 4}, {3, 8}});
  expect_quantile(0.25, h, {2, 1, 2});
  expect_quantile(0.5, h, {4, 4, 8});
}

TEST(NativeQuantileTest, NegativeBucketsAreTheMirror) {
  const NativeHistogram h = histogram(0, {}, {{1, 4}, {3, 4}});
  expect_quantile(0.125, h, {-std::exp2(2.75), -8, -4});
  expect_quantile(0.75, h, {-std::sqrt(2), -2, -1});
}

TEST(NativeQuantileTest, IsLinearInTheZeroBucket) {
  expect_quantile(0.375, histogram(0, {{3, 2}}, {{3, 2}}, 2, 4), {-1, -2, 2});
  expect_quantile(0.25, histogram(0, {}, {}, 2, 12), {-1, -2, 2});
}

TEST(NativeQuantileTest, TheZeroBucketEndsAtZeroWhereOnlyTheOtherSideHasObservations) {
  expect_quantile(0.25, histogram(0, {{3, 4}}, {}, 2, 4), {1, 0, 2});
  expect_quantile(0.25, histogram(0, {{3, 4}}, {{3, 0}}, 2, 4), {1, 0, 2});
  expect_quantile(0.75, histogram(0, {}, {{3, 4}}, 2, 4), {-1, -2, 0});
}

TEST(NativeQuantileTest, AZeroBucketOfNoWidthIsZero) {
  const auto value = native_quantile(0.25, histogram(0, {}, {}, 0, 4));
  EXPECT_EQ(value, SlotValue::exact(0));
  EXPECT_FALSE(std::signbit(value->low));
}

TEST(NativeQuantileTest, ABucketBeginsWhereTheZeroBucketEnds) {
  expect_quantile(0.75, histogram(0, {{1, 4}}, {}, 1.5, 4), {std::sqrt(3), 1.5, 2});
  expect_quantile(0.25, histogram(0, {}, {{1, 4}}, 1.5, 4), {-std::sqrt(3), -2, -1.5});
}

TEST(NativeQuantileTest, NaNObservationsComeLast) {
  NativeHistogram h = histogram(0, {{1, 4}, {2, 4}});
  h.count = 16;
  h.sum = Limits::quiet_NaN();
  expect_quantile(0.375, h, {std::sqrt(8), 2, 4});
  expect_quantile(0.5, h, {4, 2, 4});
  expect_quantile(0.75, h, {4, 4, kInf});
}

TEST(NativeQuantileTest, ObservationsInNoBucketAreBeyondThemAlsoWithASum) {
  NativeHistogram h = histogram(0, {{1, 4}});
  h.count = 100;
  expect_quantile(0.5, h, {2, 2, kInf});
}

TEST(NativeQuantileTest, InfiniteObservationsHaveTheHighestDoubleAndAreOpenAbove) {
  expect_quantile(0.75, histogram(0, {{1, 1}, {1025, 3}}), {Limits::max(), Limits::max(), kInf});
  expect_quantile(0.25, histogram(0, {}, {{1, 1}, {1025, 3}}),
                  {Limits::lowest(), Limits::lowest(), Limits::lowest()});
  expect_quantile(0.75, histogram(0, {{1, 1}, {1024, 3}}),
                  {std::exp2(1023 + 2.0 / 3), std::exp2(1023), Limits::max()});
}

TEST(NativeQuantileTest, BucketsBeyondInfinityAreAsThatOfInfinity) {
  for (const int index : {1025, 1026, Indexes::max()}) {
    expect_quantile(0.5, histogram(0, {{index, 1}}), {Limits::max(), Limits::max(), kInf});
    expect_quantile(0.5, histogram(0, {}, {{index, 1}}),
                    {Limits::lowest(), Limits::lowest(), Limits::lowest()});
  }
}

TEST(NativeQuantileTest, BucketsWithinTheZeroBucketAreItsEdge) {
  expect_quantile(0.75, histogram(0, {{1, 4}}, {}, 8, 2), {8, 8, 8});
  expect_quantile(0.25, histogram(0, {}, {{1, 4}}, 8, 2), {-8, -8, -8});
}

TEST(NativeQuantileTest, BucketsBelowTheLeastDoubleAreZero) {
  expect_quantile(0.5, histogram(8, {{Indexes::min(), 3}}), {0, 0, 0});
  const auto least = native_quantile(0.25, histogram(0, {{-1074, 4}}));
  EXPECT_EQ(least, (SlotValue{0, 0, Limits::denorm_min()}));
}

}  // namespace
}  // namespace revisitd::collectors
