#include <algorithm>
#include <memory>

#include "tests/unit/collectors/reduction_fixture.h"

namespace revisitd::collectors {
namespace {

using rules::Absence;
using rules::Reduction;
using rules::SignalReading;
using rules::SlotValue;

TEST_F(ReductionTest, QuantileCarriesItsBucket) {
  use(Reduction::quantile, 0.5);
  for (const double t : {20.0, 40.0}) {
    scrape(t, {with_role(SeriesRole::bucket, 1, 9, 1000 + t, 0.1),
               with_role(SeriesRole::bucket, 2, 9, 1000 + 3 * t, 0.2),
               with_role(SeriesRole::bucket, 3, 9, 1000 + 4 * t, kInf)});
  }
  const SignalReading reading = close();
  EXPECT_NEAR(reading.value->value, 0.15, 1e-12);
  EXPECT_EQ(reading.value->low, 0.1);
  EXPECT_EQ(reading.value->high, 0.2);
}

TEST_F(ReductionTest, QuantileWithoutObservationsIsMissing) {
  use(Reduction::quantile, 0.5);
  for (const double t : {20.0, 40.0}) {
    scrape(t, {with_role(SeriesRole::bucket, 1, 9, 10, 0.1),
               with_role(SeriesRole::bucket, 3, 9, 10, kInf)});
  }
  EXPECT_EQ(close().absence, Absence::not_finite);
}

TEST_F(ReductionTest, SummariesGiveAnIntervalOverInstances) {
  use(Reduction::quantile, 0.99);
  for (const double t : {20.0, 40.0}) {
    scrape(t,
           {with_role(SeriesRole::quantile, 1, 8, 0.1), with_role(SeriesRole::quantile, 2, 9, 0.5),
            with_role(SeriesRole::count, 3, 8, 1000 + 3 * t),
            with_role(SeriesRole::count, 4, 9, 1000 + t)});
  }
  const SignalReading reading = close();
  EXPECT_NEAR(reading.value->value, 0.2, 1e-12);
  EXPECT_EQ(reading.value->low, 0.1);
  EXPECT_EQ(reading.value->high, 0.5);
}

// 100 observations between 1 and 2 and as many between 2 and 4, `times` over.
StagedSample native(std::uint64_t series, double times) {
  NativeHistogram histogram;
  histogram.count = 200 * times;
  histogram.positive = {{1, 100 * times}, {2, 100 * times}};
  StagedSample sample = with_role(SeriesRole::native, series, series, histogram.count);
  sample.native = std::make_shared<const NativeHistogram>(std::move(histogram));
  return sample;
}

TEST_F(ReductionTest, NativeHistogramsGoAheadOfClassicOnes) {
  use(Reduction::quantile, 0.75);
  for (const double t : {20.0, 40.0}) {
    scrape(t, {native(9, t), with_role(SeriesRole::bucket, 1, 9, 1000 + t, 0.1),
               with_role(SeriesRole::bucket, 2, 9, 1000 + 200 * t, kInf)});
  }
  const SignalReading reading = close();
  ASSERT_TRUE(reading.value);
  EXPECT_NEAR(reading.value->value, std::sqrt(8), 1e-9);
  EXPECT_EQ(reading.value->low, 2);
  EXPECT_EQ(reading.value->high, 4);
}

TEST_F(ReductionTest, NativeHistogramsOfInstancesAreAdded) {
  use(Reduction::quantile, 0.25);
  for (const double t : {20.0, 40.0}) {
    scrape(t, {native(9, t)}, 1);
    scrape(t, {native(9, 3 * t)}, 2);
  }
  EXPECT_NEAR(close().value->value, std::sqrt(2), 1e-9);
}

TEST_F(ReductionTest, AnInstanceWithClassicBucketsAloneMakesTheOthersPartial) {
  use(Reduction::quantile, 0.5);
  for (const double t : {20.0, 40.0}) {
    scrape(t, {native(9, t), with_role(SeriesRole::bucket, 2, 9, 1000 + 200 * t, kInf)}, 1);
    scrape(t,
           {with_role(SeriesRole::bucket, 1, 9, 1000 + t, 0.1),
            with_role(SeriesRole::bucket, 2, 9, 1000 + t, kInf)},
           2);
  }
  const SignalReading reading = close();
  EXPECT_FALSE(reading.value);
  EXPECT_EQ(reading.absence, Absence::partial);
}

TEST_F(ReductionTest, OneNativeHistogramIsNoRate) {
  use(Reduction::quantile, 0.5);
  scrape(30, {native(9, 1)});
  EXPECT_EQ(close().absence, Absence::no_data);
}

TEST_F(ReductionTest, NativeHistogramsInProgressSurviveARestart) {
  use(Reduction::quantile, 0.75);
  scrape(10, {native(9, 1)});
  scrape(20, {native(9, 2)});
  std::string saved;
  reducer_->save(saved);
  use(Reduction::quantile, 0.75);
  ASSERT_TRUE(restore(*reducer_, saved));
  std::string again;
  reducer_->save(again);
  EXPECT_EQ(again, saved);
  scrape(30, {native(9, 4)});
  EXPECT_NEAR(close().value->value, std::sqrt(8), 1e-9);
}

TEST_F(ReductionTest, RefusesASavedNativeHistogramThatIsBroken) {
  use(Reduction::quantile, 0.75);
  scrape(10, {native(9, 1)});
  std::string saved;
  reducer_->save(saved);
  for (std::size_t cut = saved.find("\nh ") + 1; cut + 1 < saved.size(); ++cut) {
    use(Reduction::quantile, 0.75);
    EXPECT_FALSE(restore(*reducer_, saved.substr(0, cut) + '\n')) << cut;
  }
}

TEST_F(ReductionTest, ASlotHoldsOnlySoManyNativeBuckets) {
  use(Reduction::quantile, 0.5);
  NativeHistogram large;
  for (std::int32_t i = 0; i < 60'000; ++i) large.positive.push_back({i, 1});
  large.count = 60'000;
  StagedSample sample = native(9, 1);
  sample.native = std::make_shared<const NativeHistogram>(large);
  std::string saved;
  for (const double t : {10.0, 20.0, 30.0, 40.0, 50.0}) {  // another series each time
    sample.series = static_cast<std::uint64_t>(t);
    saved.clear();
    reducer_->save(saved);
    scrape(t, {sample});
  }
  EXPECT_EQ(counters_.over_limit, 1u);
  EXPECT_EQ(close().absence, Absence::partial);
  use(Reduction::quantile, 0.5);
  ASSERT_TRUE(restore(*reducer_, saved));
  scrape(50, {sample});
  EXPECT_EQ(counters_.over_limit, 2u) << "what is restored counts";
}

// Page labels are the same on every instance: what they are of tells them apart.
TEST_F(ReductionTest, InstancesWithOtherBucketsShareOnlyTheirCommonBounds) {
  use(Reduction::quantile, 0.5);
  for (const double t : {20.0, 40.0}) {
    scrape(t,
           {with_role(SeriesRole::bucket, 1, 9, 1000 + t, 0.1),
            with_role(SeriesRole::bucket, 2, 9, 1000 + t, 0.4),
            with_role(SeriesRole::bucket, 3, 9, 1000 + t, kInf)},
           1);
    scrape(t,
           {with_role(SeriesRole::bucket, 4, 9, 1000 + t, 0.2),
            with_role(SeriesRole::bucket, 2, 9, 1000 + 3 * t, 0.4),
            with_role(SeriesRole::bucket, 3, 9, 1000 + 3 * t, kInf)},
           2);
  }
  const SignalReading reading = close();
  ASSERT_TRUE(reading.value);
  EXPECT_EQ(reading.value->low, 0) << "0.1 and 0.2 are bounds of one instance only";
  EXPECT_EQ(reading.value->high, 0.4);
}

TEST_F(ReductionTest, SummariesOfInstancesWithTheSameLabelsWeighAsTheirCounts) {
  use(Reduction::quantile, 0.99);
  for (const double t : {20.0, 40.0}) {
    scrape(t,
           {with_role(SeriesRole::quantile, 1, 7, 0.1),
            with_role(SeriesRole::count, 2, 7, 1000 + 3 * t)},
           1);
    scrape(
        t,
        {with_role(SeriesRole::quantile, 1, 7, 0.5), with_role(SeriesRole::count, 2, 7, 1000 + t)},
        2);
  }
  EXPECT_NEAR(close().value->value, 0.2, 1e-12);
}

TEST_F(ReductionTest, MeanOfAHistogramIsSumByCount) {
  use(Reduction::mean);
  for (const double t : {20.0, 40.0}) {
    scrape(t, {with_role(SeriesRole::sum, 1, 8, 1000 + t),
               with_role(SeriesRole::count, 2, 8, 1000 + 2 * t)});
  }
  EXPECT_NEAR(close().value->value, 0.5, 1e-12);
}

}  // namespace
}  // namespace revisitd::collectors
