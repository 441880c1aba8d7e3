#pragma once

#include <cstdint>
#include <optional>

#include "rules/time.h"

namespace revisitd::collectors {

// The samples of one counter series within one range, as little of them as rate() needs: the first,
// the last, how many, and what resets hid. 40 bytes, nothing allocated.
//
// rate() gives what Prometheus 3 gives for rate(x[range]) over the same samples: a sample lower
// than the one before it is a reset and counts from zero; at least two samples are needed; the
// increase is extrapolated to each edge of the range, fully when the edge is nearer than 1.1
// average sample intervals, else by half an interval, and at the start never further back than
// where the counter would have been zero. The range is left-open: a sample exactly at its start is
// outside, one exactly at its end is inside. Which samples are inside is the caller's word; they
// lie within 49 days, as those of a slot do, which is a day at most.
class CounterRange {
 public:
  // Adds a finite value; times must ascend strictly.
  void add(TimePoint time, double value) { add(time, value, value < last_); }
  // For a counter whose resets are known from elsewhere; the first sample is none.
  void add(TimePoint time, double value, bool reset);

  // Increase per second over (start, end]; nothing with fewer than two samples.
  [[nodiscard]] std::optional<double> rate(TimePoint start, TimePoint end) const;
  // What rate() multiplies the increase of the samples by, for what is counted along with this one.
  [[nodiscard]] std::optional<double> factor(TimePoint start, TimePoint end) const;

  [[nodiscard]] std::uint32_t samples() const { return samples_; }

  // The state in full, to save and restore it.
  struct Parts {
    std::int64_t first_time = 0, last_time = 0;
    double first = 0, last = 0, lost = 0;
    std::uint32_t samples = 0;
  };
  [[nodiscard]] Parts parts() const {
    return {first_time_, last_time(), first_, last_, lost_, samples_};
  }
  // Nothing for times that no range has, or so far away that differences would overflow.
  static std::optional<CounterRange> from(const Parts& parts);

 private:
  [[nodiscard]] double increase() const { return last_ - first_ + lost_; }

  [[nodiscard]] std::int64_t last_time() const { return first_time_ + span_; }

  std::int64_t first_time_ = 0;  // milliseconds
  double first_ = 0;
  double last_ = 0;
  double lost_ = 0;         // sum of the values that resets dropped to zero
  std::uint32_t span_ = 0;  // milliseconds from the first to the last
  std::uint32_t samples_ = 0;
};

}  // namespace revisitd::collectors
