#include <algorithm>

#include "rules/engine_step.h"

// Judging the past: a new trigger over what is stored, and a trigger anew over what was fetched for
// it.
namespace revisitd::rules {
namespace {

// Windowed functions as they were at one slot after the other: none sees past the slot being
// judged.
class Past {
 public:
  Past(const std::string& service, const Trigger& trigger, Duration length,
       const SlotHistory& history) {
    for (const Condition* c : conditions_of(trigger)) {
      for (const WindowUse& use : c->windows()) {
        const SlotHistory::Key key{service, use.signal, length};
        const auto series = history.values.find(key);
        if (series == history.values.end()) continue;
        if (!seen_.keeps(key)) lines_.push_back({key, series->second, 0});
        seen_.keep(key, slots_kept(trigger, use, length));
      }
    }
  }

  const SignalHistory& upto(std::int64_t index) {
    for (Line& line : lines_) {
      for (; line.next < line.values.size() && line.values[line.next].first <= index; ++line.next) {
        seen_.add(line.key, line.values[line.next].first, line.values[line.next].second);
      }
    }
    return seen_;
  }

 private:
  struct Line {
    SlotHistory::Key key;
    const SlotHistory::Values& values;
    std::size_t next = 0;
  };
  std::vector<Line> lines_;
  SignalHistory seen_;
};

}  // namespace

std::int64_t last_judgeable(const Engine& engine, TimePoint at, Duration length) {
  const std::int64_t waiting = slot_index(at, length) - 1;
  return std::min(engine.last_slot(length).value_or(waiting - 1), waiting);
}

std::int64_t slots_kept(const Trigger& trigger, const WindowUse& use, Duration length) {
  return slot_count(trigger.window, length) + slots_needed(use, length);
}

std::vector<const Condition*> conditions_of(const Trigger& trigger) {
  if (trigger.provided) return {&trigger.when, &*trigger.provided};
  return {&trigger.when};
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
  }
  std::vector<HistoryNeed> list;
  for (auto& [key, need] : needs) list.push_back(std::move(need));
  return list;
}

std::optional<std::int64_t> EngineStep::first_seen(const DecisionState& state,
                                                   const Trigger& trigger,
                                                   const SlotHistory& history) const {
  const Duration length = state.triggers.at(trigger.name).length;
  std::optional<std::int64_t> first;
  const auto sees = [&](std::int64_t index) { first = std::min(first.value_or(index), index); };
  for (const Condition* c : conditions_of(trigger)) {
    for (const std::string& signal : c->signals()) {
      const auto series = history.values.find({state.decision->service, signal, length});
      if (series != history.values.end() && !series->second.empty()) {
        sees(series->second.front().first);
      }
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
  const Duration length = state.triggers.at(trigger.name).length;
  Replayed past{SlotLedger(slot_count(trigger.window, length)), std::nullopt, 0};
  const FleetFacts fleet = FleetFacts::of(engine_.decisions_);
  Past windows(state.decision->service, trigger, length, history);
  for (std::int64_t index = first; index <= last; ++index) {
    const SlotInputs::Lookup lookup = [&](std::string_view signal) {
      return history.find({state.decision->service, std::string(signal), length}, index);
    };
    const SlotInputs::Slot place{*state.decision,     length, index, engine_.rosters_,
                                 windows.upto(index), fleet};
    SlotState slot = state_of(trigger, SlotInputs(place, lookup));
    if (slot == SlotState::blind && judged != nullptr) slot = judged->at(index);
    past.ledger.record(index, slot);
    past.blind_run = slot == SlotState::blind ? past.blind_run + 1 : 0;
    const Verdict verdict =
        rules::judge(past.ledger.counts(), {trigger.trip, trigger.clear, trigger.coverage},
                     past.standing.value_or(Verdict::clear));
    if (verdict == Verdict::clear || verdict == Verdict::tripped) past.standing = verdict;
  }
  return past;
}

void EngineStep::judge_history(DecisionState& state, const Trigger& trigger,
                               const SlotHistory& history) {
  TriggerState& standing = state.triggers.at(trigger.name);
  const std::int64_t last = last_judgeable(engine_, at_, standing.length);
  const auto first = first_seen(state, trigger, history);
  if (!first) return;
  const std::int64_t oldest = last - standing.ledger.slots() + 1;
  Replayed past = replay(state, trigger, history, std::max(oldest, *first), last, nullptr);
  standing.ledger = std::move(past.ledger);
  standing.standing = past.standing.value_or(standing.standing);
  update_verdict(state, trigger, true);
  raise(state, trigger, true);
}

void EngineStep::rejudge(DecisionState& state, const Trigger& trigger, const SlotHistory& history) {
  TriggerState& standing = state.triggers.at(trigger.name);
  // What functions look back at is filled for the slots to come, too.
  for (const Condition* c : conditions_of(trigger)) {
    for (const WindowUse& use : c->windows()) {
      const SlotHistory::Key key{state.decision->service, use.signal, standing.length};
      const auto series = history.values.find(key);
      if (series != history.values.end()) engine_.history_.fill(key, series->second);
    }
  }
  std::int64_t last = last_judgeable(engine_, at_, standing.length);
  if (standing.ledger.last()) last = std::max(last, *standing.ledger.last());
  auto first = first_seen(state, trigger, history);
  if (!first && !standing.ledger.last()) return;
  const std::int64_t oldest = last - standing.ledger.slots() + 1;
  if (standing.ledger.last()) first = oldest;
  Replayed past = replay(state, trigger, history, std::max(oldest, *first), last, &standing.ledger);
  standing.ledger = std::move(past.ledger);
  standing.standing = past.standing.value_or(standing.standing);
  standing.blind_run = past.blind_run;
  result_.changed.insert(state.service);
  update_verdict(state, trigger, true);
  if (standing.blind_told && standing.blind_run == 0) {
    standing.blind_told = false;
    emit(EventType::trigger_sighted, state, trigger).backfilled = true;
  }
  raise(state, trigger, true);
  subside_if_clear(state);
}

}  // namespace revisitd::rules
