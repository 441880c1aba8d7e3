#include <algorithm>
#include <map>

#include "tests/unit/collectors/reduction_fixture.h"

namespace revisitd::collectors {
namespace {

using rules::Absence;
using rules::Reduction;
using rules::SignalReading;
using rules::SlotValue;

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
