#pragma once

#include "daemon/app_view.h"
#include "daemon/web/fleet.h"

// Which slots of a signal an answer or a plot shows.
namespace revisitd::daemon::web {

constexpr std::int64_t kMostSlots = 11'000;  // as Prometheus: points of one answer

struct SlotRange {
  Duration length{};
  std::int64_t first = 0, last = 0;  // first <= index < last

  [[nodiscard]] TimePoint from() const { return slot_start(first, length); }
  [[nodiscard]] TimePoint to() const { return slot_start(last, length); }
};

// Slots that start within [start, end].
SlotRange slots_between(TimePoint start, TimePoint end, Duration length);
// What a plot shows by habit: half as much again as the trigger's window, up to now; at least 30
// slots.
SlotRange usual_range(const SignalUse& use, TimePoint now);
// The shortest slot length of the ladder that shows the span in at most 2016 slots, else the
// longest.
Duration length_for(Duration span, const std::vector<Duration>& ladder);

}  // namespace revisitd::daemon::web
