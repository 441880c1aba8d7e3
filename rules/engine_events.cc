#include "rules/engine_step.h"
#include "rules/measured.h"

namespace revisitd::rules {

Event& EngineStep::emit(EventType type, const DecisionState& state) {
  const Decision& decision = *state.decision;
  result_.changed.insert(decision.service);
  Event event;
  event.type = type;
  event.at = at_;
  event.service = decision.service;
  event.team = decision.team;
  event.language = decision.language;
  event.record = decision.path;
  event.by = "revisitd";
  if (type == EventType::decision_added || type == EventType::decision_edited ||
      type == EventType::decision_removed) {
    event.decision = state.decision;
  }
  event.revisit = state.revisit;
  result_.events.push_back(std::move(event));
  return result_.events.back();
}

Event& EngineStep::emit(EventType type, const DecisionState& state, const Trigger& trigger) {
  Event& event = emit(type, state);
  const TriggerState& standing = state.triggers.at(trigger.name);
  event.trigger = trigger.name;
  event.verdict = standing.verdict;
  event.counts = standing.ledger.counts();
  return event;
}

TriggerEvidence make_evidence(const Engine& engine, const DecisionState& state,
                              const Trigger& trigger) {
  const TriggerState& standing = state.triggers.at(trigger.name);
  TriggerEvidence e;
  e.name = trigger.name;
  e.verdict = standing.verdict;
  e.condition = trigger.when.text();
  if (trigger.provided) e.provided = trigger.provided->text();
  const std::vector<ComparisonReading> comparisons =
      engine.read(state.decision->service, trigger.name);
  e.reading = describe(comparisons);
  if (const auto measurement = measured(trigger.when, comparisons)) {
    e.value = measurement->value;
    if (measurement->threshold) e.threshold = measurement->threshold->value;
    e.unit = measurement->unit;
  }
  if (!trigger.when.thresholds().empty()) e.signal = trigger.when.thresholds().front().signal;
  e.window = trigger.window;
  e.slot = standing.length;
  e.counts = standing.ledger.counts();
  e.trip = trigger.trip;
  e.since = standing.since.value_or(TimePoint{});
  if (const auto breach = standing.ledger.first_breach()) {
    e.onset = slot_start(*breach, standing.length);
    const auto versions = state.versions.find(standing.length);
    const auto* change =
        versions == state.versions.end() ? nullptr : versions->second.near(*breach);
    if (change != nullptr) {
      e.release = Release{slot_start(change->index, standing.length), change->from, change->to};
    }
  }
  e.load = standing.load.shift();
  e.trend = breach_trend(standing.ledger);
  if (standing.verdict == Verdict::tripped) {
    e.recovery = slots_until(standing.ledger, standing.standing,
                             {trigger.trip, trigger.clear, trigger.coverage}, SlotState::ok,
                             {Verdict::clear});
  }
  e.favours = trigger.favours;
  e.why = trigger.why;
  e.hard = trigger.hard;
  return e;
}

}  // namespace revisitd::rules
