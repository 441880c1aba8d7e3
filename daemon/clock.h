#pragma once

#include <chrono>

#include "rules/time.h"

namespace revisitd::daemon {

// The one seam to time. Everything below the scheduler takes time as an argument.
class Clock {
 public:
  virtual ~Clock() = default;
  // The wall clock, UTC. May jump.
  [[nodiscard]] virtual TimePoint now() const = 0;
  // Never steps back; its zero means nothing. Stands still while the machine is suspended.
  [[nodiscard]] virtual Duration monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  [[nodiscard]] Duration monotonic() const override {
    return std::chrono::duration_cast<Duration>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace revisitd::daemon
