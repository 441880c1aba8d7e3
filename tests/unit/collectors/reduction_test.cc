#include "collectors/reduction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace revisitd::collectors {
namespace {

using rules::Absence;
using rules::Reduction;
using rules::SignalReading;
using rules::SlotValue;

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TimePoint at(double seconds) { return from_millis(std::llround(seconds * 1000)); }

StagedSample gauge(std::uint64_t series, double value) {
  StagedSample sample;
  sample.series = series;
  sample.histogram = series;
  sample.value = value;
  return sample;
}

StagedSample with_role(SeriesRole role, std::uint64_t series, std::uint64_t histogram, double value,
                       double bound = 0) {
  return {series, histogram, bound, value, std::nullopt, role};
}

StagedSample timed(StagedSample sample, double seconds) {
  sample.time = at(seconds);
  return sample;
}

// One reducer with slots of a minute, scraped at given seconds.
class ReductionTest : public ::testing::Test {
 protected:
  void use(Reduction reduction, double q = 0, std::string per = "") {
    rules::SignalSpec spec;
    spec.name = "s";
    spec.reduction = reduction;
    spec.quantile = q;
    spec.per = std::move(per);
    reducer_.emplace(spec, std::set<Duration>{kMinute});
  }
  void scrape(double seconds, const std::vector<StagedSample>& samples, std::uint64_t target = 1) {
    reducer_->apply(target, at(seconds), samples, counters_);
  }
  SignalReading close(std::int64_t index = 0) { return reducer_->close(kMinute, index); }

  std::optional<SignalReducer> reducer_;
  ReductionCounters counters_;
};

TEST_F(ReductionTest, RateAddsSeriesAndInstances) {
  use(Reduction::rate);
  for (const double t : {10.0, 20.0, 30.0, 40.0, 50.0, 60.0}) {
    scrape(t, {gauge(1, 1000 + t), gauge(2, 1000 + 2 * t)}, 1);
    scrape(t, {gauge(1, 1000 + 4 * t)}, 2);
  }
  EXPECT_NEAR(close().value->value, 7, 1e-12);
}

TEST_F(ReductionTest, OneSampleIsNoRate) {
  use(Reduction::rate);
  scrape(30, {gauge(1, 5)});
  const SignalReading reading = close();
  EXPECT_FALSE(reading.value);
  EXPECT_EQ(reading.absence, Absence::no_data);
}

TEST_F(ReductionTest, SampleOnTheBoundaryCountsForTheSlotThatEndsThere) {
  use(Reduction::last);
  scrape(60, {gauge(1, 7)});
  EXPECT_EQ(close(0).value, SlotValue::exact(7));
  EXPECT_FALSE(close(1).value);
}

TEST_F(ReductionTest, NothingIsCarriedIntoTheNextSlot) {
  use(Reduction::last);
  scrape(30, {gauge(1, 7)});
  EXPECT_EQ(close(0).value, SlotValue::exact(7));
  const SignalReading next = close(1);
  EXPECT_FALSE(next.value);
}

TEST_F(ReductionTest, QuotientByZeroIsNotFinite) {
  use(Reduction::rate, 0, "per");
  for (const double t : {20.0, 40.0}) {
    scrape(t, {gauge(1, 5), with_role(SeriesRole::denominator, 2, 2, 9)});
  }
  EXPECT_EQ(close().absence, Absence::not_finite);
}

TEST_F(ReductionTest, PerDividesTheRates) {
  use(Reduction::rate, 0, "per");
  for (const double t : {20.0, 40.0}) {
    scrape(t, {gauge(1, 1000 + t), with_role(SeriesRole::denominator, 2, 2, 1000 + 4 * t)});
  }
  EXPECT_NEAR(close().value->value, 0.25, 1e-12);
}

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
  ASSERT_TRUE(reducer_->restore(saved));
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
    EXPECT_FALSE(reducer_->restore(saved.substr(0, cut) + '\n')) << cut;
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
  ASSERT_TRUE(reducer_->restore(saved));
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

TEST_F(ReductionTest, GaugesReduceOverSamplesAndInstances) {
  const std::map<Reduction, double> expected = {{Reduction::mean, 4.0}, {Reduction::max, 9},
                                                {Reduction::min, 1},    {Reduction::last, 11},
                                                {Reduction::sum, 11},   {Reduction::count, 2}};
  for (const auto& [reduction, value] : expected) {
    use(reduction);
    scrape(20, {gauge(1, 1)}, 1);
    scrape(40, {gauge(1, 9)}, 1);
    scrape(40, {gauge(1, 2)}, 2);
    EXPECT_EQ(close().value, SlotValue::exact(value)) << static_cast<int>(reduction);
  }
}

TEST_F(ReductionTest, VanishedSeriesIsStaleNotCarriedOn) {
  use(Reduction::last);
  scrape(20, {gauge(1, 5)});
  scrape(40, {});
  EXPECT_EQ(close().absence, Absence::stale);
}

TEST_F(ReductionTest, FailedScrapeMakesItsTargetStale) {
  use(Reduction::sum);
  scrape(20, {gauge(1, 5)}, 1);
  scrape(20, {gauge(1, 3)}, 2);
  reducer_->fail(1, at(40));
  EXPECT_EQ(close().value, SlotValue::exact(3));
}

TEST_F(ReductionTest, SlotOfFailedScrapesHasFailed) {
  use(Reduction::last);
  reducer_->fail(1, at(20));
  EXPECT_EQ(close().absence, Absence::failed);
}

TEST_F(ReductionTest, NonFiniteSamplesAreMissing) {
  use(Reduction::max);
  scrape(20, {gauge(1, kNan)});
  scrape(30, {gauge(1, kInf)});
  EXPECT_EQ(close().absence, Absence::not_finite);
  EXPECT_EQ(counters_.not_finite, 2u);
  scrape(70, {gauge(1, 4)});
  scrape(80, {gauge(1, kNan)});
  EXPECT_EQ(close(1).value, SlotValue::exact(4));
}

TEST_F(ReductionTest, SumThatLacksASeriesIsMissing) {
  use(Reduction::sum);
  scrape(20, {gauge(1, kNan), gauge(2, 5)});
  EXPECT_EQ(close().absence, Absence::not_finite);
}

TEST_F(ReductionTest, ContradictorySeriesIsMissingForThatScrapeOnly) {
  use(Reduction::max);
  scrape(20, {gauge(1, 4), gauge(1, 9), gauge(1, 4)});
  scrape(40, {gauge(1, 5)});
  EXPECT_EQ(close().value, SlotValue::exact(5));
  EXPECT_EQ(counters_.contradictions, 1u);
  scrape(80, {gauge(1, 4), gauge(1, 9)});
  EXPECT_EQ(close(1).absence, Absence::ambiguous);
}

TEST_F(ReductionTest, RepeatedEqualSampleIsNoContradiction) {
  use(Reduction::last);
  scrape(20, {gauge(1, 4), gauge(1, 4)});
  EXPECT_EQ(close().value, SlotValue::exact(4));
  EXPECT_EQ(counters_.contradictions, 0u);
}

TEST_F(ReductionTest, HonoursTimestampsWithinFiveMinutesOnly) {
  use(Reduction::last);
  scrape(70, {timed(gauge(1, 4), 50)});
  scrape(80, {timed(gauge(2, 9), 80 - 301)});
  EXPECT_EQ(close(0).value, SlotValue::exact(4));
  EXPECT_EQ(counters_.bad_timestamps, 1u);
}

TEST_F(ReductionTest, DropsSamplesThatStepBack) {
  use(Reduction::count);
  scrape(30, {timed(gauge(1, 4), 25)});
  scrape(40, {timed(gauge(1, 5), 24)});
  scrape(50, {timed(gauge(1, 4), 25)});
  EXPECT_EQ(counters_.samples, 1u);
  EXPECT_EQ(counters_.out_of_order, 1u);
}

TEST_F(ReductionTest, SamplesForAClosedSlotAreLate) {
  use(Reduction::last);
  close(0);
  scrape(30, {gauge(1, 4)});
  EXPECT_EQ(counters_.late, 1u);
  EXPECT_FALSE(close(0).value);
}

TEST_F(ReductionTest, SlotsInProgressSurviveARestart) {
  use(Reduction::rate);
  scrape(15, {gauge(1, 1000), gauge(2, 0.1)});
  scrape(30, {gauge(1, 10), gauge(2, 0.2)});
  std::string saved;
  reducer_->save(saved);
  SignalReducer restored(reducer_->spec(), {kMinute});
  ASSERT_TRUE(restored.restore(saved));
  scrape(45, {gauge(1, 20), gauge(2, 0.3)});
  const std::vector<StagedSample> samples = {gauge(1, 20), gauge(2, 0.3)};
  restored.apply(1, at(45), samples, counters_);
  const SignalReading expected = close();
  ASSERT_TRUE(expected.value);
  EXPECT_EQ(restored.close(kMinute, 0).value, expected.value);
}

TEST_F(ReductionTest, RefusesASavedTextThatIsBroken) {
  use(Reduction::rate);
  scrape(15, {gauge(1, 1000)});
  std::string saved;
  reducer_->save(saved);
  for (std::size_t length = 1; length < saved.size(); ++length) {
    SignalReducer fresh(reducer_->spec(), {kMinute});
    if (saved[length - 1] != '\n') {
      EXPECT_FALSE(fresh.restore(saved.substr(0, length))) << length;
    }
  }
  SignalReducer fresh(reducer_->spec(), {kMinute});
  EXPECT_FALSE(fresh.restore("l 60000 0\no 1 0\nc 0 0 0 0 1 2 3 4 5 6\n"));
  const std::string slot = "t 1 1\ns 1 1 0 0 0 1 0\nl 60000 0\no 1 0\n";
  EXPECT_TRUE(fresh.restore(slot + "c 0 0 0 0 60001 119000 3 4 5 6\n"));
  EXPECT_FALSE(fresh.restore(slot + "c 0 0 0 0 60002 60001 3 4 5 6\n"));
}

TEST_F(ReductionTest, ForgetsSeriesThatAreGone) {
  use(Reduction::last);
  for (int slot = 0; slot < 50; ++slot) {
    const auto series = static_cast<std::uint64_t>(slot) * 8;
    scrape(slot * 60 + 30, {gauge(series, 1), gauge(series + 1, 2)});
    EXPECT_EQ(close(slot).value, SlotValue::exact(3));
  }
  EXPECT_LE(reducer_->series(), 4u);
}

TEST_F(ReductionTest, ForgettingKeepsTheSlotsInProgress) {
  use(Reduction::last);
  scrape(30, {gauge(1, 1), gauge(2, 2), gauge(3, 3)});
  scrape(70, {gauge(3, 30), gauge(4, 40)});
  close(0);
  EXPECT_EQ(reducer_->series(), 2u);
  scrape(80, {gauge(3, 31), gauge(4, 40), gauge(1, 100)});
  EXPECT_EQ(close(1).value, SlotValue::exact(171));
}

TEST_F(ReductionTest, ForgettingAnInstanceKeepsTheOthers) {
  use(Reduction::last);
  for (std::uint64_t target = 1; target <= 3; ++target) {
    scrape(30, {gauge(1, static_cast<double>(target))}, target);
  }
  reducer_->fail(1, at(65));
  for (std::uint64_t target = 2; target <= 3; ++target) {
    scrape(70, {gauge(1, 10.0 * static_cast<double>(target))}, target);
  }
  EXPECT_EQ(close(0).value, SlotValue::exact(6));
  EXPECT_EQ(reducer_->series(), 2u);
  scrape(80, {gauge(1, 33)}, 3);
  EXPECT_EQ(close(1).value, SlotValue::exact(53));
}

TEST_F(ReductionTest, OfTooManyOpenSlotsTheOldestGivesWay) {
  use(Reduction::last);
  for (int slot = 0; slot < 40; ++slot) scrape(slot * 60 + 30, {gauge(1, slot)});
  EXPECT_FALSE(close(7).value);
  EXPECT_EQ(close(8).value, SlotValue::exact(8));
  EXPECT_EQ(close(39).value, SlotValue::exact(39));
}

TEST_F(ReductionTest, SeveralSlotsAndInstancesSurviveARestart) {
  use(Reduction::sum);
  for (const double t : {30.0, 90.0, 150.0}) {
    for (std::uint64_t target = 1; target <= 3; ++target) {
      scrape(t, {gauge(1, t), gauge(2, static_cast<double>(target))}, target);
    }
  }
  scrape(155, {gauge(1, kNan)}, 2);
  std::string saved, again;
  reducer_->save(saved);
  SignalReducer restored(reducer_->spec(), {kMinute});
  ASSERT_TRUE(restored.restore(saved));
  SignalReducer twice(reducer_->spec(), {kMinute});
  restored.save(again);
  ASSERT_TRUE(twice.restore(again));
  for (std::int64_t slot = 0; slot < 3; ++slot) {
    const SignalReading expected = close(slot);
    EXPECT_EQ(restored.close(kMinute, slot).value, expected.value) << slot;
    EXPECT_EQ(twice.close(kMinute, slot).absence, expected.absence) << slot;
  }
}

// Series 1 to `count`, each growing by its own number a second.
std::vector<StagedSample> counters_at(double seconds, int count) {
  std::vector<StagedSample> samples;
  for (int i = 1; i <= count; ++i) samples.push_back(gauge(i, 10'000 + i * seconds));
  return samples;
}

TEST_F(ReductionTest, FindsSeriesInWhateverOrderTheyCome) {
  use(Reduction::rate);
  std::mt19937 order(7);
  for (const double t : {10.0, 20.0, 30.0, 40.0, 50.0, 60.0}) {
    std::vector<StagedSample> page = counters_at(t, 100);
    if (t != 30) std::shuffle(page.begin(), page.end(), order);
    scrape(t, page);
  }
  EXPECT_EQ(reducer_->series(), 100u);
  EXPECT_NEAR(close().value->value, 5050, 1e-9);
}

TEST_F(ReductionTest, FindsSeriesBehindThoseThatLeaveAndJoin) {
  use(Reduction::rate);
  for (const double t : {10.0, 20.0, 30.0, 40.0, 50.0, 60.0}) {
    std::vector<StagedSample> page = counters_at(t, 30);
    if (t < 60) page.insert(page.begin() + 15, gauge(1000 + static_cast<std::uint64_t>(t), 5));
    if (t == 40) page.erase(page.begin(), page.begin() + 12);
    scrape(t, page);
  }
  EXPECT_EQ(reducer_->series(), 35u);
  EXPECT_NEAR(close().value->value, 465, 1e-9);
}

TEST_F(ReductionTest, ContradictionsAreSeenFarApart) {
  use(Reduction::sum);
  std::vector<StagedSample> page = counters_at(0, 40);
  page.push_back(gauge(3, 5));
  scrape(10, page);
  EXPECT_EQ(counters_.contradictions, 1u);
  EXPECT_EQ(reducer_->series(), 40u);
  EXPECT_EQ(close().absence, Absence::ambiguous);
}

TEST_F(ReductionTest, ATargetHasOnlySoManySeries) {
  use(Reduction::count);
  std::vector<StagedSample> page;
  for (std::uint64_t i = SignalReducer::kMaxSeries + 2; i > 0; --i)
    page.push_back(gauge(i * 77, 1));
  scrape(10, page);
  scrape(20, page);
  EXPECT_EQ(reducer_->series(), SignalReducer::kMaxSeries);
  EXPECT_EQ(counters_.over_limit, 4u);
  EXPECT_EQ(close().absence, Absence::partial);
}

TEST_F(ReductionTest, ASavedScrapeThatIsStillToComeDoesNoHarm) {
  use(Reduction::rate);
  ASSERT_TRUE(reducer_->restore("t 1 4\ns 1 1 0 0 0 1 0\ns 2 2 0 0 0 5 0\n"));
  scrape(10, counters_at(10, 2));
  EXPECT_EQ(reducer_->series(), 2u);
}

StagedSample info(std::uint64_t series, const char* label, double value = 1) {
  StagedSample sample = gauge(series, value);
  sample.label = std::make_shared<const std::string>(label);
  return sample;
}

TEST_F(ReductionTest, InfoNamesTheLabelsOfAllInstances) {
  use(Reduction::info);
  scrape(10, {info(1, "1.4.2")}, 1);
  scrape(10, {info(1, "1.4.1"), info(2, "1.3", 0)}, 2);
  const SignalReading reading = close();
  EXPECT_EQ(reading.value, SlotValue::exact(2));
  EXPECT_EQ(reading.text, "1.4.1, 1.4.2");
}

TEST_F(ReductionTest, InfoForgetsASeriesThatLeftItsPage) {
  use(Reduction::info);
  scrape(10, {info(1, "1.4.1")});
  scrape(20, {info(2, "1.4.2")});
  EXPECT_EQ(close().text, "1.4.2");
}

TEST_F(ReductionTest, InfoKeepsItsLabelsWhenOtherSeriesAreForgotten) {
  use(Reduction::info);
  scrape(10, {info(1, "1.4.1"), info(2, "1.4.2"), info(3, "1.4.3")});
  scrape(70, {info(2, "1.4.2"), info(3, "1.4.3")});
  close(0);
  EXPECT_EQ(reducer_->series(), 2u);
  EXPECT_EQ(close(1).text, "1.4.2, 1.4.3");
}

TEST_F(ReductionTest, InfoWithoutASeriesIsMissing) {
  use(Reduction::info);
  scrape(10, {});
  const SignalReading reading = close();
  EXPECT_EQ(reading.value, std::nullopt);
  EXPECT_EQ(reading.text, "");
}

TEST_F(ReductionTest, InfoOfVeryManyInstancesStaysShort) {
  use(Reduction::info);
  std::vector<StagedSample> samples;
  for (int i = 100; i < 300; ++i) samples.push_back(info(i, std::to_string(i).c_str()));
  scrape(10, samples);
  const SignalReading reading = close();
  EXPECT_EQ(reading.value, SlotValue::exact(200));
  EXPECT_TRUE(reading.text.ends_with(", …"));
  EXPECT_LE(reading.text.size(), 270u);
}

}  // namespace
}  // namespace revisitd::collectors
