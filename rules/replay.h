#pragma once

#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "rules/engine.h"

// The engine's life as a script: decisions, rosters, slot values and what people do, each with its
// time, run in the order in which the daemon would have met them. Backtests and trigger tests are
// replays, so what they say is what the daemon would have said. Pure: it steps an Engine and shows
// every step to a sink.
namespace revisitd::rules {

// Something that happens beside the slots.
struct ReplayEvent {
  // The daemon goes away for so long and is started again. Of the slots that end meanwhile, the
  // moment of its return included, only signals that are queries are known: they are fetched and
  // judged at its return, marked backfilled. Other events of that time happen at its return.
  struct Down {
    Duration length{};
  };
  // Nothing: the sink is shown the engine as it stands after everything up to this time.
  struct Look {};
  // Decisions are those in force from now on; a roster was read now.
  using What = std::variant<Look, Down, Decisions, std::shared_ptr<const Roster>, Action>;

  TimePoint at{};
  What what;
};

struct ReplayScript {
  EngineOptions engine = default_engine_options();
  TimePoint start{};  // the daemon starts: the roster is read, the decisions are taken up
  TimePoint end{};    // slots that start at `start` or later and end at `end` or before are judged
  Decisions decisions;
  std::shared_ptr<const Roster> roster;  // null: there is none
  SlotHistory values;                    // what is not in it is missing
  SlotHistory before;  // slots that end at `start` or before: only functions look back at them
  std::vector<ReplayEvent> events;  // any order; those of one time happen in the order given
};

// One step as it has just been done. Lives as long as the call.
struct ReplayStep {
  TimePoint at{};
  const StepResult& result;
  const SlotReading* slot = nullptr;  // the slot that was judged, if the step is one
  std::optional<std::size_t> event;   // position in the script's events, if the step is one of them
  const ActionFailure* failure = nullptr;  // an action that could not be done
};

class ReplaySink {
 public:
  virtual ~ReplaySink() = default;
  virtual void step(const Engine& engine, const ReplayStep& step) = 0;
};

// Runs the script. Slots come in the order of their ends, at equal ends the shorter first; time
// ticks after the slots of each end and before each event; an event comes after the slots that end
// at its time.
void replay(const ReplayScript& script, ReplaySink& sink);

// Slot lengths that the decisions' triggers are judged at.
std::set<Duration> lengths_in_use(const Decisions& decisions, const std::vector<Duration>& ladder);

}  // namespace revisitd::rules
