#include "rules/assessor.h"

#include <algorithm>
#include <utility>

namespace revisitd::rules {
namespace {

using Counts = std::map<std::string, int, std::less<>>;

// Fluent people who go within this time are not counted on.
constexpr Duration kStaying = std::chrono::hours(24 * 90);

std::string source_of(const SignalSpec* spec) {
  if (spec == nullptr) return "scrape";
  return spec->reduction == Reduction::query ? "prometheus " + spec->from : "scrape";
}

const SignalSpec* spec_of(const Decision& decision, std::string_view signal) {
  const auto found = decision.signals.find(signal);
  return found == decision.signals.end() ? nullptr : &found->second;
}

Unit unit_of(const Decision& decision, const std::string& signal) {
  if (const SignalSpec* spec = spec_of(decision, signal)) return spec->unit;
  const auto budget = decision.envelope.find(signal);
  return budget == decision.envelope.end() ? Unit::number : budget->second.unit;
}

void drop_one(Counts& counts, std::string_view language) {
  const auto found = counts.find(language);
  if (found != counts.end() && --found->second <= 0) counts.erase(found);
}

// One measurement for every signal the snapshot has met.
template <class Ask>
void add_signals(const DecisionState& state, Ask ask, DecisionInputs& inputs) {
  for (const auto& [key, means] : state.snapshot.signals) {
    const std::string& signal = key.first;
    if (inputs.signals.contains(signal)) continue;
    const std::optional<MeanValue> mean = ask(signal);
    if (!mean) continue;
    inputs.signals.emplace(signal, Measurement{{mean->value, unit_of(*state.decision, signal)},
                                               source_of(spec_of(*state.decision, signal)),
                                               mean->at});
  }
}

}  // namespace

Counts people_around(const Roster& roster, TimePoint at) {
  Counts counts;
  for (const auto& [name, team] : roster.teams) {
    for (const auto& [language, n] : roster.known(name, at)) counts[language] += n;
  }
  return counts;
}

std::optional<PeopleInputs> people_inputs(const Roster& roster, std::string_view team, TimePoint at,
                                          Counts around) {
  const auto members = roster.members(team, at);
  if (!members) return std::nullopt;
  PeopleInputs people;
  people.members = *members;
  people.knows = roster.known(team, at);
  if (roster.knows_shipped(at)) people.shipped.emplace();
  for (const auto& [language, n] : people.knows) {
    if (const auto shipped = roster.shipped(team, language, at)) {
      (*people.shipped)[language] = *shipped;
    }
    people.fluent[language] = roster.fluent(team, language, at).value_or(0);
    people.staying[language] =
        std::min(people.fluent[language], roster.fluent(team, language, at + kStaying).value_or(0));
  }
  people.around = std::move(around);
  people.source = roster.source;
  people.at = roster.read_at;
  return people;
}

FleetInputs fleet_inputs(const FleetFacts& fleet, const Decision& decision) {
  FleetInputs inputs;
  inputs.fleet = {fleet.services_by_language.begin(), fleet.services_by_language.end()};
  drop_one(inputs.fleet, decision.language);
  const auto team = fleet.languages_by_team.find(decision.team);
  if (team == fleet.languages_by_team.end()) return inputs;
  inputs.team = {team->second.begin(), team->second.end()};
  drop_one(inputs.team, decision.language);
  return inputs;
}

Assessor::Assessor(const Engine& engine, TimePoint at) : engine_(engine), at_(at) {
  if (const Roster* roster = engine.rosters().at(at)) around_ = people_around(*roster, at);
}

DecisionInputs Assessor::of_team(std::string_view team) const {
  DecisionInputs inputs;
  inputs.at = at_;
  if (const Roster* roster = engine_.rosters().at(at_)) {
    inputs.people = people_inputs(*roster, team, at_, around_);
  }
  const FleetFacts& fleet = engine_.fleet();
  inputs.fleet.emplace().fleet = {fleet.services_by_language.begin(),
                                  fleet.services_by_language.end()};
  const auto languages = fleet.languages_by_team.find(std::string(team));
  if (languages != fleet.languages_by_team.end()) {
    inputs.fleet->team = {languages->second.begin(), languages->second.end()};
  }
  return inputs;
}

DecisionInputs Assessor::now(const DecisionState& state) const {
  DecisionInputs inputs;
  inputs.at = at_;
  add_signals(
      state, [&](const std::string& signal) { return state.snapshot.now(signal, at_); }, inputs);
  inputs.language = state.snapshot.language;
  if (const Roster* roster = engine_.rosters().at(at_)) {
    inputs.people = people_inputs(*roster, state.decision->team, at_, around_);
  }
  inputs.fleet = fleet_inputs(engine_.fleet(), *state.decision);
  return inputs;
}

std::optional<DecisionInputs> Assessor::then(const DecisionState& state) const {
  DecisionInputs inputs;
  const Decision& decision = *state.decision;
  inputs.at = state.snapshot.taken.value_or(decision.date);
  for (const auto& [signal, quantity] : decision.inputs) {
    inputs.signals.emplace(signal, Measurement{quantity, "record", decision.date});
  }
  add_signals(
      state, [&](const std::string& signal) { return state.snapshot.then(signal); }, inputs);
  if (state.snapshot.people) inputs.people = *state.snapshot.people;
  if (state.snapshot.fleet) inputs.fleet = *state.snapshot.fleet;
  if (inputs.signals.empty() && !inputs.people && !inputs.fleet) return std::nullopt;
  return inputs;
}

Assessment Assessor::assess(const DecisionState& state) const {
  return rules::assess(candidate_of(*state.decision), then(state), now(state),
                       engine_.options().catalogue);
}

}  // namespace revisitd::rules
