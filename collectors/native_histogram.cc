#include "collectors/native_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace revisitd::collectors {
namespace {

using Buckets = std::vector<NativeBucket>;

constexpr int kInfiniteExponent = std::numeric_limits<double>::max_exponent;  // 2^1024
constexpr double kBoundTolerance = 1e-12;

double power_of_two(std::int64_t exponent) {
  if (exponent == kInfiniteExponent) return std::numeric_limits<double>::max();
  return std::ldexp(1.0, static_cast<int>(std::clamp<std::int64_t>(exponent, -5000, 5000)));
}

void merge_by_index(Buckets& buckets, int halvings) {
  auto end = buckets.begin();
  for (const NativeBucket& bucket : buckets) {
    const auto index =
        static_cast<std::int32_t>(((std::int64_t{bucket.index} - 1) >> halvings) + 1);
    if (end != buckets.begin() && std::prev(end)->index == index) {
      std::prev(end)->count += bucket.count;
    } else {
      *end++ = {index, bucket.count};
    }
  }
  buckets.erase(end, buckets.end());
}

// The first bucket that does not begin within the zero bucket.
Buckets::const_iterator first_outside(const Buckets& buckets, int schema, double threshold) {
  const double within = threshold * (1 - kBoundTolerance);
  return std::partition_point(buckets.begin(), buckets.end(), [=](const NativeBucket& bucket) {
    return native_lower_bound(bucket.index, schema) < within;
  });
}

// How far a zero bucket has to reach to end within no populated bucket.
double reach(const Buckets& buckets, int schema, double threshold) {
  const auto outside = first_outside(buckets, schema, threshold);
  if (outside == buckets.begin() || std::prev(outside)->count == 0) return threshold;
  const double bound = native_bound(std::prev(outside)->index, schema);
  return bound > threshold * (1 + kBoundTolerance) ? bound : threshold;
}

double take_within(Buckets& buckets, int schema, double threshold) {
  const auto outside = first_outside(buckets, schema, threshold);
  double count = 0;
  for (auto at = buckets.cbegin(); at != outside; ++at) count += at->count;
  buckets.erase(buckets.cbegin(), outside);
  return count;
}

// The zero buckets first: what is within one is told best at the finer schema.
void bring_to_same_layout(NativeHistogram& a, NativeHistogram& b) {
  while (a.zero_threshold < b.zero_threshold || b.zero_threshold < a.zero_threshold) {
    widen_zero_bucket(a, b.zero_threshold);
    widen_zero_bucket(b, a.zero_threshold);
  }
  reduce_resolution(a, b.schema);
  reduce_resolution(b, a.schema);
}

bool have_same_layout(const NativeHistogram& a, const NativeHistogram& b) {
  return a.schema == b.schema && a.zero_threshold == b.zero_threshold;
}

Buckets sum_of(const Buckets& a, const Buckets& b) {
  Buckets sum;
  sum.reserve(a.size() + b.size());
  auto left = a.begin();
  for (const NativeBucket& bucket : b) {
    while (left != a.end() && left->index < bucket.index) sum.push_back(*left++);
    sum.push_back(bucket);
    if (left != a.end() && left->index == bucket.index) sum.back().count += (left++)->count;
  }
  sum.insert(sum.end(), left, a.end());
  return sum;
}

void subtract(Buckets& from, const Buckets& before) {
  auto earlier = before.begin();
  for (NativeBucket& bucket : from) {
    while (earlier != before.end() && earlier->index < bucket.index) ++earlier;
    if (earlier != before.end() && earlier->index == bucket.index) bucket.count -= earlier->count;
  }
  std::erase_if(from, [](const NativeBucket& bucket) { return !(bucket.count > 0); });
}

// From a histogram of the same layout.
void subtract(NativeHistogram& from, const NativeHistogram& before) {
  from.zero_count = std::max(0.0, from.zero_count - before.zero_count);
  from.count = std::max(0.0, from.count - before.count);
  from.sum -= before.sum;
  subtract(from.positive, before.positive);
  subtract(from.negative, before.negative);
}

bool any_fell(const Buckets& before, const Buckets& after) {
  auto now = after.begin();
  for (const NativeBucket& bucket : before) {
    while (now != after.end() && now->index < bucket.index) ++now;
    const double count = now != after.end() && now->index == bucket.index ? now->count : 0;
    if (count < bucket.count) return true;
  }
  return false;
}

// Of histograms of the same layout.
bool any_fell(const NativeHistogram& before, const NativeHistogram& after) {
  return after.zero_count < before.zero_count || any_fell(before.positive, after.positive) ||
         any_fell(before.negative, after.negative);
}

}  // namespace

double native_bound(std::int32_t index, int schema) {
  if (schema <= 0) return power_of_two(std::int64_t{index} * (1 << -schema));
  const int parts = 1 << schema;
  const std::int32_t part = index & (parts - 1);
  const std::int32_t exponent = index >> schema;
  if (part == 0) return power_of_two(exponent);
  return std::ldexp(std::exp2(static_cast<double>(part) / parts), exponent);
}

double native_lower_bound(std::int32_t index, int schema) {
  if (index == std::numeric_limits<std::int32_t>::min()) return 0;
  return native_bound(index - 1, schema);
}

void reduce_resolution(NativeHistogram& histogram, int schema) {
  if (schema >= histogram.schema) return;
  merge_by_index(histogram.positive, histogram.schema - schema);
  merge_by_index(histogram.negative, histogram.schema - schema);
  histogram.schema = schema;
}

void widen_zero_bucket(NativeHistogram& histogram, double threshold) {
  if (!(threshold > histogram.zero_threshold)) return;
  const int schema = histogram.schema;
  // Both sides have the same bounds, so that the farther one ends within no bucket of either.
  const double farther = std::max(reach(histogram.positive, schema, threshold),
                                  reach(histogram.negative, schema, threshold));
  histogram.zero_count += take_within(histogram.positive, schema, farther);
  histogram.zero_count += take_within(histogram.negative, schema, farther);
  histogram.zero_threshold = farther;
}

void add(NativeHistogram& to, NativeHistogram other) {
  bring_to_same_layout(to, other);
  to.zero_count += other.zero_count;
  to.count += other.count;
  to.sum += other.sum;
  to.positive = sum_of(to.positive, other.positive);
  to.negative = sum_of(to.negative, other.negative);
}

bool is_reset(const NativeHistogram& before, const NativeHistogram& after) {
  if (after.count < before.count || after.schema > before.schema ||
      after.zero_threshold < before.zero_threshold) {
    return true;
  }
  if (have_same_layout(before, after)) return any_fell(before, after);
  NativeHistogram earlier = before;
  widen_zero_bucket(earlier, after.zero_threshold);
  reduce_resolution(earlier, after.schema);
  return !have_same_layout(earlier, after) || any_fell(earlier, after);
}

NativeHistogram increase(const NativeHistogram& before, const NativeHistogram& after) {
  NativeHistogram grown = after;
  if (have_same_layout(before, after)) {
    subtract(grown, before);
    return grown;
  }
  NativeHistogram earlier = before;
  bring_to_same_layout(earlier, grown);
  subtract(grown, earlier);
  return grown;
}

void scale(NativeHistogram& histogram, double factor) {
  histogram.zero_count *= factor;
  histogram.count *= factor;
  histogram.sum *= factor;
  for (NativeBucket& bucket : histogram.positive) bucket.count *= factor;
  for (NativeBucket& bucket : histogram.negative) bucket.count *= factor;
}

}  // namespace revisitd::collectors
