#include <algorithm>

#include "rules/assessment_json.h"
#include "rules/assessor.h"
#include "rules/engine_step.h"
#include "rules/explain_questions.h"
#include "rules/measured.h"

namespace revisitd::rules {
namespace {

// Blindness is told after this share of the window, and never before this many slots.
constexpr int kBlindShare = 20;  // one in twenty, 5 %
constexpr int kBlindSlots = 3;
// Covered slots in a row that must be worse before a snooze with a limit ends: one bad slot is
// noise.
constexpr int kWorseSlots = 3;

int blind_limit(int slots) {
  return std::max(kBlindSlots, (slots + kBlindShare - 1) / kBlindShare);
}

// Whether the decision is old enough for the trigger to speak. Without `tenure:` none is too young,
// whatever its date; with it, one whose date is still to come is.
bool tenured(const Decision& decision, const Trigger& trigger, TimePoint at) {
  if (trigger.hard || decision.tenure == Duration{}) return true;
  return at >= decision.date + decision.tenure;
}

// How many of a trigger's signals a reading says anything of: a value, or why there is none.
enum class Sight { none, some, all };

Sight sight_of(const Trigger& trigger, const std::vector<SignalReading>* signals) {
  std::size_t known = 0, asked = 0;
  for (const Condition* c : conditions_of(trigger)) {
    for (const std::string& name : c->signals()) {
      ++asked;
      if (signals == nullptr) continue;
      known += static_cast<std::size_t>(std::any_of(
          signals->begin(), signals->end(), [&](const auto& s) { return s.signal == name; }));
    }
  }
  if (known == 0) return Sight::none;
  return known == asked ? Sight::all : Sight::some;
}

// The version a service showed in the slot; a signal of that name will do, whatever its numbers
// mean.
std::string version_of(const ServiceReading& reading) {
  if (reading.version) return *reading.version;
  for (const SignalReading& s : reading.signals) {
    if (s.signal == kVersionSignal && s.value) return version_text(s.value->value);
  }
  return {};
}

std::string why_missing(const Question& question, const std::vector<SignalReading>* signals) {
  switch (question.kind) {
    case Question::Kind::signal: {
      const std::vector<SignalReading> none;
      for (const SignalReading& s : signals != nullptr ? *signals : none) {
        if (s.signal == question.name) return absence_text(s.absence);
      }
      return absence_text(Absence::no_target);
    }
    case Question::Kind::window:
      return "too little of its window is known";
    case Question::Kind::baseline:
      return "what it was when the decision was taken is not known";
    case Question::Kind::members:
    case Question::Kind::fluent:
    case Question::Kind::shipped:
      return "no valid roster says it of the team";
    case Question::Kind::support_left:
      return "no end of life is known of what runs";
    case Question::Kind::team_languages:
    case Question::Kind::fleet_share:
    case Question::Kind::age:
      break;
  }
  return "it is not known";
}

// What a slot lacks that cannot be judged; where nothing is missing, what cannot tell.
std::vector<MissingInput> missing_inputs(const Trigger& trigger, const SlotInputs& inputs,
                                         const std::vector<SignalReading>* signals) {
  std::vector<MissingInput> missing, undecided;
  for (const Condition* condition : conditions_of(trigger)) {
    std::vector<Question> questions;
    std::vector<Answer> answers;
    static_cast<void>(condition->evaluate(Asking(inputs, questions, answers)));
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const auto& value = answers[i].value;
      if (value && value->is_exact()) continue;
      MissingInput input{questions[i].text(), value ? "its bucket holds the threshold"
                                                    : why_missing(questions[i], signals)};
      auto& list = value ? undecided : missing;
      if (std::find(list.begin(), list.end(), input) == list.end())
        list.push_back(std::move(input));
    }
  }
  return missing.empty() ? undecided : missing;
}

}  // namespace

void EngineStep::judge(const SlotReading& reading) {
  const std::int64_t index = slot_index(reading.start, reading.length);
  if (const auto newest = engine_.last_slot(reading.length); newest && index <= *newest) return;
  engine_.last_slots_[reading.length] = index;
  auto services = reading.services.begin();
  for (auto& [service, state] : engine_.decisions_) {
    if (!state.decision) continue;
    while (services != reading.services.end() && services->service < service) ++services;
    const bool found = services != reading.services.end() && services->service == service;
    const std::vector<SignalReading>* signals = found ? &services->signals : nullptr;
    if (found) take_values(state, *services, reading.length, index);
    const SlotInputs::Lookup lookup = [signals](std::string_view name) -> const SlotValue* {
      if (signals == nullptr) return nullptr;
      for (const SignalReading& s : *signals) {
        if (s.signal == name) return s.value ? &*s.value : nullptr;
      }
      return nullptr;
    };
    SlotContext slot{reading.length, index, reading.backfilled, true, lookup, signals};
    bool judged = false;
    for (const Trigger& trigger : state.decision->triggers) {
      if (reading.backfilled) {
        const Sight sight = sight_of(trigger, signals);
        if (sight == Sight::none) continue;
        slot.whole = sight == Sight::all;
      }
      judged = judge_slot(state, trigger, slot) || judged;
    }
    if (!judged) continue;
    result_.changed.insert(result_.changed.end(), service);
    // Once all have spoken: one trigger may clear in the slot that another trips in.
    subside_if_clear(state);
  }
}

void EngineStep::take_values(DecisionState& state, const ServiceReading& reading, Duration length,
                             std::int64_t index) {
  const auto kept = engine_.history_.find(state.service);
  for (const SignalReading& s : reading.signals) {
    if (!s.value) continue;
    if (kept != engine_.history_.end()) kept->second.add(s.signal, length, index, *s.value);
    auto& means = state.snapshot.signals;
    const auto known = means.find(std::pair(std::string_view(s.signal), length));
    SignalMeans& mean = known == means.end() ? means[{s.signal, length}] : known->second;
    mean.add(index, length, s.value->value);
    const auto last = state.last_values.find(std::pair(std::string_view(s.signal), length));
    if (last == state.last_values.end()) {
      state.last_values.try_emplace({s.signal, length}, LastValue{index, *s.value});
    } else {
      last->second = {index, *s.value};
    }
  }
  const std::string version = version_of(reading);
  if (!version.empty() && state.versions[length].see(index, version)) {
    result_.changed.insert(state.service);
  }
}

SlotState EngineStep::state_of(const Trigger& trigger, const SlotInputs& inputs) {
  const Truth provided = trigger.provided ? trigger.provided->evaluate(inputs) : Truth::yes;
  if (provided == Truth::no) return SlotState::idle;
  if (provided == Truth::unknown) return SlotState::blind;
  switch (trigger.when.evaluate(inputs)) {
    case Truth::yes:
      return SlotState::breach;
    case Truth::no:
      return SlotState::ok;
    case Truth::unknown:
      return SlotState::blind;
  }
  return SlotState::blind;
}

bool EngineStep::judge_slot(DecisionState& state, const Trigger& trigger, const SlotContext& slot) {
  TriggerState& standing = state.triggers.find(trigger.name)->second;
  if (standing.length != slot.length) return false;
  const SlotInputs::Slot place{*state.decision,  slot.length,    slot.index,    engine_.rosters_,
                               engine_.history_, engine_.fleet_, state.snapshot};
  const SlotInputs inputs(place, slot.lookup);
  const SlotState judged = state_of(trigger, inputs);
  if (!record(standing.ledger, standing.load, slot.index, judged, slot.lookup)) return false;
  update_verdict(state, trigger, standing, slot.backfilled);
  if (slot.whole || judged != SlotState::blind)
    note_blindness(state, trigger, standing, {judged, inputs, slot.signals});
  if (judged == SlotState::ok || judged == SlotState::breach) {
    watch_snooze(state, trigger, standing, inputs);
  }
  raise(state, trigger, standing, slot.backfilled);
  return true;
}

bool EngineStep::record(SlotLedger& ledger, LoadMeans& load, std::int64_t index, SlotState slot,
                        const SlotInputs::Lookup& lookup) {
  const bool first_breach = ledger.counts().breach == 0;
  if (!ledger.record(index, slot)) return false;
  const SlotValue* rate = slot == SlotState::blind ? nullptr : lookup(kLoadSignal);
  if (rate == nullptr) return true;
  if (slot != SlotState::breach) {
    load.calm.add(rate->value, ledger.slots());
    return true;
  }
  if (first_breach) load.breach = {};
  load.breach.add(rate->value, ledger.slots());
  return true;
}

void EngineStep::update_verdict(DecisionState& state, const Trigger& trigger,
                                TriggerState& standing, bool backfilled) {
  const Verdict verdict = rules::judge(
      standing.ledger.counts(), {trigger.trip, trigger.clear, trigger.coverage}, standing.standing);
  if (verdict == Verdict::clear || verdict == Verdict::tripped) {
    standing.standing = verdict;
    note_verdict(state, trigger, verdict);
  }
  if (verdict == Verdict::clear) {
    standing.armed = true;
    standing.rearm_at.reset();
    standing.in_revisit = false;
  }
  if (verdict == standing.verdict && standing.since) return;
  const bool first = !standing.since.has_value();
  const bool same = verdict == standing.verdict;
  standing.verdict = verdict;
  standing.since = at_;
  // A trigger starts out blind; only a change is news.
  if (first && same) return;
  emit(EventType::trigger_verdict, state, trigger).backfilled = backfilled;
}

void EngineStep::note_verdict(DecisionState& state, const Trigger& trigger, Verdict verdict) {
  if (!state.revisit) return;
  for (TriggerEvidence& e : state.revisit->triggers) {
    if (e.name == trigger.name) e.verdict = verdict;
  }
}

void EngineStep::note_blindness(DecisionState& state, const Trigger& trigger,
                                TriggerState& standing, const Sighting& sighting) {
  if (sighting.judged == SlotState::blind) {
    ++standing.blind_run;
    if (standing.blind_told || standing.blind_run < blind_limit(standing.ledger.slots())) return;
    standing.blind_told = true;
    Event& event = emit(EventType::trigger_blind, state, trigger);
    event.missing = missing_inputs(trigger, sighting.inputs, sighting.signals);
    event.why = "no verdict can be had from its last " + std::to_string(standing.blind_run) +
                " slots of " + format_duration(standing.length);
    for (const MissingInput& m : event.missing)
      event.why += (&m == &event.missing.front() ? ": " : ", ") + m.input + " (" + m.why + ")";
    return;
  }
  standing.blind_run = 0;
  if (!standing.blind_told) return;
  standing.blind_told = false;
  emit(EventType::trigger_sighted, state, trigger);
}

void EngineStep::raise(DecisionState& state, const Trigger& trigger, TriggerState& standing,
                       bool backfilled) {
  if (standing.verdict != Verdict::tripped || standing.in_revisit) return;
  if (!standing.armed) {
    if (!standing.rearm_at || at_ < *standing.rearm_at) return;
    standing.armed = true;
    standing.rearm_at.reset();
  }
  if (!tenured(*state.decision, trigger, at_)) return;
  standing.in_revisit = true;
  TriggerEvidence evidence = make_evidence(engine_, state, trigger);
  EventType type = EventType::revisit_worsened;
  if (!state.revisit) {
    open_revisit(state, backfilled);
    type = EventType::revisit_opened;
  } else if (state.revisit->state == RevisitState::subsided) {
    type = EventType::revisit_reopened;
  }
  add_evidence(*state.revisit, std::move(evidence), at_);
  freeze_assessment(state);
  Event& event = emit(type, state, trigger);
  event.why = summary(*state.revisit);
  event.backfilled = backfilled;
}

void EngineStep::open_revisit(DecisionState& state, bool backfilled) {
  const Decision& d = *state.decision;
  Revisit& revisit = state.revisit.emplace();
  revisit.id = revisit_id(d.service, at_);
  revisit.service = d.service;
  revisit.team = d.team;
  revisit.language = d.language;
  revisit.record = d.path;
  revisit.decision = d.id;
  revisit.title = d.title;
  revisit.since = at_;
  revisit.next_reminder = next_reminder(engine_.options_.reminders, at_, at_);
  revisit.backfilled = backfilled;
}

void EngineStep::freeze_assessment(DecisionState& state) const {
  const Assessment assessment = Assessor(engine_, at_).assess(state);
  state.revisit->assessment = {summary(assessment), to_json_text(assessment)};
}

void EngineStep::subside_if_clear(DecisionState& state) {
  if (!state.revisit || state.revisit->state == RevisitState::subsided) return;
  for (const TriggerEvidence& e : state.revisit->triggers) {
    const auto standing = state.triggers.find(e.name);
    if (standing != state.triggers.end() && standing->second.standing == Verdict::tripped) return;
  }
  for (TriggerEvidence& e : state.revisit->triggers) {
    const auto standing = state.triggers.find(e.name);
    if (standing != state.triggers.end()) e.verdict = standing->second.verdict;
  }
  subside(*state.revisit, at_);
  skip_missed_reminders(*state.revisit, engine_.options_.reminders, at_);
  emit(EventType::revisit_subsided, state).why = "every trigger of it is clear again";
}

void EngineStep::watch_snooze(DecisionState& state, const Trigger& trigger, TriggerState& standing,
                              const SlotInputs& inputs) {
  if (!state.revisit || state.revisit->state != RevisitState::snoozed) return;
  const Snooze& snooze = *state.revisit->snooze;
  const auto limit = snooze.limits.find(trigger.name);
  if (limit == snooze.limits.end()) return;
  const std::vector<ComparisonReading> comparisons = trigger.when.read(inputs);
  const auto now = measured(trigger.when, comparisons);
  const bool worse = now && has_reached(*now, limit->second);
  standing.worse_run = worse ? standing.worse_run + 1 : 0;
  if (standing.worse_run < kWorseSlots) return;
  standing.worse_run = 0;
  const std::string why =
      trigger.name + " worsened past the snooze's limit: " + describe(comparisons);
  end_snooze(*state.revisit, engine_.options_.reminders, at_);
  emit(EventType::revisit_snooze_ended, state, trigger).why = why;
}

}  // namespace revisitd::rules
