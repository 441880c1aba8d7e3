#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rules/engine.h"
#include "rules/slot_inputs.h"

namespace revisitd::rules {

// One step of the engine in the making: it changes the engine's state in place and gathers what
// happened. Lives for one call; private to the engine's source files.
class EngineStep {
 public:
  EngineStep(Engine& engine, TimePoint at) : engine_(engine), at_(at) {}

  void decide(const std::vector<std::shared_ptr<const Decision>>& decisions,
              const SlotHistory& history);
  void judge(const SlotReading& reading);
  void tick();
  // The action's target must be `state`'s current revisit.
  std::optional<ActionFailure> act(DecisionState& state, const Action& action);
  void roster(std::shared_ptr<const Roster> roster);

  StepResult take() { return std::move(result_); }

 private:
  struct SlotContext {
    std::int64_t index = 0;
    bool backfilled = false;
    const FleetFacts& fleet;
    const SlotInputs::Lookup& lookup;
  };

  // engine_decide.cc
  void add(std::shared_ptr<const Decision> decision, const SlotHistory& history);
  void edit(DecisionState& state, std::shared_ptr<const Decision> decision,
            const SlotHistory& history);
  void remove(DecisionState& state);
  void settle_revision(DecisionState& state, const Decision& before, const Decision& after);
  void adopt_triggers(DecisionState& state, const SlotHistory& history);
  void judge_history(DecisionState& state, const Trigger& trigger, const SlotHistory& history);
  void remember(const DecisionState& state, const SlotHistory& history);

  // engine_judge.cc
  void judge_slot(DecisionState& state, const Trigger& trigger, const SlotContext& slot);
  static SlotState state_of(const Trigger& trigger, const SlotInputs& inputs);
  void update_verdict(DecisionState& state, const Trigger& trigger, bool backfilled);
  void note_blindness(DecisionState& state, const Trigger& trigger, SlotState slot);
  void raise(DecisionState& state, const Trigger& trigger, bool backfilled);
  void subside_if_clear(DecisionState& state);
  void watch_snooze(DecisionState& state, const Trigger& trigger);

  // engine_tick.cc
  void tick_revisit(DecisionState& state);
  void tick_review(DecisionState& state);

  void close(DecisionState& state);

  // engine_events.cc
  Event& emit(EventType type, const DecisionState& state);
  Event& emit(EventType type, const DecisionState& state, const Trigger& trigger);

  Engine& engine_;
  TimePoint at_;
  StepResult result_;
};

// Evidence of a trigger as it stands. The state must hold the trigger.
TriggerEvidence make_evidence(const Engine& engine, const DecisionState& state,
                              const Trigger& trigger);

// "latency_p99 131ms > 100ms" for each comparison, joined with "; "; "?" for what is not known.
std::string describe(const std::vector<ComparisonReading>& comparisons);

// What a revision of a record is told by: id, date, language.
std::string revision_of(const Decision& decision);

}  // namespace revisitd::rules
