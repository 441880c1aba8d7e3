#include "rules/assessment_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "rules/json_reader.h"

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;
using Counts = std::map<std::string, int, std::less<>>;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json inputs_json(const std::vector<InputValue>& inputs) {
  Json json = Json::object();
  for (const InputValue& input : inputs) {
    if (!input.value && input.text.empty()) {
      json[input.name] = nullptr;
      continue;
    }
    Json one;
    one["value"] = input.value ? number(input.value->value) : Json(input.text);
    if (input.value) one["unit"] = unit_name(input.value->unit);
    if (!input.source.empty()) one["source"] = input.source;
    if (input.at != TimePoint{}) one["at"] = format_time(input.at);
    json[input.name] = std::move(one);
  }
  return json;
}

Json language_json(const LanguageScore& language) {
  Json criteria = Json::array();
  for (const Criterion& c : language.criteria) {
    criteria.push_back({{"name", c.name},
                        {"score", c.score ? number(*c.score) : Json(nullptr)},
                        {"weight", number(c.weight)},
                        {"then", inputs_json(c.then)},
                        {"now", inputs_json(c.now)},
                        {"why", c.why}});
  }
  return {{"score", number(language.score)}, {"criteria", std::move(criteria)}};
}

Counts read_counts(JsonReader& json) {
  Counts counts;
  json.object([&](std::string_view language) {
    counts.insert_or_assign(counts.end(), std::string(language), json.integer<int>());
  });
  return counts;
}

TimePoint read_time(JsonReader& json) {
  const auto parsed = parse_time(json.text());
  return parsed ? *parsed : TimePoint{};
}

PeopleInputs read_people(JsonReader& json) {
  PeopleInputs people;
  json.members(required_member("members", [&] { people.members = json.integer<int>(); }),
               required_member("knows", [&] { people.knows = read_counts(json); }),
               required_member("shipped",
                               [&] {
                                 people.shipped.reset();
                                 if (!json.null()) people.shipped = read_counts(json);
                               }),
               required_member("fluent", [&] { people.fluent = read_counts(json); }),
               required_member("staying", [&] { people.staying = read_counts(json); }),
               required_member("around", [&] { people.around = read_counts(json); }),
               required_member("source", [&] { people.source = json.text(); }),
               required_member("at", [&] { people.at = read_time(json); }));
  return people;
}

FleetInputs read_fleet(JsonReader& json) {
  FleetInputs fleet;
  json.members(required_member("team", [&] { fleet.team = read_counts(json); }),
               required_member("fleet", [&] { fleet.fleet = read_counts(json); }));
  return fleet;
}

Measurement read_measurement(JsonReader& json) {
  Measurement m;
  json.members(required_member("value", [&] { m.quantity.value = json.number(); }),
               required_member("unit",
                               [&] {
                                 const auto unit = parse_unit(json.text());
                                 m.quantity.unit = unit ? *unit : Unit::number;
                               }),
               required_member("source", [&] { m.source = json.text(); }),
               required_member("at", [&] { m.at = read_time(json); }));
  return m;
}

}  // namespace

Json to_json(const Assessment& a) {
  Json json{{"service", a.service},
            {"decision", a.decision},
            {"chosen", a.chosen},
            {"result", assessment_result_name(a.result)},
            {"leans", a.leans.empty() ? Json(nullptr) : Json(a.leans)},
            {"margin", a.margin ? number(*a.margin) : Json(nullptr)},
            {"confidence", number(a.confidence)},
            {"gate", Json::array()},
            {"languages", Json::object()},
            {"moved", Json::array()}};
  for (const GateEntry& entry : a.gate) {
    json["gate"].push_back(
        {{"language", entry.language}, {"over", entry.over}, {"why", entry.why}});
  }
  for (const LanguageScore& l : a.languages) json["languages"][l.language] = language_json(l);
  for (const MovedInput& m : a.moved) {
    json["moved"].push_back({{"input", m.input},
                             {"then", number(m.then.value)},
                             {"now", number(m.now.value)},
                             {"unit", unit_name(m.now.unit)}});
  }
  json["missing"] = a.missing;
  json["summary"] = summary(a);
  json["at"] = format_time(a.at);
  return json;
}

std::string to_json_text(const Assessment& a) {
  return to_json(a).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const DecisionInputs& inputs) {
  Json json{{"at", format_time(inputs.at)}, {"signals", Json::object()}};
  for (const auto& [name, m] : inputs.signals) {
    json["signals"][name] = {{"value", m.quantity.value},
                             {"unit", unit_name(m.quantity.unit)},
                             {"source", m.source},
                             {"at", format_time(m.at)}};
  }
  if (inputs.people) {
    const PeopleInputs& p = *inputs.people;
    json["people"] = {{"members", p.members},
                      {"knows", p.knows},
                      {"shipped", p.shipped ? Json(*p.shipped) : Json(nullptr)},
                      {"fluent", p.fluent},
                      {"staying", p.staying},
                      {"around", p.around},
                      {"source", p.source},
                      {"at", format_time(p.at)}};
  }
  if (inputs.fleet) {
    json["fleet"] = {{"team", inputs.fleet->team}, {"fleet", inputs.fleet->fleet}};
  }
  return json;
}

DecisionInputs read_decision_inputs(JsonReader& json) {
  DecisionInputs inputs;
  json.members(required_member("at", [&] { inputs.at = read_time(json); }),
               required_member("signals",
                               [&] {
                                 json.object([&](std::string_view name) {
                                   inputs.signals.insert_or_assign(std::string(name),
                                                                   read_measurement(json));
                                 });
                               }),
               optional_member("people", [&] { inputs.people = read_people(json); }),
               optional_member("fleet", [&] { inputs.fleet = read_fleet(json); }));
  return inputs;
}

}  // namespace revisitd::rules
