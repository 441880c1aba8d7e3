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

std::string readings_to_json(const std::vector<collectors::LastReading>& readings) {
  Json list = Json::array();
  for (const collectors::LastReading& reading : readings) {
    Json& json = list.emplace_back(to_json(*reading.roster));
    for (const collectors::CataloguedService& service : reading.services)
      json["services"].push_back({{"name", service.name}, {"owner", service.owner}});
  }
  return dump(list);
}

std::vector<collectors::LastReading> readings_from_json(std::string_view text) {
  std::vector<collectors::LastReading> readings;
  try {
    for (const Json& json : Json::parse(text)) {
      collectors::LastReading& reading = readings.emplace_back();
      reading.roster = from_json(json);
      for (const Json& service : json.value("services", Json::array())) {
        reading.services.push_back(
            {service.at("name").get<std::string>(), service.at("owner").get<std::string>()});
      }
    }
  } catch (const Json::exception&) {
    readings.clear();
  }
  return readings;
}

std::string read_times_to_json(const RosterReadTimes& times) {
  Json json{{"read_at", to_millis(times.read_at)}, {"sources", Json::object()}};
  if (times.valid_until) json["valid_until"] = to_millis(*times.valid_until);
  for (const auto& [name, at] : times.sources) json["sources"][name] = to_millis(at);
  return dump(json);
}

RosterReadTimes read_times_from_json(std::string_view text) {
  RosterReadTimes times;
  const auto time = [](const Json& json) { return from_millis(json.get<std::int64_t>()); };
  try {
    const Json json = Json::parse(text);
    // Earlier versions wrote the time of the roster alone.
    times.read_at = time(json.is_number() ? json : json.at("read_at"));
    if (json.contains("valid_until")) times.valid_until = time(json.at("valid_until"));
    if (json.contains("sources")) {
      for (const auto& [name, at] : json.at("sources").items()) times.sources[name] = time(at);
    }
  } catch (const Json::exception&) {
    times = {};
  }
  return times;
}

std::shared_ptr<const rules::Roster> read_again(const rules::Roster& roster,
                                                const RosterReadTimes& times) {
  auto again = std::make_shared<rules::Roster>(roster);
  const TimePoint until = times.valid_until.value_or(times.read_at + roster.validity);
  again->validity = std::max(roster.validity, until - roster.read_at);
  return again;
}

std::shared_ptr<const rules::Roster> read_last(const rules::Roster& roster,
                                               const RosterReadTimes& times) {
  const TimePoint until = roster.read_at + read_again(roster, times)->validity;
  auto last = std::make_shared<rules::Roster>(roster);
  last->read_at = std::max(roster.read_at, times.read_at);
  last->validity = std::max<Duration>(until - last->read_at, {});
  return last;
}

void set_read_last(collectors::LastReading& reading, const RosterReadTimes& times) {
  TimePoint at = times.sources.empty() ? times.read_at : TimePoint{};
  if (const auto known = times.sources.find(reading.roster->source); known != times.sources.end())
    at = known->second;
  auto last = std::make_shared<rules::Roster>(*reading.roster);
  last->read_at = std::max(last->read_at, at);
  reading.roster = std::move(last);
}

}  // namespace revisitd::daemon
