#include "rules/replay_strip.h"

#include <algorithm>
#include <array>

namespace revisitd::rules {
namespace {

using Slots = std::vector<TriggerTrack::Slot>;
using Place = Slots::const_iterator;

char slot_glyph(Place first, Place last) {
  std::array<std::int64_t, 4> count{};  // by SlotState
  for (Place s = first; s != last; ++s) ++count[static_cast<std::size_t>(s->state)];
  const auto of = [&](SlotState state) { return count[static_cast<std::size_t>(state)]; };
  const std::int64_t breach = of(SlotState::breach);
  if (2 * breach >= last - first) return '#';
  if (breach > 0) return '+';
  const auto most = std::max({of(SlotState::ok), of(SlotState::idle), of(SlotState::blind)});
  if (of(SlotState::ok) == most) return '-';
  return of(SlotState::idle) == most ? '~' : '.';
}

char verdict_glyph(Place first, Place last) {
  for (Place s = first; s != last; ++s) {
    if (s->verdict == Verdict::tripped) return '#';
  }
  switch ((last - 1)->verdict) {
    case Verdict::clear:
      return '-';
    case Verdict::tripped:
      return '#';
    case Verdict::unproven:
      return '~';
    case Verdict::blind:
      return '.';
  }
  return '.';
}

}  // namespace

std::size_t Strip::column(TimePoint at) const {
  if (slots.empty() || at <= from) return 0;
  const auto columns = static_cast<std::int64_t>(slots.size());
  const std::int64_t column = (at - from).count() * columns / (to - from).count();
  return static_cast<std::size_t>(std::min(column, columns - 1));
}

Strip make_strip(const TriggerTrack& track, const StripSpan& span) {
  Strip strip;
  if (track.slots.empty()) return strip;
  const auto end = track.first + static_cast<std::int64_t>(track.slots.size());
  const std::int64_t first = std::max(track.first, slot_index(span.from, track.length));
  const std::int64_t last = std::min(end, slot_index(span.to - Duration{1}, track.length) + 1);
  if (first >= last) return strip;
  const std::int64_t count = last - first;
  const std::int64_t columns = std::clamp<std::int64_t>(count, 1, std::max(span.columns, 1));
  strip.from = slot_start(first, track.length);
  strip.to = slot_start(last, track.length);
  for (std::int64_t c = 0; c < columns; ++c) {
    const auto begin = track.slots.begin() + (first - track.first);
    const Place from = begin + c * count / columns, to = begin + (c + 1) * count / columns;
    strip.slots += slot_glyph(from, to);
    strip.verdicts += verdict_glyph(from, to);
  }
  return strip;
}

}  // namespace revisitd::rules
