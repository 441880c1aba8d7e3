#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collectors/counter_range.h"
#include "collectors/native_histogram.h"
#include "rules/time.h"

namespace revisitd::collectors {

// The samples of one native histogram within one range: the last one and what was added from sample
// to sample. A sample that is_reset() from the one before it counts from zero, as in
// Prometheus. The range is (start, end], as CounterRange's.
class NativeRange {
 public:
  // Times must ascend strictly.
  void add(TimePoint time, const NativeHistogram& histogram);

  // Observations per second by bucket over (start, end], extrapolated to the range's edges as
  // CounterRange does for their count; nothing with fewer than two samples.
  [[nodiscard]] std::optional<NativeHistogram> rate(TimePoint start, TimePoint end) const;

  [[nodiscard]] std::uint32_t samples() const { return count_.samples(); }

  // The state as numbers with a blank in front of each, and back; nothing for what is no such text
  // to its end.
  void save(std::string& out) const;
  [[nodiscard]] static std::optional<NativeRange> restore(std::string_view text);

 private:
  CounterRange count_;
  NativeHistogram last_;
  NativeHistogram increase_;  // since the first sample; of counts and buckets
};

}  // namespace revisitd::collectors
