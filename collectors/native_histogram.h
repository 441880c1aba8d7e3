#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rules/slot.h"

// Prometheus' native histograms: exponential buckets, of which only the populated ones are there.
// The rules are those of Prometheus' model/histogram and of histogram_quantile().
namespace revisitd::collectors {

// Of the positive side it holds (bound(index - 1), bound(index)], of the negative side the mirror.
struct NativeBucket {
  std::int32_t index = 0;
  double count = 0;  // of this bucket alone, not cumulative

  friend bool operator==(const NativeBucket&, const NativeBucket&) = default;
};

// As a page gives it, counted since the program's start; as well an increase or a rate of one.
struct NativeHistogram {
  static constexpr int kLeastSchema = -4;
  static constexpr int kFinestSchema = 8;

  int schema = 0;             // each bound is the one before it times 2^(2^-schema)
  double zero_threshold = 0;  // ≥ 0 and finite; the zero bucket holds [-threshold, threshold]
  double zero_count = 0;      // as every count ≥ 0 and finite
  double count = 0;           // all observations; NaN ones are in no bucket
  double sum = 0;             // may be NaN or infinite
  std::vector<NativeBucket> positive, negative;  // by ascending index, each index once

  friend bool operator==(const NativeHistogram&, const NativeHistogram&) = default;
};

// The upper bound of a positive bucket: 2^(index · 2^-schema). The bucket that ends at 2^1024 ends
// at the highest double, the one behind it at +Inf.
double native_bound(std::int32_t index, int schema);
// The bound of the bucket below it, also where there is no index below: far below the least double
// the bounds are 0.
double native_lower_bound(std::int32_t index, int schema);

// Merges buckets until the schema is at most `schema`.
void reduce_resolution(NativeHistogram& histogram, int schema);

// Widens the zero bucket to at least `threshold`: buckets that begin within it are added to it, and
// where one of them reaches beyond, the zero bucket reaches as far, unless it is empty. Programs
// compute bounds in several ways: one that differs from the threshold by rounding only (1e-12) is
// taken as equal to it.
void widen_zero_bucket(NativeHistogram& histogram, double threshold);

// Adds another histogram, both at the coarser schema and the wider zero bucket.
void add(NativeHistogram& to, NativeHistogram other);

// Whether the program started anew, or its histogram was reset, between the two: an observation
// count that fell, in all or in a bucket, a finer schema, a narrower zero bucket, or a zero bucket
// that ends within a populated bucket of the one before.
bool is_reset(const NativeHistogram& before, const NativeHistogram& after);

// after - before, at the schema and zero bucket of `after`; is_reset() must be false. Counts that
// rounding left below zero are zero, and no bucket is empty.
NativeHistogram increase(const NativeHistogram& before, const NativeHistogram& after);

// Multiplies every count and the sum.
void scale(NativeHistogram& histogram, double factor);

// The q-quantile, 0 < q < 1, as Prometheus 3 reads it: exponential between the bounds of a bucket,
// linear in the zero bucket, which reaches from or to 0 where only the other side has observations.
// The rank is counted from above for q ≥ 0.5, unless NaN was observed (a NaN sum): such
// observations come last. Among observations in no bucket it is the highest bound. The interval is
// the bucket, what of it is not in the zero bucket; with observations beyond all buckets it is open
// above. In the bucket of +Inf it is that bucket's lower bound. Nothing without observations in
// buckets.
std::optional<rules::SlotValue> native_quantile(double q, const NativeHistogram& histogram);

}  // namespace revisitd::collectors
