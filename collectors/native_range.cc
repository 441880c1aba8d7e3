#include "collectors/native_range.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "rules/packed_fields.h"

// SAMPLES FIRST_TIME SPAN, the first and the last histogram, 0 or 1 for whether there is a lost
// one, and that one. Of a histogram: SCHEMA ZERO_THRESHOLD ZERO_COUNT COUNT SUM, and for the
// positive and the negative side how many buckets and of each INDEX COUNT. An index is by how much
// it differs from the one before it; numbers are written near those of the histogram before, a
// bucket's count near that of the bucket in its place (packed_fields.h).
namespace revisitd::collectors {
namespace {

constexpr std::size_t kMostBuckets = 65'536;  // of one side

using Buckets = std::vector<NativeBucket>;

constexpr std::size_t kLeastBucket = 2;  // bytes

// What the count of the bucket at a place is written near.
double near_of(const Buckets& before, std::size_t place) {
  return place < before.size() ? before[place].count : 0;
}

void put_buckets(PackedWriter& out, const Buckets& buckets, const Buckets& before) {
  out.row().whole(buckets.size());
  std::int32_t index = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    out.row().since(buckets[i].index, index).number(buckets[i].count, near_of(before, i));
    index = buckets[i].index;
  }
}

void put_histogram(PackedWriter& out, const NativeHistogram& histogram,
                   const NativeHistogram& before) {
  out.row()
      .since(histogram.schema, 0)
      .number(histogram.zero_threshold, before.zero_threshold)
      .number(histogram.zero_count, before.zero_count)
      .number(histogram.count, before.count)
      .number(histogram.sum, before.sum);
  put_buckets(out, histogram.positive, before.positive);
  put_buckets(out, histogram.negative, before.negative);
}

std::int32_t take_int32(PackedReader& from, std::int32_t before) {
  const std::int64_t value = from.since(before);
  require(value == static_cast<std::int32_t>(value));
  return static_cast<std::int32_t>(value);
}

double take_amount(PackedReader& from, double before) {
  const double value = from.number(before);
  require(std::isfinite(value) && value >= 0);
  return value;
}

Buckets take_buckets(PackedReader& from, const Buckets& before) {
  Buckets buckets(from.count(kLeastBucket));
  require(buckets.size() <= kMostBuckets);
  std::int32_t index = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    buckets[i].index = take_int32(from, index);
    require(i == 0 || buckets[i].index > index);
    buckets[i].count = take_amount(from, near_of(before, i));
    index = buckets[i].index;
  }
  return buckets;
}

NativeHistogram take_histogram(PackedReader& from, const NativeHistogram& before) {
  NativeHistogram histogram;
  histogram.schema = take_int32(from, 0);
  require(histogram.schema >= NativeHistogram::kLeastSchema &&
          histogram.schema <= NativeHistogram::kFinestSchema);
  histogram.zero_threshold = take_amount(from, before.zero_threshold);
  histogram.zero_count = take_amount(from, before.zero_count);
  histogram.count = take_amount(from, before.count);
  histogram.sum = from.number(before.sum);
  histogram.positive = take_buckets(from, before.positive);
  histogram.negative = take_buckets(from, before.negative);
  return histogram;
}

// So many samples must fit between the two times.
CounterRange::Parts take_times(PackedReader& from) {
  CounterRange::Parts parts;
  parts.samples = from.whole32();
  parts.first_time = from.since(0);
  const std::int64_t span = from.whole32();
  parts.last_time = packed::plus(parts.first_time, span);
  require(parts.samples < 2 ? span == 0 : span >= std::int64_t{parts.samples} - 1);
  return parts;
}

std::size_t buckets_of(const NativeHistogram& histogram) {
  return histogram.positive.size() + histogram.negative.size();
}

// Of resets that each hide other buckets than the last, the sum gets coarser instead of larger.
void bound_size(NativeHistogram& lost) {
  while ((lost.positive.size() > kMostBuckets || lost.negative.size() > kMostBuckets) &&
         lost.schema > NativeHistogram::kLeastSchema) {
    reduce_resolution(lost, lost.schema - 1);
  }
}

}  // namespace

void NativeRange::add(TimePoint time, std::shared_ptr<const NativeHistogram> histogram) {
  const bool reset = last_ != nullptr && is_reset(*last_, *histogram);
  if (first_ == nullptr) first_ = histogram;
  if (reset) lose(*last_);
  count_.add(time, histogram->count, reset);
  last_ = std::move(histogram);
}

std::size_t NativeRange::buckets() const {
  if (first_ == nullptr) return 0;
  return buckets_of(*first_) + buckets_of(*last_) + (lost_ ? buckets_of(*lost_) : 0);
}

void NativeRange::lose(const NativeHistogram& histogram) {
  if (lost_) {
    collectors::add(*lost_, histogram);
    bound_size(*lost_);
  } else {
    lost_ = histogram;
  }
}

std::optional<NativeHistogram> NativeRange::rate(TimePoint start, TimePoint end) const {
  const std::optional<double> factor = count_.factor(start, end);
  const std::optional<double> count = count_.rate(start, end);
  if (!factor || !count) return std::nullopt;
  NativeHistogram counted = *last_;
  if (lost_) collectors::add(counted, *lost_);
  NativeHistogram rate = increase(*first_, counted);
  scale(rate, *factor);
  rate.count = *count;
  return rate;
}

void NativeRange::save(PackedWriter& out) const {
  static const NativeHistogram none;
  const CounterRange::Parts parts = count_.parts();
  const NativeHistogram& first = first_ != nullptr ? *first_ : none;
  const NativeHistogram& last = last_ != nullptr ? *last_ : none;
  out.row()
      .whole(parts.samples)
      .since(parts.first_time, 0)
      .whole(static_cast<std::uint64_t>(parts.last_time - parts.first_time));
  put_histogram(out, first, none);
  put_histogram(out, last, first);
  out.row().whole(lost_ ? 1 : 0);
  if (lost_) put_histogram(out, *lost_, last);
}

NativeRange NativeRange::take(PackedReader& from) {
  NativeRange range;
  CounterRange::Parts parts = take_times(from);
  NativeHistogram first = take_histogram(from, {});
  NativeHistogram last = take_histogram(from, first);
  if (from.whole(1) == 1) {
    require(parts.samples >= 2);
    range.lost_ = take_histogram(from, last);
  }
  parts.first = first.count;
  parts.last = last.count;
  parts.lost = range.lost_ ? range.lost_->count : 0;
  const auto count = CounterRange::from(parts);
  require(count.has_value());
  range.count_ = *count;
  if (parts.samples > 0) {
    range.first_ = std::make_shared<const NativeHistogram>(std::move(first));
    range.last_ = std::make_shared<const NativeHistogram>(std::move(last));
  }
  return range;
}

}  // namespace revisitd::collectors
