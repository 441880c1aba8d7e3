#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/replay_log.h"

// A trigger's history as two lines of text, for people at a terminal:
//
//   slots    ..-------------+#####~~~~~~--+####
//   verdict  .......-------------###########---
//
// A column of several slots shows what most of them were; `+` is a column that holds breach and is
// mostly something else.
namespace revisitd::rules {

inline constexpr std::string_view kStripLegend =
    "slots    # breach  + some breach  - ok     ~ idle      . blind\n"
    "verdict  # tripped                - clear  ~ unproven  . blind";

struct StripSpan {
  TimePoint from{}, to{};
  int columns = 68;  // at most; fewer when there are fewer slots
};

struct Strip {
  std::string slots, verdicts;  // equally long; empty when nothing was judged in the span
  TimePoint from{}, to{};       // start of the first slot shown, end of the last one

  // The column that a time lies in, the last one for `to` itself and later.
  [[nodiscard]] std::size_t column(TimePoint at) const;
};

// The slots of the track that overlap the span. A verdict line shows tripped wherever a slot of the
// column was.
Strip make_strip(const TriggerTrack& track, const StripSpan& span);

}  // namespace revisitd::rules
