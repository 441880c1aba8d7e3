#include <algorithm>
#include <cmath>
#include <limits>

#include "collectors/native_histogram.h"

namespace revisitd::collectors {
namespace {

constexpr double kHighest = std::numeric_limits<double>::max();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool has_observations(const std::vector<NativeBucket>& buckets) {
  return std::any_of(buckets.begin(), buckets.end(),
                     [](const NativeBucket& bucket) { return bucket.count > 0; });
}

// Not -bound, which would make -0 of 0.
double mirrored(double bound) { return 0.0 - bound; }

struct Interval {
  double low = 0, high = 0;
};

// All buckets of a histogram as one row from the lowest to the highest.
class BucketRow {
 public:
  explicit BucketRow(const NativeHistogram& histogram)
      : histogram_(histogram), zero_(histogram.negative.size()) {}

  [[nodiscard]] std::size_t size() const { return zero_ + 1 + histogram_.positive.size(); }
  [[nodiscard]] double count(std::size_t place) const {
    return place == zero_ ? histogram_.zero_count : bucket(place).count;
  }
  [[nodiscard]] Interval interval(std::size_t place) const {
    if (place == zero_) return zero_interval();
    const std::int32_t index = bucket(place).index;
    const double threshold = histogram_.zero_threshold;
    const double inner = std::max(native_lower_bound(index, histogram_.schema), threshold);
    const double outer = std::max(native_bound(index, histogram_.schema), threshold);
    const double finite = std::min(inner, kHighest);
    if (place > zero_) return {finite, outer};
    return {mirrored(std::min(outer, kHighest)), mirrored(finite)};
  }

 private:
  [[nodiscard]] const NativeBucket& bucket(std::size_t place) const {
    return place < zero_ ? histogram_.negative[zero_ - 1 - place]
                         : histogram_.positive[place - zero_ - 1];
  }
  [[nodiscard]] Interval zero_interval() const {
    const bool below = has_observations(histogram_.negative);
    const bool above = has_observations(histogram_.positive);
    const double threshold = histogram_.zero_threshold;
    return {above && !below ? 0 : mirrored(threshold), below && !above ? 0 : threshold};
  }

  const NativeHistogram& histogram_;
  std::size_t zero_;  // the place of the zero bucket
};

// Where a rank lies: how far into which bucket, seen from its lower bound.
struct Found {
  std::size_t place = 0;
  double fraction = 0;
};

// Rounding may give the buckets more observations in all than the histogram's count; like
// Prometheus, both searches go by the count then.

std::optional<Found> find_from_below(const BucketRow& row, double rank, double observations) {
  double seen = 0;
  for (std::size_t place = 0; place < row.size(); ++place) {
    const double count = row.count(place);
    seen += count;
    if (!(count > 0) || seen < rank) continue;
    return Found{place, (rank - (std::min(seen, observations) - count)) / count};
  }
  return std::nullopt;
}

std::optional<Found> find_from_above(const BucketRow& row, double rank, double observations) {
  double seen = 0;
  for (std::size_t place = row.size(); place-- > 0;) {
    const double count = row.count(place);
    seen += count;
    if (!(count > 0) || seen < rank) continue;
    return Found{place, (std::min(seen, observations) - rank) / count};
  }
  return std::nullopt;
}

std::optional<Found> find(const BucketRow& row, double q, const NativeHistogram& histogram) {
  if (q >= 0.5 && !std::isnan(histogram.sum)) {
    const auto found = find_from_above(row, (1 - q) * histogram.count, histogram.count);
    if (found) return found;
  }
  return find_from_below(row, q * histogram.count, histogram.count);
}

double interpolate(const Interval& bucket, double fraction) {
  if (bucket.high == kInfinity) return bucket.low;
  if (bucket.low <= 0 && bucket.high >= 0) return std::lerp(bucket.low, bucket.high, fraction);
  const bool negative = bucket.high < 0;
  const double low = std::log2(std::abs(bucket.low)), high = std::log2(std::abs(bucket.high));
  const double size = std::exp2(low + (high - low) * fraction);
  return std::clamp(negative ? -size : size, bucket.low, bucket.high);
}

std::optional<rules::SlotValue> highest_bound(const BucketRow& row) {
  for (std::size_t place = row.size(); place-- > 0;) {
    if (!(row.count(place) > 0)) continue;
    const double bound = std::min(row.interval(place).high, kHighest);
    return rules::SlotValue{bound, bound, kInfinity};
  }
  return std::nullopt;
}

}  // namespace

std::optional<rules::SlotValue> native_quantile(double q, const NativeHistogram& histogram) {
  if (!(histogram.count > 0)) return std::nullopt;
  const BucketRow row(histogram);
  const std::optional<Found> found = find(row, q, histogram);
  if (!found) return highest_bound(row);
  const Interval bucket = row.interval(found->place);
  return rules::SlotValue{interpolate(bucket, found->fraction), bucket.low, bucket.high};
}

}  // namespace revisitd::collectors
