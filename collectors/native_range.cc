#include "collectors/native_range.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "collectors/field_text.h"

// The fields: SAMPLES FIRST_TIME LAST_TIME, the first and the last histogram, 0 or 1 for whether
// there is a lost one, and that one. Of a histogram: SCHEMA ZERO_THRESHOLD ZERO_COUNT COUNT SUM,
// and for the positive and the negative side how many buckets and of each INDEX COUNT.
namespace revisitd::collectors {
namespace {

constexpr std::size_t kMostBuckets = 65'536;  // of one side

// Of all milliseconds a time can have, those whose differences do not overflow.
constexpr std::int64_t kFarthestTime = std::int64_t{1} << 61;

template <class... T>
void put(std::string& out, T... values) {
  char text[kFieldBytes * sizeof...(values)];
  char* end = text;
  ((end = put_field(end, values)), ...);
  out.append(text, end);
}

void put_buckets(std::string& out, const std::vector<NativeBucket>& buckets) {
  put(out, buckets.size());
  for (const NativeBucket& bucket : buckets) put(out, bucket.index, bucket.count);
}

void put_histogram(std::string& out, const NativeHistogram& histogram) {
  put(out, histogram.schema, histogram.zero_threshold, histogram.zero_count, histogram.count,
      histogram.sum);
  put_buckets(out, histogram.positive);
  put_buckets(out, histogram.negative);
}

bool is_amount(double value) { return std::isfinite(value) && value >= 0; }

bool take_buckets(Fields& fields, std::vector<NativeBucket>& buckets) {
  std::size_t size = 0;
  if (!fields.take(size) || size > kMostBuckets) return false;
  for (; size > 0; --size) {
    NativeBucket bucket;
    if (!fields.take(bucket.index, bucket.count) || !is_amount(bucket.count)) return false;
    if (!buckets.empty() && bucket.index <= buckets.back().index) return false;
    buckets.push_back(bucket);
  }
  return true;
}

bool take_histogram(Fields& fields, NativeHistogram& histogram) {
  return fields.take(histogram.schema, histogram.zero_threshold, histogram.zero_count,
                     histogram.count, histogram.sum) &&
         histogram.schema >= NativeHistogram::kLeastSchema &&
         histogram.schema <= NativeHistogram::kFinestSchema &&
         is_amount(histogram.zero_threshold) && is_amount(histogram.zero_count) &&
         is_amount(histogram.count) && take_buckets(fields, histogram.positive) &&
         take_buckets(fields, histogram.negative);
}

bool is_time(std::int64_t millis) { return millis >= -kFarthestTime && millis <= kFarthestTime; }

// Whether so many samples fit between the two times.
bool take_times(Fields& fields, CounterRange::Parts& parts) {
  if (!fields.take(parts.samples, parts.first_time, parts.last_time)) return false;
  if (!is_time(parts.first_time) || !is_time(parts.last_time)) return false;
  const std::int64_t millis = parts.last_time - parts.first_time;
  return parts.samples < 2 ? millis == 0 : millis >= std::int64_t{parts.samples} - 1;
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

void NativeRange::save(std::string& out) const {
  const CounterRange::Parts parts = count_.parts();
  put(out, parts.samples, parts.first_time, parts.last_time);
  put_histogram(out, first_ != nullptr ? *first_ : NativeHistogram());
  put_histogram(out, last_ != nullptr ? *last_ : NativeHistogram());
  put(out, lost_ ? 1 : 0);
  if (lost_) put_histogram(out, *lost_);
}

std::optional<NativeRange> NativeRange::restore(std::string_view text) {
  Fields fields(text);
  CounterRange::Parts parts;
  NativeRange range;
  NativeHistogram first, last;
  int has_lost = 0;
  if (!take_times(fields, parts) || !take_histogram(fields, first) ||
      !take_histogram(fields, last) || !fields.take(has_lost)) {
    return std::nullopt;
  }
  if (has_lost != 0 && (has_lost != 1 || parts.samples < 2)) return std::nullopt;
  if (has_lost == 1 && !take_histogram(fields, range.lost_.emplace())) return std::nullopt;
  if (!fields.done()) return std::nullopt;
  parts.first = first.count;
  parts.last = last.count;
  parts.lost = range.lost_ ? range.lost_->count : 0;
  const auto count = CounterRange::from(parts);
  if (!count) return std::nullopt;
  range.count_ = *count;
  if (parts.samples > 0) {
    range.first_ = std::make_shared<const NativeHistogram>(std::move(first));
    range.last_ = std::make_shared<const NativeHistogram>(std::move(last));
  }
  return range;
}

}  // namespace revisitd::collectors
