#include "daemon/clock_watch.h"

#include <algorithm>

namespace revisitd::daemon {

std::optional<Duration> ClockWatch::look(TimePoint wall, Duration monotonic) {
  std::optional<Duration> jump;
  if (wall_) {
    const Duration step = (wall - *wall_) - (monotonic - monotonic_);
    if (step > kTolerance || step < -kTolerance) jump = step;
  }
  wall_ = wall;
  monotonic_ = monotonic;
  return jump;
}

void ClockWatch::record(TimePoint at) { recorded_ = std::max(recorded_.value_or(at), at); }

bool ClockWatch::behind(TimePoint wall) const {
  return recorded_ && wall + kTolerance < *recorded_;
}

}  // namespace revisitd::daemon
