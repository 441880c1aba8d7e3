#pragma once

#include <optional>

#include "rules/time.h"

namespace revisitd::daemon {

// Tells a wall clock that jumps from one that runs, by holding it against the monotonic clock, and
// one that stands before what was already recorded from a sane one. Pure: both times are arguments.
class ClockWatch {
 public:
  // A step between two looks larger than this is a jump; smaller ones are an NTP daemon at work.
  static constexpr Duration kTolerance = std::chrono::seconds(2);

  // `recorded` is the newest time that the store knows of, if any.
  explicit ClockWatch(std::optional<TimePoint> recorded) : recorded_(recorded) {}

  // Looks at both clocks. The size of a jump since the last look, positive when the wall clock went
  // ahead.
  std::optional<Duration> look(TimePoint wall, Duration monotonic);
  // Something was recorded for this time.
  void record(TimePoint at);
  // Whether the wall clock stands before what was recorded: judging waits then.
  [[nodiscard]] bool behind(TimePoint wall) const;
  [[nodiscard]] std::optional<TimePoint> recorded() const { return recorded_; }

 private:
  std::optional<TimePoint> recorded_;
  std::optional<TimePoint> wall_;
  Duration monotonic_{};
};

}  // namespace revisitd::daemon
