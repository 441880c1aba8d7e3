#include "collectors/histogram_quantile.h"

#include <gtest/gtest.h>

#include <limits>

namespace revisitd::collectors {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
using rules::SlotValue;

TEST(HistogramQuantileTest, InterpolatesWithinTheBucketAndNamesIt) {
  EXPECT_EQ(histogram_quantile(0.5, {{0.1, 10}, {0.2, 30}, {kInf, 40}}),
            (SlotValue{0.15000000000000002, 0.1, 0.2}));
}

TEST(HistogramQuantileTest, FirstBucketStartsAtZero) {
  EXPECT_EQ(histogram_quantile(0.25, {{0.1, 20}, {kInf, 40}}), (SlotValue{0.05, 0, 0.1}));
}

TEST(HistogramQuantileTest, NonPositiveFirstBucketGivesItsBound) {
  const auto value = histogram_quantile(0.25, {{-1, 20}, {kInf, 40}});
  ASSERT_TRUE(value);
  EXPECT_EQ(value->value, -1);
  EXPECT_EQ(value->high, -1);
  EXPECT_LT(value->low, -1e300);
}

TEST(HistogramQuantileTest, LastBucketGivesTheHighestFiniteBoundAndIsOpen) {
  EXPECT_EQ(histogram_quantile(0.99, {{0.1, 10}, {0.2, 30}, {kInf, 40}}),
            (SlotValue{0.2, 0.2, kInf}));
}

TEST(HistogramQuantileTest, MissingInfinityBucketGivesNothing) {
  EXPECT_FALSE(histogram_quantile(0.5, {{0.1, 10}, {0.2, 30}}));
  EXPECT_FALSE(histogram_quantile(0.5, {{kInf, 30}}));
  EXPECT_FALSE(histogram_quantile(0.5, {}));
}

TEST(HistogramQuantileTest, NoObservationsGiveNothing) {
  EXPECT_FALSE(histogram_quantile(0.5, {{0.1, 0}, {kInf, 0}}));
}

TEST(HistogramQuantileTest, RaisesABucketThatIsLowerThanTheOneBelow) {
  EXPECT_EQ(histogram_quantile(0.9, {{1, 10}, {2, 5}, {3, 20}, {kInf, 20}}),
            (SlotValue{2.8, 2, 3}));
}

TEST(HistogramQuantileTest, IgnoresRoundingBetweenEqualBuckets) {
  const double more = 10 * (1 + 1e-15);
  EXPECT_EQ(histogram_quantile(0.9999999999999999, {{1, 10}, {2, more}, {kInf, more}})->high, 1);
}

TEST(AddHistogramsTest, SumsEqualLayoutsByBound) {
  std::vector<BucketSeries> series = {{1, {kInf, 4}}, {1, {0.1, 2}}, {2, {0.1, 3}}, {2, {kInf, 5}}};
  const std::vector<Bucket> sum = add_histograms(series);
  ASSERT_EQ(sum.size(), 2u);
  EXPECT_EQ(sum[0].bound, 0.1);
  EXPECT_EQ(sum[0].rate, 5);
  EXPECT_EQ(sum[1].rate, 9);
}

TEST(AddHistogramsTest, KeepsOnlyBoundsThatAllLayoutsHave) {
  std::vector<BucketSeries> series = {{1, {0.1, 2}}, {1, {0.5, 3}}, {1, {kInf, 4}},
                                      {2, {0.2, 3}}, {2, {0.5, 4}}, {2, {kInf, 5}}};
  const std::vector<Bucket> sum = add_histograms(series);
  ASSERT_EQ(sum.size(), 2u);
  EXPECT_EQ(sum[0].bound, 0.5);
  EXPECT_EQ(sum[0].rate, 7);
}

}  // namespace
}  // namespace revisitd::collectors
