#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/replay_log.h"

// What history would have made the engine say: transitions, figures, sweeps.
namespace revisitd::rules {

// Whether an event is a transition: the verdict of a trigger or the state of a revisit changed.
// Reminders, review dates and the telling of blindness are messages and none.
bool is_transition(const Event& event);

// One line of JSON without a line end:
// {"time","service","trigger","event","verdict","share","coverage"}. The time is the end of the
// slot; `trigger`, `verdict`, `share` and `coverage` are null where the event is about the whole
// revisit, and `share` while no slot is covered.
std::string transition_json(const Event& event);

// A decision in which one setting of the chosen triggers is replaced.
enum class SweepKind { threshold, window };
struct Sweep {
  SweepKind kind{};
  std::vector<std::string> texts;    // as written or stepped: "80ms", "7d"
  std::vector<Quantity> thresholds;  // threshold: one for each text
  std::vector<Duration> windows;     // window: one for each text
};
// Reads "threshold=80ms..150ms/10ms", "threshold=80ms,100ms", "window=1d,7d,14d" or
// "window=1d..7d/1d". A range has both its ends where the step meets them, and at most 1000 values.
Result<Sweep> parse_sweep(std::string_view text);

// The trigger with the setting, or why it cannot have it: there is no threshold to replace, the
// unit does not fit, the window is shorter than the shortest or longer than the longest allowed.
Result<Trigger> with_setting(const Trigger& trigger, const Decision& decision, const Sweep& sweep,
                             std::size_t setting, const std::vector<Duration>& ladder);

}  // namespace revisitd::rules
