#include "daemon/web/roster_view.h"

#include <algorithm>

namespace revisitd::daemon::web {

std::set<std::string> languages_of(const rules::Team& team) {
  std::set<std::string> languages;
  for (const rules::Member& member : team.members) {
    for (const auto& [language, level] : member.languages) languages.insert(language);
    languages.insert(member.shipping.begin(), member.shipping.end());
  }
  return languages;
}

std::vector<LeavingRow> leaving_rows(const rules::Roster& roster, const rules::Team& team,
                                     TimePoint now) {
  // What git saw stays true of those who stay, however long it may be relied on.
  rules::Roster lasting;
  lasting.teams.emplace(team.name, team);
  std::vector<LeavingRow> rows;
  for (const rules::Departure& departure : departures(team, now)) {
    const TimePoint then = departure.gone();
    LeavingRow row;
    row.departure = departure;
    row.members = roster.members(team.name, then).value_or(0);
    for (const std::string& language : languages_of(team)) {
      const auto fluent = [&](TimePoint at) {
        return lasting.fluent(team.name, language, at).value_or(0);
      };
      const auto shipped = [&](TimePoint at) {
        return lasting.shipped(team.name, language, at).value_or(0);
      };
      if (fluent(then) < fluent(now) || shipped(then) < shipped(now))
        row.languages.push_back({language, fluent(then), shipped(then)});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ServiceCode> service_code(const FluencyStatus& fluency) {
  std::map<std::string, std::vector<const rules::GitRepository*>> by_service;
  for (const rules::GitRepository& repository : fluency.readings)
    by_service[repository.service].push_back(&repository);
  std::vector<ServiceCode> all;
  for (const auto& [service, repositories] : by_service) {
    ServiceCode code;
    code.service = service;
    code.truck_factor = rules::truck_factor(repositories);
    std::set<std::string> authors;
    for (const rules::GitRepository* repository : repositories) {
      if (code.team.empty()) code.team = repository->team;
      for (const rules::GitAuthor& author : repository->authors) {
        authors.insert(author.email);
        for (const auto& [language, shipped] : author.languages) {
          TimePoint& last = code.last_shipped[language];
          last = std::max(last, shipped.last);
        }
      }
    }
    code.authors = authors.size();
    all.push_back(std::move(code));
  }
  return all;
}

std::vector<DisagreementRow> disagreement_rows(const FluencyStatus& fluency) {
  const std::string days = std::to_string(fluency.options.window / std::chrono::hours(24)) + " d";
  std::vector<DisagreementRow> rows;
  for (const rules::Disagreement& d : fluency.disagreements) {
    if (rows.empty() || rows.back().team != d.team || rows.back().language != d.language ||
        rows.back().kind != d.kind) {
      DisagreementRow row{d.team, d.language, d.kind, {}, ""};
      row.why = d.kind == rules::Disagreement::Kind::roster_alone
                    ? "the roster says shipped or fluent in " + d.language + ", and git has no " +
                          d.language + " commit in " + days
                    : "git has at least " + std::to_string(fluency.options.min_commits) + " " +
                          d.language + " commits in " + days + ", and the roster does not say so";
      rows.push_back(std::move(row));
    }
    rows.back().people.push_back(d.person);
  }
  return rows;
}

}  // namespace revisitd::daemon::web
