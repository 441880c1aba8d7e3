#pragma once

#include <cstdint>
#include <optional>

#include "rules/time.h"

namespace revisitd::daemon {

// Which slot of one length is to be closed when. Pure; the scheduler asks it with the time it is.
class SlotSchedule {
 public:
  // A slot is closed `grace` after its end, when the last scrapes that started in it have come in.
  SlotSchedule(Duration length, Duration grace) : length_(length), grace_(grace) {}

  // A tenth of the slot, at least 50 ms and at most 2 s.
  static Duration default_grace(Duration length);

  struct Due {
    std::int64_t index = 0;    // the newest slot that has ended
    std::int64_t skipped = 0;  // slots before it that nobody closed: they stay blind
  };
  // The slot to close at `now`, each at most once. The first call skips nothing.
  std::optional<Due> due(TimePoint now);
  // When to ask again; a clock that jumps makes it late or early, never wrong.
  [[nodiscard]] TimePoint next(TimePoint now) const;

  [[nodiscard]] Duration length() const { return length_; }

 private:
  Duration length_;
  Duration grace_;
  std::optional<std::int64_t> closed_;
};

}  // namespace revisitd::daemon
