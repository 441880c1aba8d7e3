#include "rules/fleet_facts.h"

namespace revisitd::rules {

FleetFacts FleetFacts::of(const std::map<std::string, DecisionState, std::less<>>& decisions) {
  FleetFacts facts;
  for (const auto& [service, state] : decisions) {
    if (!state.decision) continue;
    ++facts.services;
    ++facts.services_by_language[state.decision->language];
    if (state.decision->team.empty()) continue;
    ++facts.languages_by_team[state.decision->team][state.decision->language];
  }
  return facts;
}

}  // namespace revisitd::rules
