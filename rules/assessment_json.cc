#include "rules/assessment_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

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

Counts counts_from(const Json& json) { return json.get<Counts>(); }

std::optional<Counts> counts_if_known(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return counts_from(json);
}

TimePoint time_from(const Json& json) {
  const auto parsed = parse_time(json.get<std::string>());
  return parsed ? *parsed : TimePoint{};
}

PeopleInputs people_from(const Json& json) {
  return {.members = json.at("members").get<int>(),
          .knows = counts_from(json.at("knows")),
          .shipped = counts_if_known(json.at("shipped")),
          .fluent = counts_from(json.at("fluent")),
          .staying = counts_from(json.at("staying")),
          .around = counts_from(json.at("around")),
          .source = json.at("source").get<std::string>(),
          .at = time_from(json.at("at"))};
}

Measurement measured_from(const Json& json) {
  const auto unit = parse_unit(json.at("unit").get<std::string>());
  return {.quantity = {json.at("value").get<double>(), unit ? *unit : Unit::number},
          .source = json.at("source").get<std::string>(),
          .at = time_from(json.at("at"))};
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

Result<DecisionInputs> decision_inputs_from_json(const Json& json) {
  try {
    DecisionInputs inputs;
    inputs.at = time_from(json.at("at"));
    for (const auto& [name, m] : json.at("signals").items()) {
      inputs.signals.emplace(name, measured_from(m));
    }
    if (const auto people = json.find("people"); people != json.end()) {
      inputs.people = people_from(*people);
    }
    if (const auto fleet = json.find("fleet"); fleet != json.end()) {
      inputs.fleet = FleetInputs{counts_from(fleet->at("team")), counts_from(fleet->at("fleet"))};
    }
    return inputs;
  } catch (const Json::exception& e) {
    return Error{std::string("not the inputs of a decision: ") + e.what()};
  }
}

}  // namespace revisitd::rules
