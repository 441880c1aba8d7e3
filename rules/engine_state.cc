#include <algorithm>
#include <nlohmann/json.hpp>

#include "rules/engine.h"
#include "rules/revisit_json.h"

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

Json time_json(const std::optional<TimePoint>& time) {
  return time ? Json(to_millis(*time)) : Json(nullptr);
}

std::optional<TimePoint> time_from(const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end() || !at->is_number_integer()) return std::nullopt;
  return from_millis(at->get<std::int64_t>());
}

Json save_trigger(const TriggerState& t) {
  Json json{{"meaning", t.meaning},
            {"length", t.length.count()},
            {"ledger", t.ledger.encode()},
            {"verdict", verdict_name(t.verdict)},
            {"standing", verdict_name(t.standing)},
            {"since", time_json(t.since)}};
  if (!t.armed) json["armed"] = false;
  if (t.in_revisit) json["in_revisit"] = true;
  if (t.rearm_at) json["rearm_at"] = time_json(t.rearm_at);
  if (t.blind_run > 0) json["blind_run"] = t.blind_run;
  if (t.blind_told) json["blind_told"] = true;
  if (t.worse_run > 0) json["worse_run"] = t.worse_run;
  if (t.load != LoadMeans{}) {
    json["load"] = {t.load.calm.mean, t.load.calm.count, t.load.breach.mean, t.load.breach.count};
  }
  return json;
}

Json save_versions(const std::map<Duration, VersionLog>& versions) {
  Json json = Json::array();
  for (const auto& [length, log] : versions) {
    Json changes = Json::array();
    for (const VersionLog::Change& c : log.changes()) changes.push_back({c.index, c.from, c.to});
    json.push_back(
        {{"length", length.count()}, {"current", log.current()}, {"changes", std::move(changes)}});
  }
  return json;
}

std::map<Duration, VersionLog> load_versions(const Json& json) {
  std::map<Duration, VersionLog> versions;
  for (const Json& log : json) {
    std::deque<VersionLog::Change> changes;
    for (const Json& c : log.at("changes")) {
      changes.push_back(
          {c.at(0).get<std::int64_t>(), c.at(1).get<std::string>(), c.at(2).get<std::string>()});
    }
    versions.emplace(Duration(log.at("length").get<std::int64_t>()),
                     VersionLog(log.at("current").get<std::string>(), std::move(changes)));
  }
  return versions;
}

Result<TriggerState> load_trigger(const Json& json) {
  TriggerState t;
  t.meaning = json.at("meaning").get<std::string>();
  t.length = Duration(json.at("length").get<std::int64_t>());
  auto ledger = SlotLedger::decode(json.at("ledger").get<std::string>());
  if (!ledger) return ledger.error();
  t.ledger = *std::move(ledger);
  const auto verdict = parse_verdict(json.at("verdict").get<std::string>());
  const auto standing = parse_verdict(json.at("standing").get<std::string>());
  if (!verdict || !standing || t.length.count() <= 0)
    return Error{"unknown verdict or slot length"};
  t.verdict = *verdict;
  t.standing = *standing;
  t.since = time_from(json, "since");
  t.armed = json.value("armed", true);
  t.in_revisit = json.value("in_revisit", false);
  t.rearm_at = time_from(json, "rearm_at");
  t.blind_run = json.value("blind_run", 0);
  t.blind_told = json.value("blind_told", false);
  t.worse_run = json.value("worse_run", 0);
  if (const auto load = json.find("load"); load != json.end()) {
    t.load = {{load->at(0).get<double>(), load->at(1).get<int>()},
              {load->at(2).get<double>(), load->at(3).get<int>()}};
  }
  return t;
}

}  // namespace

std::string Engine::save(const std::string& service) const {
  const DecisionState& state = decisions_.at(service);
  Json json{{"revision", state.revision}, {"triggers", Json::object()}};
  for (const auto& [name, trigger] : state.triggers) json["triggers"][name] = save_trigger(trigger);
  if (state.revisit) json["revisit"] = to_json(*state.revisit);
  if (!state.versions.empty()) json["versions"] = save_versions(state.versions);
  if (state.review_due_told) json["review_due_told"] = time_json(state.review_due_told);
  if (state.review_overdue_told) json["review_overdue_told"] = time_json(state.review_overdue_told);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status Engine::restore(const std::string& service, std::string_view text) {
  try {
    const Json json = Json::parse(text);
    DecisionState state;
    state.service = service;
    state.revision = json.at("revision").get<std::string>();
    for (const auto& [name, saved] : json.at("triggers").items()) {
      auto trigger = load_trigger(saved);
      if (!trigger) return trigger.error();
      if (const auto last = trigger->ledger.last()) {
        std::int64_t& newest = last_slots_.try_emplace(trigger->length, *last).first->second;
        newest = std::max(newest, *last);
      }
      state.triggers.emplace(name, *std::move(trigger));
    }
    if (const auto saved = json.find("revisit"); saved != json.end()) {
      auto revisit = revisit_from_json(*saved);
      if (!revisit) return revisit.error();
      state.revisit = *std::move(revisit);
    }
    if (const auto saved = json.find("versions"); saved != json.end()) {
      state.versions = load_versions(*saved);
    }
    state.review_due_told = time_from(json, "review_due_told");
    state.review_overdue_told = time_from(json, "review_overdue_told");
    decisions_.insert_or_assign(service, std::move(state));
    return Ok{};
  } catch (const Json::exception& e) {
    return Error{std::string("saved state of a decision cannot be read: ") + e.what()};
  }
}

}  // namespace revisitd::rules
