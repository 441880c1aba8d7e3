#include "collectors/histogram_quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace revisitd::collectors {
namespace {

constexpr double kTolerance = 1e-12;

bool nearly_equal(double a, double b) {
  if (a == b) return true;
  const double sum = std::abs(a) + std::abs(b);
  const double smallest = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < smallest) return std::abs(a - b) < kTolerance * smallest;
  return std::abs(a - b) / std::min(sum, std::numeric_limits<double>::max()) < kTolerance;
}

void make_monotonic(std::vector<Bucket>& buckets) {
  double highest = buckets.front().rate;
  for (Bucket& bucket : buckets) {
    if (bucket.rate < highest || nearly_equal(highest, bucket.rate)) {
      bucket.rate = highest;
    } else {
      highest = bucket.rate;
    }
  }
}

std::size_t count_histograms(const std::vector<BucketSeries>& series) {
  std::vector<std::uint64_t> keys;
  keys.reserve(series.size());
  for (const BucketSeries& one : series) keys.push_back(one.histogram);
  std::sort(keys.begin(), keys.end());
  return static_cast<std::size_t>(std::unique(keys.begin(), keys.end()) - keys.begin());
}

}  // namespace

std::vector<Bucket> add_histograms(std::vector<BucketSeries>& series) {
  std::vector<Bucket> buckets;
  const std::size_t histograms = count_histograms(series);
  std::sort(series.begin(), series.end(), [](const BucketSeries& a, const BucketSeries& b) {
    return a.bucket.bound != b.bucket.bound ? a.bucket.bound < b.bucket.bound
                                            : a.histogram < b.histogram;
  });
  for (std::size_t i = 0; i < series.size();) {
    const double bound = series[i].bucket.bound;
    double rate = 0;
    std::size_t distinct = 0;
    for (std::size_t from = i; i < series.size() && series[i].bucket.bound == bound; ++i) {
      rate += series[i].bucket.rate;
      if (i == from || series[i].histogram != series[i - 1].histogram) ++distinct;
    }
    if (distinct == histograms) buckets.push_back({bound, rate});
  }
  return buckets;
}

std::optional<rules::SlotValue> histogram_quantile(double q, std::vector<Bucket> buckets) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (buckets.size() < 2 || buckets.back().bound != kInfinity) return std::nullopt;
  make_monotonic(buckets);
  const double observations = buckets.back().rate;
  if (!(observations > 0)) return std::nullopt;

  const double rank = q * observations;
  const auto last = buckets.end() - 1;
  const auto found = std::find_if(buckets.begin(), last,
                                  [rank](const Bucket& bucket) { return bucket.rate >= rank; });
  if (found == last) {
    const double highest = std::prev(last)->bound;
    return rules::SlotValue{highest, highest, kInfinity};
  }
  if (found == buckets.begin() && found->bound <= 0) {
    return rules::SlotValue{found->bound, std::numeric_limits<double>::lowest(), found->bound};
  }
  const Bucket below = found == buckets.begin() ? Bucket{} : *std::prev(found);
  const double part = (rank - below.rate) / (found->rate - below.rate);
  return rules::SlotValue{below.bound + (found->bound - below.bound) * part, below.bound,
                          found->bound};
}

}  // namespace revisitd::collectors
