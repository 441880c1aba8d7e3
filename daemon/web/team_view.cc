#include "daemon/web/team_view.h"

#include <algorithm>

namespace revisitd::daemon::web {
namespace {

using rules::Decision;

using Languages = std::map<std::string, LanguageUse>;

void add(Languages& languages, const Decision& d, const ServiceRuntime& runtime) {
  LanguageUse& own = languages[d.language];
  own.services.push_back(d.service);
  if (runtime.drift == ServiceRuntime::Drift::drift) {
    for (const auto& [language, text] : runtime.running) {
      LanguageUse& use = languages[language];
      use.drifted.push_back(d.service);
      for (const std::string& v : rules::versions_in(text)) use.versions[v].push_back(d.service);
    }
    return;
  }
  const auto running = runtime.running.find(d.language);
  if (!d.runtime.empty() || running == runtime.running.end()) {
    own.versions[d.runtime].push_back(d.service);
    return;
  }
  for (const std::string& v : rules::versions_in(running->second))
    own.versions[v].push_back(d.service);
}

// What is decided for, that is: drift is not meant to last.
bool decided_for(const TeamView& team, const std::string& language) {
  const auto use = team.languages.find(language);
  return use != team.languages.end() && !use->second.services.empty();
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
  const auto before = static_cast<std::size_t>(
      std::count_if(team.languages.begin(), team.languages.end(),
                    [](const auto& use) { return !use.second.services.empty(); }));
  const auto own = team.languages.find(d.language);
  const bool last = own != team.languages.end() && own->second.services.size() == 1;
  for (const std::string& to : d.alternatives) {
    if (to == d.language) continue;
    const std::size_t after = before + (decided_for(team, to) ? 0 : 1) - (last ? 1 : 0);
    const bool same_kind = last && !decided_for(team, to);
    if (after == before && !same_kind) continue;
    team.changes.push_back({d.service, d.language, to, before, after});
  }
}

}  // namespace

FleetView view_fleet(const rules::Engine& engine, const RuntimeFacts& facts, TimePoint at) {
  FleetView view;
  std::map<std::string, TeamView> teams;
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::vector<std::string>>>
      by_work;
  for (const auto& [service, state] : engine.decisions()) {
    if (!state.decision) continue;
    const Decision& d = *state.decision;
    ++view.services;
    const auto known = facts.services.find(service);
    const ServiceRuntime runtime = known == facts.services.end() ? ServiceRuntime{} : known->second;
    add(view.languages, d, runtime);
    TeamView& team = teams[d.team];
    team.team = d.team;
    add(team.languages, d, runtime);
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
