#pragma once

#include <set>
#include <string>
#include <vector>

#include "daemon/app_view.h"
#include "rules/roster.h"

// What the API and the page say of a team: counts, never a person.
namespace revisitd::daemon::web {

// Languages that somebody on the team knows or ships in, at any level.
std::set<std::string> languages_of(const rules::Team& team);

// How a team stands once those who are known to leave are gone.
struct LeavingRow {
  rules::Departure departure;
  int members = 0;
  struct Language {
    std::string name;
    int fluent = 0, shipped = 0;
  };
  std::vector<Language> languages;  // of which fewer know it cold, or have shipped in it, than now
};
std::vector<LeavingRow> leaving_rows(const rules::Roster& roster, const rules::Team& team,
                                     TimePoint now);

// What git says of a service's repositories together.
struct ServiceCode {
  std::string service, team;
  int truck_factor = 0;
  std::size_t authors = 0;
  std::map<std::string, TimePoint, std::less<>> last_shipped;  // by anybody, by language
};
std::vector<ServiceCode> service_code(const FluencyStatus& fluency);

// Disagreements of one kind, team and language.
struct DisagreementRow {
  std::string team, language;
  rules::Disagreement::Kind kind{};
  std::vector<std::string> people;  // not for everybody
  std::string why;
};
std::vector<DisagreementRow> disagreement_rows(const FluencyStatus& fluency);

}  // namespace revisitd::daemon::web
