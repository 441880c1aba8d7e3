#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rules/slot.h"

namespace revisitd::collectors {

// One bucket of a classic histogram: how many observations per second were at most `bound`.
struct Bucket {
  double bound = 0;  // the `le` label, +Inf for the last
  double rate = 0;   // cumulative
};

// The bucket series that one quantile is read from: `histogram` tells apart the histograms they
// belong to (an instance, and the labels but `le`).
struct BucketSeries {
  std::uint64_t histogram = 0;
  Bucket bucket;
};

// Adds the histograms up bound by bound, keeping only the bounds that every one of them has. Where
// layouts agree that is PromQL's `sum by (le)`; where they differ, a sum over a bound that only
// some have would be too low, and the quantile an invention, so such a bound is left out and the
// interval of the answer gets as wide as the truth. Reorders its argument.
std::vector<Bucket> add_histograms(std::vector<BucketSeries>& series);

// The q-quantile, 0 < q < 1, of buckets sorted by bound, each bound once, as histogram_quantile()
// reads it: linear between the bounds; the lowest bucket starts at 0 (unless its bound is not above
// 0: then the value is that bound); a quantile in the +Inf bucket is the highest finite bound; a
// rate lower than that of the bucket below is raised to it, and one that differs from it by
// rounding only (1e-12) is taken as equal. The interval is the bucket, (low, high], with high =
// +Inf for the last and low = the lowest double for a lowest bucket that reaches below zero.
// Nothing without a +Inf bucket, without a finite one, or without observations.
std::optional<rules::SlotValue> histogram_quantile(double q, std::vector<Bucket> buckets);

}  // namespace revisitd::collectors
