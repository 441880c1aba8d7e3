#pragma once

#include <memory>
#include <string>
#include <utility>
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
  // The state must hold the trigger.
  void rejudge(DecisionState& state, const Trigger& trigger, const SlotHistory& history);
  // The same; what its functions look back at from now on.
  void look_back(const DecisionState& state, const Trigger& trigger, const SlotHistory& history);
  void tick();
  // The action's target must be `state`'s current revisit.
  std::optional<ActionFailure> act(DecisionState& state, const Action& action);
  void roster(std::shared_ptr<const Roster> roster);
  // What services run in is known anew.
  void look_at_running();

  StepResult take() { return std::move(result_); }

 private:
  struct SlotContext {
    Duration length{};
    std::int64_t index = 0;
    bool backfilled = false;
    bool whole = true;  // false: nobody can say now what some of the trigger's signals were then
    const SlotInputs::Lookup& lookup;
    const std::vector<SignalReading>* signals = nullptr;  // of the service; null when it has none
  };
  // How a slot was judged, and what there was to see.
  struct Sighting {
    SlotState judged{};
    const SlotInputs& inputs;
    const std::vector<SignalReading>* signals = nullptr;
  };
  // What slots of the past say of a trigger.
  struct Replayed {
    SlotLedger ledger;
    LoadMeans load;
    Verdict standing;
    int blind_run = 0;  // blind slots at the end
  };

  // engine_decide.cc
  DecisionState& add(std::shared_ptr<const Decision> decision, const SlotHistory& history);
  void edit(DecisionState& state, std::shared_ptr<const Decision> decision,
            const SlotHistory& history);
  void remove(DecisionState& state);
  // `revision`: of `after`.
  void settle_revision(DecisionState& state, const Decision& after, const std::string& revision);
  void begin_snapshot(DecisionState& state) const;
  void complete_snapshot(DecisionState& state);
  // `revised`: the record names another language than it did.
  void settle_language(DecisionState& state, bool revised) const;
  void adopt_triggers(DecisionState& state, const SlotHistory& history);
  void remember(const DecisionState& state, const SlotHistory& history);

  // engine_replay.cc
  void judge_history(DecisionState& state, const Trigger& trigger, const SlotHistory& history);
  // The first slot from `oldest` on of which the trigger's conditions can see something.
  [[nodiscard]] std::optional<std::int64_t> first_seen(const DecisionState& state,
                                                       const Trigger& trigger,
                                                       const SlotHistory& history,
                                                       std::int64_t oldest) const;
  // Judges the slots first..last; where the history cannot tell, a slot is what it is in `judged`.
  [[nodiscard]] Replayed replay(const DecisionState& state, const Trigger& trigger,
                                const SlotHistory& history, std::int64_t first, std::int64_t last,
                                const SlotLedger* judged) const;

  // The newest stored values of the slots oldest..last count as seen, where nothing newer was.
  static void recall_values(DecisionState& state, const Trigger& trigger,
                            const SlotHistory& history, std::int64_t oldest, std::int64_t last);
  // What the stored slots up to `last` say of the versions that the service ran.
  void recall_versions(DecisionState& state, Duration length, const SlotHistory& history,
                       std::int64_t last);

  // engine_judge.cc
  void take_values(DecisionState& state, const ServiceReading& reading, Duration length,
                   std::int64_t index);
  // Whether the slot was one to judge.
  bool judge_slot(DecisionState& state, const Trigger& trigger, const SlotContext& slot);
  static SlotState state_of(const Trigger& trigger, const SlotInputs& inputs);
  static bool record(SlotLedger& ledger, LoadMeans& load, std::int64_t index, SlotState slot,
                     const SlotInputs::Lookup& lookup);
  void update_verdict(DecisionState& state, const Trigger& trigger, TriggerState& standing,
                      bool backfilled);
  static void note_verdict(DecisionState& state, const Trigger& trigger, Verdict verdict);
  void note_blindness(DecisionState& state, const Trigger& trigger, TriggerState& standing,
                      const Sighting& sighting);
  void raise(DecisionState& state, const Trigger& trigger, TriggerState& standing, bool backfilled);
  void open_revisit(DecisionState& state, bool backfilled);
  void freeze_assessment(DecisionState& state) const;
  void subside_if_clear(DecisionState& state);
  void watch_snooze(DecisionState& state, const Trigger& trigger, TriggerState& standing,
                    const SlotInputs& inputs);

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

// The last slot to judge from stored history: the last one judged live, so that the next live one
// follows it; or else the one before the slot that may be waiting for its reading.
std::int64_t last_judgeable(const Engine& engine, TimePoint at, Duration length);
// How much of a windowed signal is kept for a trigger, in slots.
std::int64_t slots_kept(const Trigger& trigger, const WindowUse& use, Duration length);
// Signals that may explain a trip, of those the decision declares, and over how many slots that end
// with the window's last they are looked at.
std::vector<std::pair<std::string, std::int64_t>> circumstances_of(const Decision& decision,
                                                                   const Trigger& trigger,
                                                                   Duration length);
// The trigger's conditions: `when`, and `provided` where there is one.
std::vector<const Condition*> conditions_of(const Trigger& trigger);

// Evidence of a trigger as it stands. The state must hold the trigger.
TriggerEvidence make_evidence(const Engine& engine, const DecisionState& state,
                              const Trigger& trigger);

// What a revision of a record is told by: id, date, language.
std::string revision_of(const Decision& decision);

}  // namespace revisitd::rules
