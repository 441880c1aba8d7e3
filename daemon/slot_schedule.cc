#include "daemon/slot_schedule.h"

#include <algorithm>

namespace revisitd::daemon {

Duration SlotSchedule::default_grace(Duration length) {
  return std::clamp<Duration>(length / 10, std::chrono::milliseconds(50), std::chrono::seconds(2));
}

std::optional<SlotSchedule::Due> SlotSchedule::due(TimePoint now) {
  const std::int64_t newest = slot_index(now - grace_, length_) - 1;
  if (!closed_) {
    // The slot that was running when we started may have been seen in part; it is closed like any
    // other when it ends, and the ones before it are not ours.
    closed_ = newest;
    return std::nullopt;
  }
  if (newest <= *closed_) return std::nullopt;
  const Due due{newest, newest - *closed_ - 1};
  closed_ = newest;
  return due;
}

TimePoint SlotSchedule::next(TimePoint now) const {
  return slot_start(slot_index(now - grace_, length_) + 1, length_) + grace_;
}

}  // namespace revisitd::daemon
