#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/request_values.h"
#include "daemon/web/roster_view.h"

namespace revisitd::daemon::web {
namespace {

using ShippedLanguages = std::map<std::string, rules::Shipped, std::less<>>;

Json count_json(std::optional<int> count) { return count ? Json(*count) : Json(nullptr); }

Json leaving_json(const LeavingRow& row, TimePoint now) {
  Json json{{"last_day", format_date(row.departure.last_day)},
            {"days_left", row.departure.days_left(now)},
            {"people", row.departure.people},
            {"members_then", row.members},
            {"languages_then", Json::object()}};
  for (const auto& language : row.languages) {
    json["languages_then"][language.name] = {{"fluent", language.fluent},
                                             {"shipped", language.shipped}};
  }
  return json;
}

// `shipped`: what git saw; how often is nobody's business, whether often enough is.
Json person_json(const rules::Member& member, const ShippedLanguages& shipped, TimePoint now) {
  Json person{{"name", member.name},
              {"languages", Json::object()},
              {"on_team", rules::on_team(member, now)}};
  for (const auto& [language, level] : member.languages)
    person["languages"][language] = rules::fluency_name(level);
  if (member.since) person["since"] = format_date(*member.since);
  if (member.until) person["until"] = format_date(*member.until);
  person["git"] = Json::object();
  for (const auto& [language, seen] : shipped) {
    person["git"][language] = {{"shipped", member.shipping.contains(language)},
                               {"last_shipped", format_date(seen.last)}};
  }
  return person;
}

Json team_json(const rules::Roster& roster, const rules::Team& team, const FluencyStatus& fluency,
               TimePoint now, bool names) {
  Json json{{"team", team.name},
            {"members", roster.members(team.name, now).value_or(0)},
            {"languages", Json::object()},
            {"leaving", Json::array()}};
  for (const std::string& language : languages_of(team)) {
    json["languages"][language] = {
        {"fluent", roster.fluent(team.name, language, now).value_or(0)},
        {"shipped", count_json(roster.shipped(team.name, language, now))}};
  }
  for (const auto& [language, last] : rules::last_shipped(team, fluency.readings, now))
    json["languages"][language]["last_shipped"] = format_date(last);
  for (const LeavingRow& row : leaving_rows(roster, team, now))
    json["leaving"].push_back(leaving_json(row, now));
  if (!names) return json;
  json["people"] = Json::array();
  const std::vector<ShippedLanguages> shipped = rules::shipped_by_member(team, fluency.readings);
  for (std::size_t i = 0; i < team.members.size(); ++i)
    json["people"].push_back(person_json(team.members[i], shipped[i], now));
  return json;
}

Json repository_json(const collectors::GitRepositoryStatus& status, const FluencyStatus& fluency,
                     TimePoint now) {
  Json json{{"path", status.path},
            {"service", status.service},
            {"state", status.reading            ? "reading"
                      : !status.problem.empty() ? "bad"
                      : status.read_at          ? "good"
                                                : "unread"},
            {"progress", status.progress},
            {"read_at", time_json(status.read_at)},
            {"valid", status.read_at && now < *status.read_at + fluency.options.validity},
            {"commits", status.commits},
            {"new_commits", status.fresh},
            {"took_seconds", to_seconds(status.took)},
            {"rewritten", status.rewritten},
            {"problem", status.problem}};
  return json;
}

Json services_json(const FluencyStatus& fluency) {
  Json services = Json::array();
  for (const ServiceCode& code : service_code(fluency)) {
    Json languages = Json::object();
    for (const auto& [language, last] : code.last_shipped)
      languages[language] = {{"last_shipped", format_date(last)}};
    services.push_back({{"service", code.service},
                        {"team", code.team},
                        {"truck_factor", code.truck_factor},
                        {"authors", code.authors},
                        {"languages", std::move(languages)}});
  }
  return services;
}

// Counts; whom they are about only where names are shown.
Json disagreements_json(const FluencyStatus& fluency, bool names) {
  Json list = Json::array();
  for (const DisagreementRow& row : disagreement_rows(fluency)) {
    Json json{{"team", row.team},
              {"language", row.language},
              {"kind",
               row.kind == rules::Disagreement::Kind::roster_alone ? "roster-alone" : "git-alone"},
              {"people", row.people.size()},
              {"why", row.why}};
    if (names) json["names"] = row.people;
    list.push_back(std::move(json));
  }
  return list;
}

Json git_json(const FluencyStatus& fluency, TimePoint now, bool names) {
  Json json{{"window_days", fluency.options.window / std::chrono::hours(24)},
            {"min_commits", fluency.options.min_commits},
            {"repositories", Json::array()},
            {"services", services_json(fluency)},
            {"disagreements", disagreements_json(fluency, names)}};
  for (const auto& status : fluency.repositories)
    json["repositories"].push_back(repository_json(status, fluency, now));
  return json;
}

Json source_json(const RosterSourceStatus& source) {
  return {{"name", source.name},      {"kind", source.kind},
          {"state", source.state},    {"read_at", time_json(source.read_at)},
          {"valid", source.valid},    {"people", source.people},
          {"problem", source.problem}};
}

}  // namespace

HttpResponse api_roster(const Call& call) {
  const RosterStatus status = call.app.roster_status();
  Json data{{"source", status.source},        {"read_at", time_json(status.read_at)},
            {"valid", status.valid},          {"problem", status.problem},
            {"sources", Json::array()},       {"people", 0},
            {"on_no_team", status.elsewhere}, {"teams", Json::array()}};
  for (const RosterSourceStatus& source : status.sources)
    data["sources"].push_back(source_json(source));
  const FluencyStatus fluency = call.app.fluency();
  const TimePoint now = call.app.now();
  const bool names = call.app.show_roster_names();
  if (!fluency.repositories.empty()) data["git"] = git_json(fluency, now, names);
  if (const auto roster = call.app.engine().rosters().newest()) {
    data["people"] = roster->on_teams(now);
    for (const auto& [name, team] : roster->teams) {
      data["teams"].push_back(team_json(*roster, team, fluency, now, names));
    }
  }
  return api_success(data);
}

HttpResponse api_confirm_roster(const Call& call) {
  // Whose word it is, and why, as for an acknowledgement.
  const auto word =
      read_action(call.request.body, rules::Action::Kind::acknowledge, call.app.now());
  if (!word) return api_error(ApiError::bad_data, word.error().message);
  if (word->by.empty()) return api_error(ApiError::bad_data, "`by`: expected who says so");
  const std::vector<std::string> sources = call.app.confirm_roster(word->by);
  if (sources.empty()) return api_error(ApiError::conflict, "no roster waits for somebody's word");
  return api_success({{"sources", sources}});
}

}  // namespace revisitd::daemon::web
