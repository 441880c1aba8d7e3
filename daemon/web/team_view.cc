#include "daemon/web/team_view.h"

namespace revisitd::daemon::web {
namespace {

using rules::Decision;

void add(LanguageUse& use, const Decision& d) {
  use.services.push_back(d.service);
  use.versions[d.runtime].push_back(d.service);
}

void add_people(TeamView& team, const rules::Roster& roster, TimePoint at) {
  team.members = roster.members(team.team, at);
  if (!team.members) return;
  for (const auto& [language, use] : team.languages) {
    const int fluent = roster.fluent(team.team, language, at).value_or(0);
    team.fluent[language] = fluent;
    team.shipped[language] = roster.shipped(team.team, language, at);
    if (fluent == 1) team.single_person.push_back(language);
    if (fluent == 0) team.nobody.push_back(language);
  }
}

// Runtimes that would come or go if the service took the other language.
void add_changes(TeamView& team, const Decision& d) {
  const std::size_t before = team.languages.size();
  const auto own = team.languages.find(d.language);
  const bool last = own != team.languages.end() && own->second.services.size() == 1;
  for (const std::string& to : d.alternatives) {
    if (to == d.language) continue;
    const std::size_t after = before + (team.languages.contains(to) ? 0 : 1) - (last ? 1 : 0);
    const bool same_kind = last && !team.languages.contains(to);
    if (after == before && !same_kind) continue;
    team.changes.push_back({d.service, d.language, to, before, after});
  }
}

}  // namespace

FleetView view_fleet(const rules::Engine& engine, TimePoint at) {
  FleetView view;
  std::map<std::string, TeamView> teams;
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::vector<std::string>>>
      by_work;
  for (const auto& [service, state] : engine.decisions()) {
    if (!state.decision) continue;
    const Decision& d = *state.decision;
    ++view.services;
    add(view.languages[d.language], d);
    TeamView& team = teams[d.team];
    team.team = d.team;
    add(team.languages[d.language], d);
    if (!d.team.empty() && !d.workload.empty()) {
      by_work[{d.team, d.workload}][d.language].push_back(service);
    }
  }
  for (const auto& [service, state] : engine.decisions()) {
    if (state.decision && !state.decision->team.empty()) {
      add_changes(teams[state.decision->team], *state.decision);
    }
  }
  const rules::Roster* roster = engine.rosters().at(at);
  for (auto& [name, team] : teams) {
    if (roster != nullptr) add_people(team, *roster, at);
    view.teams.push_back(std::move(team));
  }
  for (auto& [key, languages] : by_work) {
    if (languages.size() > 1) {
      view.contradictions.push_back({key.first, key.second, std::move(languages)});
    }
  }
  return view;
}

}  // namespace revisitd::daemon::web
