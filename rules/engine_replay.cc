#include <algorithm>
#include <iterator>

#include "rules/engine_step.h"

// Judging the past: a new trigger over what is stored, and a trigger anew over what was fetched for
// it.
namespace revisitd::rules {
std::int64_t last_judgeable(const Engine& engine, TimePoint at, Duration length) {
  return engine.last_slot(length).value_or(slot_index(at, length) - 2);
}

std::int64_t slots_kept(const Trigger& trigger, const WindowUse& use, Duration length) {
  return slot_count(trigger.window, length) + slots_needed(use, length);
}

std::vector<const Condition*> conditions_of(const Trigger& trigger) {
  if (trigger.provided) return {&trigger.when, &*trigger.provided};
  return {&trigger.when};
}

std::vector<std::pair<std::string, std::int64_t>> circumstances_of(const Decision& decision,
                                                                   const Trigger& trigger,
                                                                   Duration length) {
  const std::int64_t window = slot_count(trigger.window, length);
  std::vector<std::pair<std::string, std::int64_t>> all;
  if (const std::string load(kLoadSignal); decision.signals.contains(load))
    all.emplace_back(load, window);
  // A release may come one slot before the onset, and is told by what ran before it. The text of an
  // `info` signal is not stored.
  const auto version = decision.signals.find(kVersionSignal);
  if (version != decision.signals.end() && version->second.reduction != Reduction::info)
    all.emplace_back(version->first, window + 2);
  return all;
}

std::vector<HistoryNeed> Engine::needs(TimePoint at, std::string_view service,
                                       std::string_view trigger) const {
  const auto state = decisions_.find(service);
  if (state == decisions_.end() || !state->second.decision) return {};
  std::map<SlotHistory::Key, HistoryNeed> needs;
  for (const Trigger& t : state->second.decision->triggers) {
    const auto standing = state->second.triggers.find(t.name);
    if (t.name != trigger || standing == state->second.triggers.end()) continue;
    const Duration length = standing->second.length;
    const std::int64_t last = last_judgeable(*this, at, length) + 1;
    const auto want = [&](const std::string& signal, std::int64_t slots) {
      const SlotHistory::Key key{state->first, signal, length};
      HistoryNeed& need = needs.try_emplace(key, HistoryNeed{key, last, last}).first->second;
      need.first = std::min(need.first, last - slots);
    };
    for (const Condition* c : conditions_of(t)) {
      for (const std::string& s : c->signals()) want(s, slot_count(t.window, length));
      for (const WindowUse& use : c->windows()) want(use.signal, slots_kept(t, use, length));
    }
    for (const auto& [signal, slots] : circumstances_of(*state->second.decision, t, length))
      want(signal, slots);
  }
  std::vector<HistoryNeed> list;
  for (auto& [key, need] : needs) list.push_back(std::move(need));
  return list;
}

std::optional<std::int64_t> EngineStep::first_seen(const DecisionState& state,
                                                   const Trigger& trigger,
                                                   const SlotHistory& history,
                                                   std::int64_t oldest) const {
  const Duration length = state.triggers.at(trigger.name).length;
  std::optional<std::int64_t> first;
  const auto sees = [&](std::int64_t index) {
    index = std::max(index, oldest);
    first = std::min(first.value_or(index), index);
  };
  for (const Condition* c : conditions_of(trigger)) {
    for (const std::string& signal : c->signals()) {
      const SlotHistory::Values* values = history.series({state.service, signal, length});
      if (values == nullptr) continue;
      const auto seen = SlotHistory::from(*values, oldest);
      if (seen != values->end()) sees(seen->first);
    }
    if (c->uses_roster() && engine_.rosters_.first()) {
      sees(slot_index(*engine_.rosters_.first(), length));
    }
  }
  return first;
}

EngineStep::Replayed EngineStep::replay(const DecisionState& state, const Trigger& trigger,
                                        const SlotHistory& history, std::int64_t first,
                                        std::int64_t last, const SlotLedger* judged) const {
  const TriggerState& standing = state.triggers.at(trigger.name);
  const Duration length = standing.length;
  std::map<std::string, const SlotHistory::Values*, std::less<>> stored;
  const auto read = [&](const std::string& signal) {
    stored.emplace(signal, history.series({state.service, signal, length}));
  };
  for (const Condition* c : conditions_of(trigger)) {
    for (const std::string& signal : c->signals()) read(signal);
  }
  read(std::string(kLoadSignal));
  Replayed past{SlotLedger(slot_count(trigger.window, length)), {}, standing.standing, 0};
  for (std::int64_t index = first; index <= last; ++index) {
    const SlotInputs::Lookup lookup = [&](std::string_view signal) -> const SlotValue* {
      const auto found = stored.find(signal);
      if (found == stored.end() || found->second == nullptr) return nullptr;
      return SlotHistory::find(*found->second, index);
    };
    const SlotInputs::Slot place{*state.decision,  length,         index,         engine_.rosters_,
                                 engine_.history_, engine_.fleet_, state.snapshot};
    SlotState slot = state_of(trigger, SlotInputs(place, lookup));
    if (slot == SlotState::blind && judged != nullptr) slot = judged->at(index);
    record(past.ledger, past.load, index, slot, lookup);
    past.blind_run = slot == SlotState::blind ? past.blind_run + 1 : 0;
    const Verdict verdict = rules::judge(
        past.ledger.counts(), {trigger.trip, trigger.clear, trigger.coverage}, past.standing);
    if (verdict == Verdict::clear || verdict == Verdict::tripped) past.standing = verdict;
  }
  return past;
}

void EngineStep::recall_values(DecisionState& state, const Trigger& trigger,
                               const SlotHistory& history, std::int64_t oldest, std::int64_t last) {
  const Duration length = state.triggers.at(trigger.name).length;
  for (const Condition* c : conditions_of(trigger)) {
    for (const std::string& signal : c->signals()) {
      const SlotHistory::Values* values = history.series({state.service, signal, length});
      if (values == nullptr) continue;
      const auto end = SlotHistory::from(*values, last + 1);
      if (end == values->begin() || std::prev(end)->first < oldest) continue;
      const auto& [index, value] = *std::prev(end);
      const LastValue stored{index, value};
      LastValue& known = state.last_values.try_emplace({signal, length}, stored).first->second;
      if (known.index < index) known = stored;
    }
  }
}

void EngineStep::recall_versions(DecisionState& state, Duration length, const SlotHistory& history,
                                 std::int64_t last) {
  const std::string name(kVersionSignal);
  const auto spec = state.decision->signals.find(name);
  if (spec == state.decision->signals.end() || spec->second.reduction == Reduction::info) return;
  const SlotHistory::Values* values = history.series({state.service, name, length});
  if (values == nullptr) return;
  VersionLog past;
  for (const auto& [index, value] : *values) {
    if (index <= last) past.see(index, version_text(value.value));
  }
  if (past.current().empty()) return;
  if (state.versions[length].learn(past)) result_.changed.insert(state.service);
}

void EngineStep::judge_history(DecisionState& state, const Trigger& trigger,
                               const SlotHistory& history) {
  TriggerState& standing = state.triggers.at(trigger.name);
  const std::int64_t last = last_judgeable(engine_, at_, standing.length);
  const std::int64_t oldest = last - standing.ledger.slots() + 1;
  const auto first = first_seen(state, trigger, history, oldest);
  const bool seen = first && *first <= last;
  // A trigger that nothing is known about has not been judged yet.
  if (!seen && !standing.since) return;
  if (seen) {
    Replayed past = replay(state, trigger, history, *first, last, nullptr);
    standing.ledger = std::move(past.ledger);
    standing.load = past.load;
    standing.standing = past.standing;
    recall_values(state, trigger, history, oldest, last);
    recall_versions(state, standing.length, history, last);
  }
  update_verdict(state, trigger, standing, true);
  raise(state, trigger, standing, true);
}

void EngineStep::look_back(const DecisionState& state, const Trigger& trigger,
                           const SlotHistory& history) {
  const Duration length = state.triggers.at(trigger.name).length;
  for (const Condition* c : conditions_of(trigger)) {
    for (const WindowUse& use : c->windows()) {
      const auto* values = history.series({state.service, use.signal, length});
      const auto kept = engine_.history_.find(state.service);
      if (values == nullptr || kept == engine_.history_.end()) continue;
      kept->second.fill(use.signal, length, *values);
    }
  }
}

void Engine::look_back(const SlotHistory& history) {
  EngineStep step(*this, {});
  for (const auto& [service, state] : decisions_) {
    if (!state.decision) continue;
    for (const Trigger& trigger : state.decision->triggers) step.look_back(state, trigger, history);
  }
}

void EngineStep::rejudge(DecisionState& state, const Trigger& trigger, const SlotHistory& history) {
  TriggerState& standing = state.triggers.at(trigger.name);
  // What functions look back at is filled for the slots to come, too.
  look_back(state, trigger, history);
  std::int64_t last = last_judgeable(engine_, at_, standing.length);
  if (standing.ledger.last()) last = std::max(last, *standing.ledger.last());
  const std::int64_t oldest = last - standing.ledger.slots() + 1;
  auto first = first_seen(state, trigger, history, oldest);
  if (standing.ledger.last()) first = oldest;
  if (!first) return;
  Replayed past = replay(state, trigger, history, *first, last, &standing.ledger);
  standing.ledger = std::move(past.ledger);
  standing.load = past.load;
  standing.standing = past.standing;
  standing.blind_run = past.blind_run;
  recall_values(state, trigger, history, oldest, last);
  recall_versions(state, standing.length, history, last);
  result_.changed.insert(state.service);
  update_verdict(state, trigger, standing, true);
  if (standing.blind_told && standing.blind_run == 0) {
    standing.blind_told = false;
    emit(EventType::trigger_sighted, state, trigger).backfilled = true;
  }
  raise(state, trigger, standing, true);
  subside_if_clear(state);
}

}  // namespace revisitd::rules
