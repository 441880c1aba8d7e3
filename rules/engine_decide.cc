#include <algorithm>
#include <set>

#include "rules/assessor.h"
#include "rules/engine_step.h"

namespace revisitd::rules {
namespace {

bool must_judge(const DecisionState* state, const Trigger& trigger, Duration length) {
  if (state == nullptr) return true;
  const auto standing = state->triggers.find(trigger.name);
  return standing == state->triggers.end() || !trigger.means(*standing->second.meaning) ||
         standing->second.length != length;
}

}  // namespace

std::string revision_of(const Decision& decision) {
  return decision.id + "|" + format_date(decision.date) + "|" + decision.language;
}

std::vector<HistoryNeed> Engine::needs(
    TimePoint at, const std::vector<std::shared_ptr<const Decision>>& decisions) const {
  std::map<SlotHistory::Key, HistoryNeed> needs;
  const auto want = [&](const SlotHistory::Key& key, std::int64_t first, std::int64_t last) {
    const auto [need, fresh] = needs.try_emplace(key, HistoryNeed{key, first, last});
    if (fresh) return;
    need->second.first = std::min(need->second.first, first);
    need->second.last = std::max(need->second.last, last);
  };
  for (const auto& decision : decisions) {
    const auto known = decisions_.find(decision->service);
    const auto kept = history_.find(decision->service);
    for (const Trigger& trigger : decision->triggers) {
      const Duration length = slot_length(trigger.window, options_.ladder);
      const std::int64_t last = last_judgeable(*this, at, length) + 1;
      const bool judge =
          must_judge(known == decisions_.end() ? nullptr : &known->second, trigger, length);
      const std::int64_t window = slot_count(trigger.window, length);
      for (const Condition* c : conditions_of(trigger)) {
        if (judge) {
          for (const std::string& s : c->signals())
            want({decision->service, s, length}, last - window, last);
        }
        for (const WindowUse& use : c->windows()) {
          if (kept != history_.end() && kept->second.kept(use, length) >= window) continue;
          // Up to now: whatever is judged next looks back at it.
          want({decision->service, use.signal, length}, last - window - slots_needed(use, length),
               std::max(last, slot_index(at, length)));
        }
      }
      if (!judge) continue;
      for (const auto& [signal, slots] : circumstances_of(*decision, trigger, length))
        want({decision->service, signal, length}, last - slots, last);
    }
  }
  std::vector<HistoryNeed> list;
  for (auto& [key, need] : needs) list.push_back(std::move(need));
  return list;
}

void EngineStep::decide(const std::vector<std::shared_ptr<const Decision>>& decisions,
                        const SlotHistory& history) {
  std::set<std::string, std::less<>> present;
  for (const auto& decision : decisions) present.insert(decision->service);
  for (auto state = engine_.decisions_.begin(); state != engine_.decisions_.end();) {
    if (present.contains(state->first)) {
      ++state;
      continue;
    }
    remove(state->second);
    result_.changed.insert(state->first);
    state = engine_.decisions_.erase(state);
  }
  // Every decision is in its place before any trigger is judged: a condition may ask about the
  // fleet.
  std::vector<DecisionState*> touched;
  for (const auto& decision : decisions) {
    const auto known = engine_.decisions_.find(decision->service);
    if (known == engine_.decisions_.end()) {
      touched.push_back(&add(decision, history));
    } else {
      edit(known->second, decision, history);
      touched.push_back(&known->second);
    }
  }
  FleetFacts facts = FleetFacts::of(engine_.decisions_);
  facts.support_ends = std::move(engine_.fleet_.support_ends);
  facts.running = std::move(engine_.fleet_.running);
  engine_.fleet_ = std::move(facts);
  for (DecisionState* state : touched) {
    complete_snapshot(*state);
    adopt_triggers(*state, history);
  }
  engine_.meanings_.drop_unused();
  engine_.people_.drop_unused();
  engine_.fleets_.drop_unused();
}

DecisionState& EngineStep::add(std::shared_ptr<const Decision> decision,
                               const SlotHistory& history) {
  DecisionState& state = engine_.decisions_[decision->service];
  state.service = decision->service;
  state.revision = revision_of(*decision);
  state.decision = std::move(decision);
  begin_snapshot(state);
  settle_language(state, false);
  remember(state, history);
  emit(EventType::decision_added, state).why = state.decision->title;
  return state;
}

void EngineStep::edit(DecisionState& state, std::shared_ptr<const Decision> decision,
                      const SlotHistory& history) {
  state.decision = std::move(decision);
  remember(state, history);
  const std::string revision = revision_of(*state.decision);
  settle_revision(state, *state.decision, revision);
  const bool other_language = !state.revision.ends_with("|" + state.decision->language);
  // A state saved before snapshots were taken begins its own now.
  if (state.revision != revision || !state.snapshot.taken) begin_snapshot(state);
  settle_language(state, other_language);
  state.revision = revision;
}

void EngineStep::begin_snapshot(DecisionState& state) const {
  state.snapshot.taken = at_;
  state.snapshot.people.reset();
  state.snapshot.fleet.reset();
  for (auto& [key, means] : state.snapshot.signals) means.restart(key.second);
}

void EngineStep::settle_language(DecisionState& state, bool revised) const {
  Snapshot& snapshot = state.snapshot;
  const std::string& recorded = state.decision->language;
  const auto seen = engine_.fleet_.running.find(state.service);
  if (seen == engine_.fleet_.running.end() || seen->second.empty()) {
    if (revised || snapshot.language.empty()) snapshot.run_in(recorded);
    return;
  }
  const std::vector<std::string>& running = seen->second;
  const auto runs = [&](const std::string& language) {
    return std::find(running.begin(), running.end(), language) != running.end();
  };
  // While two run side by side, signals are of both: the old one is believed until it is gone.
  if (runs(snapshot.language)) return;
  snapshot.run_in(runs(recorded) ? recorded : running.front());
}

void EngineStep::complete_snapshot(DecisionState& state) {
  Snapshot& snapshot = state.snapshot;
  if (!snapshot.fleet) {
    snapshot.fleet = engine_.fleets_.of(fleet_inputs(engine_.fleet_, *state.decision));
    result_.changed.insert(state.service);
  }
  const std::shared_ptr<const Roster> roster = engine_.rosters_.newest();
  if (!roster || !roster->valid(at_)) return;
  if (snapshot.people && (snapshot.people->shipped || !roster->knows_shipped(at_))) return;
  auto people = people_inputs(*roster, state.decision->team, at_, people_around(*roster, at_));
  if (!people) return;
  // Repositories take longer to be read than a roster, which does not wait for them.
  if (snapshot.people) {
    PeopleInputs known = *snapshot.people;
    known.shipped = std::move(people->shipped);
    known.knows = std::move(people->knows);
    known.around = std::move(people->around);
    people = std::move(known);
  }
  snapshot.people = engine_.people_.of(*std::move(people));
  result_.changed.insert(state.service);
}

void EngineStep::settle_revision(DecisionState& state, const Decision& after,
                                 const std::string& revision) {
  const bool revised = state.revision != revision;
  std::vector<std::string> amended, removed;
  for (const auto& [name, standing] : state.triggers) {
    const Trigger* now = after.find_trigger(name);
    if (now == nullptr) {
      removed.push_back(name);
    } else if (!now->means(*standing.meaning)) {
      amended.push_back(name);
    }
  }
  const bool added =
      std::any_of(after.triggers.begin(), after.triggers.end(),
                  [&](const Trigger& t) { return !state.triggers.contains(t.name); });
  if (!revised && amended.empty() && removed.empty() && !added) return;
  emit(EventType::decision_edited, state).why =
      revised ? "new revision " + revision : "triggers edited";

  if (state.revisit) {
    const auto& gathered = state.revisit->triggers;
    const auto in = [&](const std::vector<std::string>& names, const TriggerEvidence& e) {
      return std::find(names.begin(), names.end(), e.name) != names.end();
    };
    const bool all_removed = std::all_of(gathered.begin(), gathered.end(),
                                         [&](const auto& e) { return in(removed, e); });
    const bool any_amended = std::any_of(gathered.begin(), gathered.end(),
                                         [&](const auto& e) { return in(amended, e); });
    const bool other_language = !state.revision.ends_with("|" + after.language);
    if (revised || any_amended) {
      Conclusion word;
      word.outcome = other_language ? Outcome::changed
                     : any_amended  ? Outcome::amended
                                    : Outcome::reaffirmed;
      word.by = "record";
      word.why = "new revision of " + after.path;
      word.at = at_;
      conclude(*state.revisit, std::move(word));
      Event& event = emit(EventType::revisit_concluded, state);
      event.by = "record";
      event.language = event.revisit->language;
      event.why = event.revisit->conclusion->why;
      close(state);
    } else if (all_removed) {
      withdraw(*state.revisit, at_);
      emit(EventType::revisit_withdrawn, state).why =
          "its triggers were removed from " + after.path;
      close(state);
    }
  }
  if (!revised) return;
  // A trip that outlasts the new revision's tenure is worth a new case; without tenure it waits for
  // a clear.
  for (auto& [name, standing] : state.triggers) {
    if (!standing.armed && after.tenure > Duration{}) standing.rearm_at = after.date + after.tenure;
  }
}

void EngineStep::remove(DecisionState& state) {
  if (!state.decision) {
    // Restored, but its record went away while nobody looked.
    Decision gone;
    gone.service = state.service;
    if (state.revisit) {
      gone.team = state.revisit->team;
      gone.language = state.revisit->language;
      gone.path = state.revisit->record;
    }
    state.decision = std::make_shared<Decision>(std::move(gone));
  }
  if (state.revisit) {
    withdraw(*state.revisit, at_);
    emit(EventType::revisit_withdrawn, state).why = "its record is no longer in force";
    state.revisit.reset();
  }
  emit(EventType::decision_removed, state).why = state.decision->path;
  engine_.history_.erase(state.service);
}

void EngineStep::close(DecisionState& state) {
  state.revisit.reset();
  for (auto& [name, standing] : state.triggers) {
    // A trip that tenure holds back is not in it and still has its say.
    if (standing.in_revisit) standing.armed = false;
    standing.in_revisit = false;
    standing.worse_run = 0;
  }
}

void EngineStep::adopt_triggers(DecisionState& state, const SlotHistory& history) {
  const Decision& decision = *state.decision;
  for (auto standing = state.triggers.begin(); standing != state.triggers.end();) {
    const bool stays = decision.find_trigger(standing->first) != nullptr;
    standing = stays ? std::next(standing) : state.triggers.erase(standing);
  }
  if (state.revisit) {
    std::erase_if(state.revisit->triggers, [&](const TriggerEvidence& e) {
      return decision.find_trigger(e.name) == nullptr;
    });
  }
  for (const Trigger& trigger : decision.triggers) {
    const Duration length = slot_length(trigger.window, engine_.options_.ladder);
    if (!must_judge(&state, trigger, length)) continue;
    const auto known = state.triggers.find(trigger.name);
    // Another slot length is no news about the service: what was said and done about it stays.
    const bool same = known != state.triggers.end() && trigger.means(*known->second.meaning);
    TriggerState fresh = same ? std::move(known->second) : TriggerState{};
    fresh.meaning = engine_.meanings_.of(trigger.meaning());
    fresh.length = length;
    fresh.ledger = SlotLedger(slot_count(trigger.window, length));
    fresh.blind_run = 0;
    fresh.worse_run = 0;
    fresh.load = {};
    state.triggers.insert_or_assign(trigger.name, std::move(fresh));
    result_.changed.insert(decision.service);
    judge_history(state, trigger, history);
  }
  subside_if_clear(state);
}

void EngineStep::remember(const DecisionState& state, const SlotHistory& history) {
  const Decision& decision = *state.decision;
  std::set<SlotHistory::Key> lacking;
  for (const Trigger& trigger : decision.triggers) {
    const Duration length = slot_length(trigger.window, engine_.options_.ladder);
    const std::int64_t slots = slot_count(trigger.window, length);
    for (const Condition* c : conditions_of(trigger)) {
      for (const WindowUse& use : c->windows()) {
        ServiceHistory& kept = engine_.history_[decision.service];
        if (kept.kept(use, length) >= slots) continue;
        kept.keep(use, length, slots);
        lacking.insert({decision.service, use.signal, length});
      }
    }
  }
  for (const SlotHistory::Key& key : lacking) {
    const SlotHistory::Values* values = history.series(key);
    if (values != nullptr) engine_.history_[key.service].fill(key.signal, key.length, *values);
  }
}

void EngineStep::look_at_running() {
  for (auto& [service, state] : engine_.decisions_) {
    if (state.decision) settle_language(state, false);
  }
}

void EngineStep::roster(std::shared_ptr<const Roster> roster) {
  const std::string source = roster->source;
  const bool changed = engine_.rosters_.add(std::move(roster));
  // Also where nothing but the evidence of git is new.
  for (auto& [service, state] : engine_.decisions_) {
    if (state.decision) complete_snapshot(state);
  }
  if (!changed) return;
  Event event;
  event.type = EventType::roster_changed;
  event.at = at_;
  event.by = "revisitd";
  event.why = source;
  result_.events.push_back(std::move(event));
}

}  // namespace revisitd::rules
