#include <algorithm>
#include <random>

#include "tests/unit/collectors/reduction_fixture.h"

namespace revisitd::collectors {
namespace {

using rules::Absence;
using rules::Reduction;
using rules::SignalReading;
using rules::SlotValue;

TEST_F(ReductionTest, SlotsInProgressSurviveARestart) {
  use(Reduction::rate);
  scrape(15, {gauge(1, 1000), gauge(2, 0.1)});
  scrape(30, {gauge(1, 10), gauge(2, 0.2)});
  std::string saved;
  reducer_->save(saved);
  SignalReducer restored(reducer_->spec(), {kMinute});
  ASSERT_TRUE(restore(restored, saved));
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
      EXPECT_FALSE(restore(fresh, saved.substr(0, length))) << length;
    }
  }
  SignalReducer fresh(reducer_->spec(), {kMinute});
  EXPECT_FALSE(restore(fresh, "l 60000 0\no 1 0\nc 0 0 0 0 1 2 3 4 5 6\n"));
  const std::string slot = "t 1 1\ns 1 1 0 0 0 0 0\nl 60000 0\no 1 0\n";
  EXPECT_TRUE(restore(fresh, slot + "c 0 0 0 0 60001 58999 3 4 5 6\n"));
  EXPECT_FALSE(restore(fresh, slot + "c 0 0 0 0 60002 -1 3 4 5 6\n"));
}

TEST_F(ReductionTest, RefusesSlotsOfAnotherReduction) {
  use(Reduction::rate);
  scrape(15, {gauge(1, 1000)});
  std::string saved;
  reducer_->save(saved);
  use(Reduction::max);
  EXPECT_TRUE(SignalReducer::read(saved));
  EXPECT_FALSE(restore(*reducer_, saved));
  EXPECT_EQ(reducer_->series(), 0u);
}

TEST_F(ReductionTest, WhatIsSavedIsWhatWasRestored) {
  use(Reduction::rate);
  std::mt19937_64 random(3);
  for (double t = 5; t < 180; t += 5) {
    for (std::uint64_t target = 1; target <= 3; ++target) {
      std::vector<StagedSample> samples;
      for (std::uint64_t series = 1; series <= 9; ++series) {
        if (random() % 4 == 0) continue;
        StagedSample sample =
            gauge(series * 0x9e3779b97f4a7c15ULL, t * static_cast<double>(series));
        if (random() % 3 == 0) sample.histogram = random();
        if (random() % 16 == 0) sample.value = kNan;
        samples.push_back(sample);
      }
      scrape(t, samples, target);
    }
  }
  // A series that was never anything but NaN has no last time.
  scrape(180, {gauge(1, kNan)}, 4);
  std::string saved, turned, again;
  reducer_->save(saved);
  SignalReducer restored(reducer_->spec(), {kMinute}), twice(reducer_->spec(), {kMinute});
  ASSERT_TRUE(restore(restored, saved));
  restored.save(turned);  // the slots in the other order
  ASSERT_TRUE(restore(twice, turned));
  twice.save(again);
  EXPECT_EQ(again, saved);
  for (std::int64_t slot = 0; slot < 3; ++slot)
    EXPECT_EQ(restored.close(kMinute, slot).value, close(slot).value) << slot;
}

// What a fleet writes to its disk every minute.
TEST_F(ReductionTest, ASavedSeriesTakesLittle) {
  use(Reduction::rate);
  std::vector<StagedSample> samples;
  for (std::uint64_t series = 1; series <= 10; ++series) {
    samples.push_back(with_role(SeriesRole::bucket, series * 0x9e3779b97f4a7c15ULL,
                                0x9e3779b97f4a7c15ULL, 22372, 0.005));
  }
  scrape(1'795'793'455, samples);
  std::string saved;
  reducer_->save(saved);
  EXPECT_LT(saved.size(), 10 * 80U);
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
  ASSERT_TRUE(restore(restored, saved));
  SignalReducer twice(reducer_->spec(), {kMinute});
  restored.save(again);
  ASSERT_TRUE(restore(twice, again));
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
  ASSERT_TRUE(restore(*reducer_, "t 1 4\ns 1 1 0 0 0 3 0\ns 2 2 0 0 0 4294967295 0\n"));
  scrape(10, counters_at(10, 2));
  EXPECT_EQ(reducer_->series(), 2u);
}

}  // namespace
}  // namespace revisitd::collectors
