#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "collectors/counter_range.h"
#include "collectors/native_histogram.h"
#include "rules/time.h"

namespace revisitd {
class PackedReader;
class PackedWriter;
}  // namespace revisitd

namespace revisitd::collectors {

// The samples of one native histogram within one range, as little of them as rate() needs: the
// first, the last, how many, and what resets hid. A sample that is_reset() from the one before it
// counts from zero, as in Prometheus. The range is (start, end], as CounterRange's. Two or, after a
// reset, three histograms are held; the third has at most 65536 buckets on a side, of a coarser
// schema when it would have more.
class NativeRange {
 public:
  // Times must ascend strictly. The histogram, not null, is shared with whoever else holds it: the
  // ranges of one series in slots of several lengths.
  void add(TimePoint time, std::shared_ptr<const NativeHistogram> histogram);

  // Observations per second by bucket over (start, end], extrapolated to the range's edges as
  // CounterRange does for their count; nothing with fewer than two samples. At the coarsest schema
  // of the samples and the widest of their zero buckets, widened until it ends within no bucket;
  // without empty buckets.
  [[nodiscard]] std::optional<NativeHistogram> rate(TimePoint start, TimePoint end) const;

  [[nodiscard]] std::uint32_t samples() const { return count_.samples(); }
  // How many it holds, shared ones too.
  [[nodiscard]] std::size_t buckets() const;

  // The state in bytes, and back, leaving what follows them. What cannot be one is thrown as a
  // protozero::exception; so is a range with more than 65536 buckets on a side of a histogram.
  void save(PackedWriter& out) const;
  [[nodiscard]] static NativeRange take(PackedReader& from);

 private:
  void lose(const NativeHistogram& histogram);

  CounterRange count_;                                   // of observations
  std::shared_ptr<const NativeHistogram> first_, last_;  // null without samples
  std::optional<NativeHistogram> lost_;  // the sum of those that resets dropped to zero
};

}  // namespace revisitd::collectors
