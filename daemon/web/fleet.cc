#include "daemon/web/fleet.h"

#include <algorithm>
#include <numeric>

#include "rules/roster_merge.h"

namespace revisitd::daemon::web {
namespace {

using rules::DecisionState;
using rules::RevisitState;
using rules::Verdict;

int urgency(RevisitState state) {
  switch (state) {
    case RevisitState::open:
      return 4;
    case RevisitState::acknowledged:
      return 3;
    case RevisitState::snoozed:
      return 2;
    case RevisitState::subsided:
      return 1;
    case RevisitState::concluded:
    case RevisitState::withdrawn:
      return 0;
  }
  return 0;
}

// How near the worst trigger is to tripping, 1 and above when it is there.
double nearness(const DecisionState& state) {
  double worst = 0;
  for (const auto& trigger : state.decision->triggers) {
    const auto standing = state.triggers.find(trigger.name);
    if (standing == state.triggers.end()) continue;
    const auto share = standing->second.ledger.counts().share();
    if (share && trigger.trip.num > 0)
      worst = std::max(worst, to_double(*share) / to_double(trigger.trip));
  }
  return worst;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool holds(std::string_view text, std::string_view wanted) {
  return wanted.empty() ||
         std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool matches(const DecisionState& state, const FleetFilter& filter) {
  const rules::Decision& d = *state.decision;
  if (!filter.team.empty() && d.team != filter.team) return false;
  if (!filter.language.empty() && d.language != rules::lower_case(filter.language)) return false;
  if (!holds(d.service, filter.text) && !holds(d.title, filter.text) &&
      !holds(d.team, filter.text) && !holds(d.language, filter.text)) {
    return false;
  }
  return !filter.verdict ||
         std::any_of(state.triggers.begin(), state.triggers.end(),
                     [&](const auto& t) { return t.second.verdict == *filter.verdict; });
}

struct Rank {
  int revisit;
  int verdict;
  double nearness;
  const DecisionState* state;
};

bool comes_first(const Rank& a, const Rank& b) {
  if (a.revisit != b.revisit) return a.revisit > b.revisit;
  if (a.verdict != b.verdict) return a.verdict > b.verdict;
  if (a.nearness != b.nearness) return a.nearness > b.nearness;
  return a.state->decision->service < b.state->decision->service;
}

}  // namespace

int severity(Verdict verdict) {
  switch (verdict) {
    case Verdict::clear:
      return 0;
    case Verdict::unproven:
      return 1;
    case Verdict::blind:
      return 2;
    case Verdict::tripped:
      return 3;
  }
  return 0;
}

Verdict worst_verdict(const DecisionState& state) {
  Verdict worst = Verdict::clear;
  for (const auto& [name, standing] : state.triggers) {
    if (severity(standing.verdict) > severity(worst)) worst = standing.verdict;
  }
  return worst;
}

std::size_t FleetCounts::unfinished() const {
  return std::accumulate(revisits.begin(), revisits.end(), std::size_t{0});
}

FleetCounts count_fleet(const rules::Engine& engine) {
  FleetCounts counts;
  for (const auto& [service, state] : engine.decisions()) {
    if (!state.decision) continue;
    ++counts.decisions;
    ++counts.decisions_by_verdict[static_cast<std::size_t>(worst_verdict(state))];
    for (const auto& [name, standing] : state.triggers) {
      ++counts.triggers[static_cast<std::size_t>(standing.verdict)];
    }
    if (state.revisit && !is_final(state.revisit->state)) {
      ++counts.revisits[static_cast<std::size_t>(state.revisit->state)];
    }
  }
  return counts;
}

TargetCounts count_targets(const std::vector<TargetStatus>& targets) {
  TargetCounts counts;
  for (const TargetStatus& target : targets) {
    ++(target.health == "up" ? counts.up : target.health == "down" ? counts.down : counts.unknown);
  }
  return counts;
}

std::vector<const DecisionState*> select(const rules::Engine& engine, const FleetFilter& filter) {
  std::vector<Rank> ranks;
  for (const auto& [service, state] : engine.decisions()) {
    if (!state.decision || !matches(state, filter)) continue;
    ranks.push_back({state.revisit ? urgency(state.revisit->state) : 0,
                     severity(worst_verdict(state)), nearness(state), &state});
  }
  std::sort(ranks.begin(), ranks.end(), comes_first);
  std::vector<const DecisionState*> selected;
  selected.reserve(ranks.size());
  for (const Rank& rank : ranks) selected.push_back(rank.state);
  return selected;
}

const DecisionState* find_decision(const rules::Engine& engine, std::string_view service) {
  const auto found = engine.decisions().find(service);
  return found == engine.decisions().end() || !found->second.decision ? nullptr : &found->second;
}

const rules::Trigger* find_trigger(const rules::Decision& decision, std::string_view name) {
  for (const rules::Trigger& trigger : decision.triggers) {
    if (trigger.name == name) return &trigger;
  }
  return nullptr;
}

SignalUse use_of(const rules::Engine& engine, const DecisionState& state, std::string_view signal) {
  SignalUse use;
  for (const rules::Trigger& trigger : state.decision->triggers) {
    const bool named = trigger.when.signals().contains(signal) ||
                       (trigger.provided && trigger.provided->signals().contains(signal));
    if (named && trigger.window > use.window) {
      use = {rules::slot_length(trigger.window, engine.options().ladder), trigger.window, &trigger};
    }
  }
  if (use.trigger == nullptr) use.length = engine.options().ladder.front();
  return use;
}

const rules::LastValue* newest_value(const DecisionState& state, std::string_view signal,
                                     Duration* length) {
  const rules::LastValue* newest = nullptr;
  TimePoint newest_end{};
  for (const auto& [key, last] : state.last_values) {
    if (key.first != signal) continue;
    const TimePoint end = slot_start(last.index + 1, key.second);
    if (newest != nullptr && end <= newest_end) continue;
    newest = &last;
    newest_end = end;
    if (length != nullptr) *length = key.second;
  }
  return newest;
}

bool is_of_newest_slot(const rules::Engine& engine, const rules::LastValue& last, Duration length) {
  return last.index >= engine.last_slot(length).value_or(last.index);
}

}  // namespace revisitd::daemon::web
