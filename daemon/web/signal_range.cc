#include "daemon/web/signal_range.h"

#include <algorithm>

#include "rules/engine.h"

namespace revisitd::daemon::web {

SlotRange slots_between(TimePoint start, TimePoint end, Duration length) {
  const std::int64_t first = slot_index(start + length - Duration(1), length);
  return {length, first, std::max(first, slot_index(end, length) + 1)};
}

SlotRange usual_range(const SignalUse& use, TimePoint now) {
  const Duration span = std::max(use.window * 3 / 2, use.length * 30);
  const std::int64_t last = slot_index(now, use.length);
  return {use.length, last - span / use.length, last};
}

Duration length_for(Duration span, const std::vector<Duration>& ladder) {
  return rules::slot_length(span, ladder);
}

}  // namespace revisitd::daemon::web
