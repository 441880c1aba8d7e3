#include <algorithm>
#include <limits>
#include <random>

#include "tests/allocation_count.h"
#include "tests/unit/collectors/reduction_fixture.h"
#include "tests/unit/rules/packed_bytes.h"

namespace revisitd::collectors {
namespace {

using rules::Absence;
using rules::Reduction;
using rules::SignalReading;
using rules::SlotValue;

std::string saved(const SignalReducer& reducer) {
  std::string bytes;
  reducer.save(bytes);
  return bytes;
}

TEST_F(ReductionTest, SlotsInProgressSurviveARestart) {
  use(Reduction::rate);
  scrape(15, {gauge(1, 1000), gauge(2, 0.1)});
  scrape(30, {gauge(1, 10), gauge(2, 0.2)});
  SignalReducer restored(reducer_->spec(), {kMinute});
  ASSERT_TRUE(restore(restored, saved(*reducer_)));
  scrape(45, {gauge(1, 20), gauge(2, 0.3)});
  const std::vector<StagedSample> samples = {gauge(1, 20), gauge(2, 0.3)};
  restored.apply(1, at(45), samples, counters_);
  const SignalReading expected = close();
  ASSERT_TRUE(expected.value);
  EXPECT_EQ(restored.close(kMinute, 0).value, expected.value);
}

StagedSample native(std::uint64_t series, double count) {
  StagedSample sample = with_role(SeriesRole::native, series, series, count);
  NativeHistogram histogram{.count = count, .sum = count / 3, .positive = {{1, count}}};
  if (count > 15) histogram.negative = {{-3, 0.5}, {4, 2}};
  sample.native = std::make_shared<const NativeHistogram>(std::move(histogram));
  return sample;
}

// Scraped twice in one slot and once in the next, with a reset, a target that failed, a series that
// vanished, one that is spoilt and one that never had a value.
class SavedReductionTest : public ReductionTest {
 protected:
  void use_all(Reduction reduction) {
    use(reduction, 0.9);
    const auto sample = [reduction](std::uint64_t series, double value) {
      if (reduction == Reduction::quantile && series % 2 == 1) return native(series, value);
      return with_role(SeriesRole::bucket, series, 7, value, static_cast<double>(series) / 8);
    };
    for (const std::uint64_t target : {1, 2}) {
      scrape(15, {sample(1, 10), sample(2, 1.0 / 3), sample(3, 30), gauge(9, kNan)}, target);
      scrape(30, {sample(1, 20), sample(2, 0.005), sample(4, 40), gauge(9, kNan)}, target);
      scrape(75, {sample(1, 5), sample(2, 0.75), sample(4, 41), sample(4, 42)}, target);
    }
    reducer_->fail(2, at(80));
  }
  bool restores(const std::string& bytes) {
    SignalReducer fresh(reducer_->spec(), {kMinute});
    return restore(fresh, bytes);
  }
};
constexpr Reduction kKindsOfRange[] = {Reduction::rate, Reduction::max, Reduction::quantile};

TEST_F(SavedReductionTest, NoPartOfItIsRead) {
  for (const Reduction reduction : kKindsOfRange) {
    use_all(reduction);
    const std::string whole = saved(*reducer_);
    ASSERT_TRUE(restores(whole));
    for (std::size_t length = 0; length < whole.size(); ++length)
      EXPECT_FALSE(restores(whole.substr(0, length))) << length;
    EXPECT_FALSE(restores(whole + '\0'));
  }
}

// Nobody knows what was there, but what is restored holds together.
TEST_F(SavedReductionTest, WithAFlippedBitItIsSomeStateOrNone) {
  for (const Reduction reduction : kKindsOfRange) {
    use_all(reduction);
    const std::string whole = saved(*reducer_);
    int refused = 0, others = 0;
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string flipped = whole;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      SignalReducer some(reducer_->spec(), {kMinute});
      if (!restore(some, flipped)) {
        ++refused;
        continue;
      }
      ++others;
      SignalReducer same(reducer_->spec(), {kMinute});
      ASSERT_TRUE(restore(same, saved(some))) << bit;
      EXPECT_EQ(saved(same), saved(some)) << bit;
      const std::vector<StagedSample> page = {with_role(SeriesRole::bucket, 2, 7, 1, 0.25),
                                              gauge(11, 5)};
      some.apply(1, at(100), page, counters_);
      some.apply(2, at(100), page, counters_);
      EXPECT_LE(some.series(), 13u) << bit;
      for (std::int64_t slot = 0; slot < 2; ++slot) some.close(kMinute, slot);
      EXPECT_TRUE(restores(saved(some))) << bit;
    }
    EXPECT_GT(refused, 0);
    EXPECT_GT(others, 0);
  }
}

TEST_F(SavedReductionTest, EveryKindComesBackAsItWas) {
  for (const Reduction reduction : kKindsOfRange) {
    use_all(reduction);
    SignalReducer restored(reducer_->spec(), {kMinute});
    ASSERT_TRUE(restore(restored, saved(*reducer_)));
    EXPECT_EQ(saved(restored), saved(*reducer_));
    for (std::int64_t slot = 0; slot < 2; ++slot) {
      const SignalReading expected = close(slot), reading = restored.close(kMinute, slot);
      EXPECT_EQ(reading.value, expected.value);
      EXPECT_EQ(reading.absence, expected.absence);
    }
  }
}

// Bytes of one target with series of value 0, each with a bound near the one before.
PackedBytes target_of(std::uint64_t scrapes, const std::vector<std::uint64_t>& heads) {
  PackedBytes bytes;
  bytes.whole(1).fixed(1).whole(scrapes).whole(heads.size());
  std::uint64_t key = 0;
  for (const std::uint64_t head : heads) bytes.whole(head).fixed(++key).whole(0).whole(0);
  return bytes;
}
// Behind them, a length of a minute with one slot in progress, whose cells follow.
std::string with_slot(PackedBytes target, std::uint64_t flags, std::uint64_t others,
                      const PackedBytes& cells) {
  target.whole(1).whole(60'000).since(0).whole(1);
  return std::string(target.since(1).whole(flags).whole(others).then(cells));
}
std::string with_cells(const PackedBytes& cells) {
  return with_slot(target_of(4, {0, 0}), 0, 0, cells);
}

constexpr std::uint64_t kCounter = 1, kGauge = 2, kNative = 3, kOwnTimes = 16;

PackedBytes counter_at(std::int64_t first_time, std::uint64_t span) {
  return PackedBytes()
      .whole(1)
      .whole(kCounter | kOwnTimes)
      .since(first_time)
      .whole(span)
      .whole(2)
      .whole(0);
}
PackedBytes gauge_with(std::uint64_t samples) {
  return PackedBytes().whole(1).whole(kGauge).whole(0).whole(0).whole(0).whole(samples);
}

TEST_F(ReductionTest, SeriesThatCannotBeAreRefused) {
  EXPECT_TRUE(SignalReducer::read(target_of(4, {0, 6}).whole(0)));
  EXPECT_FALSE(SignalReducer::read(target_of(4, {0, 7}).whole(0))) << "a role of none";
  EXPECT_FALSE(SignalReducer::read(target_of(4, {0, 64}).whole(0))) << "a field of none";
  EXPECT_FALSE(SignalReducer::read(target_of(std::uint64_t{1} << 32, {0}).whole(0)));
  EXPECT_FALSE(SignalReducer::read(PackedBytes().whole(~std::uint64_t{0}).then("0123456789")));
}

TEST_F(ReductionTest, ABoundThatIsNoNumberIsRefused) {
  const auto with_bound = [](double bound) {
    return PackedBytes()
        .whole(1)
        .fixed(1)
        .whole(4)
        .whole(1)
        .whole(2)
        .fixed(1)
        .number(bound)
        .whole(0)
        .whole(0);
  };
  EXPECT_TRUE(SignalReducer::read(with_bound(kInf)));
  EXPECT_TRUE(SignalReducer::read(with_bound(-0.0)));
  EXPECT_FALSE(SignalReducer::read(with_bound(kNan)));
  EXPECT_FALSE(SignalReducer::read(with_bound(-kNan)));
}

TEST_F(ReductionTest, MoreSeriesThanATargetHasAreRefused) {
  std::vector<std::uint64_t> heads(SignalReducer::kMaxSeries);
  EXPECT_TRUE(SignalReducer::read(target_of(4, heads).whole(0)));
  heads.push_back(0);
  EXPECT_FALSE(SignalReducer::read(target_of(4, heads).whole(0)));
}

TEST_F(ReductionTest, SlotsThatCannotBeAreRefused) {
  const PackedBytes none = PackedBytes().whole(0);
  EXPECT_TRUE(SignalReducer::read(with_slot(target_of(4, {0}), 31, 0, none)));
  EXPECT_FALSE(SignalReducer::read(with_slot(target_of(4, {0}), 32, 0, none))) << "no such flag";
  EXPECT_FALSE(SignalReducer::read(with_slot(target_of(4, {0}), 0, 1, PackedBytes(none).whole(0))))
      << "no such target";
  const PackedBytes spoilt = PackedBytes().whole(1).whole(8);
  EXPECT_TRUE(SignalReducer::read(with_slot(target_of(4, {0}), 0, 0, spoilt)));
  EXPECT_FALSE(SignalReducer::read(with_slot(target_of(4, {}), 0, 0, spoilt))) << "no such series";
  EXPECT_FALSE(SignalReducer::read(with_slot(PackedBytes().whole(0), 0, 0, spoilt)))
      << "no target at all";
}

TEST_F(ReductionTest, LengthsThatCannotBeAreRefused) {
  const auto of_length = [](std::uint64_t millis, std::uint64_t slots) {
    PackedBytes bytes = PackedBytes().whole(0).whole(1).whole(millis).since(0).whole(slots);
    for (; slots > 0; --slots) bytes.since(1).whole(0).whole(0).whole(0);
    return SignalReducer::read(bytes).has_value();
  };
  EXPECT_TRUE(of_length(60'000, SignalReducer::kMaxOpenSlots));
  EXPECT_FALSE(of_length(60'000, SignalReducer::kMaxOpenSlots + 1));
  EXPECT_FALSE(of_length(0, 0));
  EXPECT_FALSE(of_length(std::uint64_t{1} << 63, 0));
}

TEST_F(ReductionTest, CellsThatCannotBeAreRefused) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(SignalReducer::read(with_cells(PackedBytes().whole(2).whole(0).whole(12))));
  EXPECT_FALSE(SignalReducer::read(with_cells(PackedBytes().whole(3).whole(0).whole(0).whole(0))));
  EXPECT_FALSE(SignalReducer::read(with_cells(PackedBytes().whole(1).whole(128))));
  EXPECT_TRUE(SignalReducer::read(with_cells(counter_at(60'001, 58'999))));
  EXPECT_FALSE(SignalReducer::read(with_cells(counter_at(60'001, std::uint64_t{1} << 32))));
  EXPECT_FALSE(SignalReducer::read(with_cells(counter_at(kFar, 1))));
  EXPECT_FALSE(SignalReducer::read(with_cells(counter_at(-kFar, 1))));
  EXPECT_TRUE(SignalReducer::read(with_cells(gauge_with(1))));
  EXPECT_FALSE(SignalReducer::read(with_cells(gauge_with(0))));
  EXPECT_FALSE(SignalReducer::read(with_cells(gauge_with(std::uint64_t{1} << 32))));
}

// Its range is of another kind than the samples.
TEST_F(ReductionTest, ASavedSeriesOfAnotherRoleTakesNoSamples) {
  use(Reduction::rate);
  ASSERT_TRUE(restore(*reducer_, with_cells(counter_at(60'001, 58'999))));
  scrape(119, {native(1, 20)});
  EXPECT_EQ(counters_.samples, 0u);
  EXPECT_EQ(close(1).value, SlotValue::exact(0));
  scrape(125, {native(1, 20)});
  EXPECT_EQ(counters_.samples, 1u) << "once it is forgotten";
}

TEST_F(ReductionTest, MoreNativeBucketsThanASlotHoldsAreRefused) {
  NativeHistogram histogram;
  for (int index = 0; index < 65'536; ++index) histogram.positive.push_back({index, 1});
  histogram.negative = histogram.positive;
  NativeRange range;  // has its one sample as the first and as the last
  range.add(at(1), std::make_shared<const NativeHistogram>(histogram));
  const auto holds = [&range](std::size_t ranges) {
    std::string cells(PackedBytes().whole(ranges));
    PackedWriter to(cells);
    for (std::size_t i = 0; i < ranges; ++i) {
      to.row().whole(kNative);
      range.save(to);
    }
    to.flush();
    return SignalReducer::read(with_cells(PackedBytes().then(cells))).has_value();
  };
  EXPECT_TRUE(holds(1));
  EXPECT_FALSE(holds(2)) << 2 * range.buckets();
}

// Those that no sample has are kept as well.
TEST_F(ReductionTest, EveryDoubleComesBackBitForBit) {
  const double values[] = {0.0, -0.0, kInf, -kInf, kNan, -kNan, 0.005, 1.0 / 3, 1e300, 22372};
  PackedBytes bytes;
  bytes.whole(1).fixed(1).whole(4).whole(std::size(values));
  double before = 0;
  for (const double value : values) {
    bytes.whole(0).fixed(1).whole(0).number(value, before);
    before = value;
  }
  bytes.whole(0);
  SignalReducer reducer(rules::SignalSpec{}, {});
  ASSERT_TRUE(restore(reducer, bytes));
  EXPECT_EQ(saved(reducer), std::string_view(bytes));
}

TEST_F(ReductionTest, RefusesSlotsOfAnotherReduction) {
  use(Reduction::rate);
  scrape(15, {gauge(1, 1000)});
  const std::string bytes = saved(*reducer_);
  use(Reduction::max);
  EXPECT_TRUE(SignalReducer::read(bytes));
  EXPECT_FALSE(restore(*reducer_, bytes));
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
  SignalReducer restored(reducer_->spec(), {kMinute});
  ASSERT_TRUE(restore(restored, saved(*reducer_)));
  EXPECT_EQ(saved(restored), saved(*reducer_));
  for (std::int64_t slot = 0; slot < 3; ++slot)
    EXPECT_EQ(restored.close(kMinute, slot).value, close(slot).value) << slot;
}

// A histogram of twelve buckets and what goes with it, a minute of scrapes with some growth.
class SavedHistogramTest : public ReductionTest {
 protected:
  void SetUp() override {
    use(Reduction::quantile, 0.99);
    for (int i = 0; i < 4; ++i) {
      scrape(1'795'793'410 + 15 * i, page(22372 + 150 * i));
    }
  }
  static std::vector<StagedSample> page(double count) {
    constexpr std::uint64_t kMixed = 0x9e3779b97f4a7c15ULL;
    constexpr double kBounds[] = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, kInf};
    std::vector<StagedSample> samples;
    for (const double bound : kBounds) {
      samples.push_back(
          with_role(SeriesRole::bucket, kMixed * (samples.size() + 1), kMixed, count, bound));
    }
    samples.push_back(with_role(SeriesRole::count, kMixed * 13, kMixed, count));
    return samples;
  }
};

// What a fleet writes to its disk every minute: eight bytes of each series are its key.
TEST_F(SavedHistogramTest, TakesLittle) { EXPECT_LT(saved(*reducer_).size(), 13 * 20U); }

TEST_F(SavedHistogramTest, IsWrittenIntoTheRoomOfTheLastTime) {
  std::string bytes = saved(*reducer_);
  const std::string before = bytes;
  const std::size_t allocations = testing::allocations();
  bytes.clear();
  reducer_->save(bytes);
  EXPECT_EQ(testing::allocations(), allocations);
  EXPECT_EQ(bytes, before);
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
  SignalReducer restored(reducer_->spec(), {kMinute}), twice(reducer_->spec(), {kMinute});
  ASSERT_TRUE(restore(restored, saved(*reducer_)));
  ASSERT_TRUE(restore(twice, saved(restored)));
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
  constexpr std::uint64_t kMissed = 32;
  PackedBytes bytes = PackedBytes().whole(1).fixed(1).whole(4).whole(2);
  bytes.whole(kMissed).fixed(1).whole(0).whole(0).whole(3);
  bytes.whole(kMissed).fixed(2).whole(0).whole(0).whole(4'294'967'295);
  ASSERT_TRUE(restore(*reducer_, bytes.whole(0)));
  scrape(10, counters_at(10, 2));
  EXPECT_EQ(reducer_->series(), 2u);
}

}  // namespace
}  // namespace revisitd::collectors
