#include "rules/precedents_json.h"

#include <nlohmann/json.hpp>

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<TimePoint> time_of(const Json& json, const char* key) {
  const auto parsed = parse_time(text_of(json, key));
  if (!parsed) return std::nullopt;
  return *parsed;
}

std::map<std::string, Quantity> envelope_of(const Json& json) {
  std::map<std::string, Quantity> envelope;
  const auto found = json.find("envelope");
  if (found == json.end() || !found->is_object()) return envelope;
  for (const auto& [signal, budget] : found->items()) {
    const auto unit = parse_unit(budget.is_object() ? text_of(budget, "unit") : "");
    if (!unit || !budget.contains("budget") || !budget.at("budget").is_number()) continue;
    envelope[signal] = {budget.at("budget").get<double>(), *unit};
  }
  return envelope;
}

}  // namespace

Json to_json(const Precedent& p, TimePoint at) {
  Json envelope = Json::object();
  for (const auto& [signal, q] : p.envelope) {
    envelope[signal] = {{"budget", q.value}, {"unit", unit_name(q.unit)}};
  }
  return {{"service", p.service},
          {"team", p.team},
          {"language", p.language},
          {"workload", p.workload},
          {"record", p.record},
          {"envelope", std::move(envelope)},
          {"decided", format_date(p.decided)},
          {"ended", p.ended ? Json(format_date(*p.ended)) : Json(nullptr)},
          {"held", format_duration(std::chrono::floor<std::chrono::days>(p.held(at)))},
          {"ending", p.ending},
          {"flipped_by", p.flipped_by},
          {"reaffirmed", p.reaffirmed},
          {"distance", p.distance}};
}

TrailNote trail_note_from_json(const Json& json) {
  TrailNote note;
  if (!json.is_object()) return note;
  note.at = time_of(json, "time").value_or(TimePoint{});
  note.type = text_of(json, "type");
  note.service = text_of(json, "service");
  note.team = text_of(json, "team");
  note.language = text_of(json, "language");
  note.record = text_of(json, "record");
  note.date = time_of(json, "date");
  note.workload = text_of(json, "workload");
  note.envelope = envelope_of(json);
  note.trigger = text_of(json, "trigger");
  note.by = text_of(json, "by");
  note.why = text_of(json, "why");
  if (const auto revisit = json.find("revisit"); revisit != json.end() && revisit->is_object()) {
    const auto end = revisit->find("conclusion");
    if (end != revisit->end() && end->is_object()) note.outcome = text_of(*end, "outcome");
  }
  return note;
}

}  // namespace revisitd::rules
