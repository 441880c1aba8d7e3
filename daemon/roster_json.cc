#include "daemon/roster_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace revisitd::daemon {
namespace {

using Json = nlohmann::ordered_json;

Json member_json(const rules::Member& member) {
  Json json{{"name", member.name}, {"languages", Json::object()}};
  for (const auto& [language, level] : member.languages)
    json["languages"][language] = rules::fluency_name(level);
  if (member.since) json["since"] = to_millis(*member.since);
  if (member.until) json["until"] = to_millis(*member.until);
  if (!member.emails.empty()) json["emails"] = member.emails;
  if (!member.shipping.empty()) json["shipping"] = member.shipping;
  return json;
}

rules::Member member_from(const Json& json) {
  rules::Member member;
  member.name = json.at("name").get<std::string>();
  for (const auto& [language, level] : json.at("languages").items()) {
    if (const auto known = rules::parse_fluency(level.get<std::string>()))
      member.languages[language] = *known;
  }
  if (json.contains("since")) member.since = from_millis(json.at("since").get<std::int64_t>());
  if (json.contains("until")) member.until = from_millis(json.at("until").get<std::int64_t>());
  if (json.contains("emails")) json.at("emails").get_to(member.emails);
  if (json.contains("shipping")) {
    for (const Json& language : json.at("shipping"))
      member.shipping.insert(language.get<std::string>());
  }
  return member;
}

Json to_json(const rules::Roster& roster) {
  Json json{{"read_at", to_millis(roster.read_at)},
            {"validity", roster.validity.count()},
            {"source", roster.source},
            {"teams", Json::object()}};
  for (const auto& [name, team] : roster.teams) {
    Json& members = json["teams"][name] = Json::array();
    for (const rules::Member& member : team.members) members.push_back(member_json(member));
  }
  for (const rules::Member& member : roster.elsewhere)
    json["elsewhere"].push_back(member_json(member));
  if (roster.evidence_until) json["evidence_until"] = to_millis(*roster.evidence_until);
  return json;
}

std::shared_ptr<const rules::Roster> from_json(const Json& json) {
  auto roster = std::make_shared<rules::Roster>();
  roster->read_at = from_millis(json.at("read_at").get<std::int64_t>());
  roster->validity = Duration(json.at("validity").get<std::int64_t>());
  roster->source = json.at("source").get<std::string>();
  for (const auto& [name, members] : json.at("teams").items()) {
    rules::Team& team = roster->teams[name];
    team.name = name;
    for (const Json& member : members) team.members.push_back(member_from(member));
  }
  for (const Json& member : json.value("elsewhere", Json::array()))
    roster->elsewhere.push_back(member_from(member));
  if (json.contains("evidence_until"))
    roster->evidence_until = from_millis(json.at("evidence_until").get<std::int64_t>());
  return roster;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string roster_to_json(const rules::Roster& roster) { return dump(to_json(roster)); }

std::shared_ptr<const rules::Roster> roster_from_json(std::string_view text) {
  try {
    return from_json(Json::parse(text));
  } catch (const Json::exception&) {
    return nullptr;
  }
}

std::string rosters_to_json(const std::vector<std::shared_ptr<const rules::Roster>>& rosters) {
  Json list = Json::array();
  for (const auto& roster : rosters) list.push_back(to_json(*roster));
  return dump(list);
}

std::vector<std::shared_ptr<const rules::Roster>> rosters_from_json(std::string_view text) {
  std::vector<std::shared_ptr<const rules::Roster>> rosters;
  try {
    for (const Json& json : Json::parse(text)) rosters.push_back(from_json(json));
  } catch (const Json::exception&) {
    rosters.clear();
  }
  return rosters;
}

std::shared_ptr<const rules::Roster> read_again(const rules::Roster& roster, TimePoint last_read) {
  auto again = std::make_shared<rules::Roster>(roster);
  again->validity += std::max<Duration>(last_read - roster.read_at, {});
  return again;
}

}  // namespace revisitd::daemon
