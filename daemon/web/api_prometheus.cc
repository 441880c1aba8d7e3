#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/fleet.h"
#include "daemon/web/request_values.h"

namespace revisitd::daemon::web {
namespace {

using rules::DecisionState;
using rules::Trigger;
using rules::TriggerState;
using rules::Verdict;

constexpr const char* kNever = "0001-01-01T00:00:00Z";  // Go's zero time, as Prometheus writes it

const char* state_of(const TriggerState& standing) {
  if (standing.verdict == Verdict::tripped) return "firing";
  // Some of the window is in breach, not enough of it.
  return standing.ledger.counts().breach > 0 ? "pending" : "inactive";
}

Json labels_json(const DecisionState& state, const Trigger& trigger) {
  Json labels{{"service", state.decision->service},
              {"team", state.decision->team},
              {"language", state.decision->language}};
  if (!trigger.favours.empty()) labels["favours"] = trigger.favours;
  return labels;
}

Json annotations_json(const DecisionState& state, const Trigger& trigger) {
  Json annotations{{"summary", state.decision->title}};
  if (!trigger.why.empty()) annotations["why"] = trigger.why;
  return annotations;
}

// As Prometheus writes values of alerts: "4e+08".
std::string scientific(double value) {
  if (!std::isfinite(value)) return sample_text(value);
  char buffer[32];
  return {buffer,
          std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr};
}

std::string value_text(const DecisionState& state, const Trigger& trigger,
                       const TriggerState& standing) {
  if (!trigger.when.thresholds().empty()) {
    const auto last =
        state.last_values.find({trigger.when.thresholds().front().signal, standing.length});
    if (last != state.last_values.end()) return scientific(last->second.value.value);
  }
  const auto share = standing.ledger.counts().share();
  return scientific(share ? to_double(*share) : 0);
}

Json alert_json(const DecisionState& state, const Trigger& trigger, const TriggerState& standing) {
  Json labels = labels_json(state, trigger);
  labels["alertname"] = trigger.name;
  return {{"labels", std::move(labels)},
          {"annotations", annotations_json(state, trigger)},
          {"state", "firing"},
          {"activeAt", standing.since ? format_time(*standing.since) : kNever},
          {"value", value_text(state, trigger, standing)}};
}

std::string last_evaluation(const TriggerState& standing) {
  const auto last = standing.ledger.last();
  return last ? format_time(slot_start(*last + 1, standing.length)) : kNever;
}

Json rule_json(const DecisionState& state, const Trigger& trigger, const TriggerState& standing) {
  Json alerts = Json::array();
  if (standing.verdict == Verdict::tripped) alerts.push_back(alert_json(state, trigger, standing));
  Json json{{"state", state_of(standing)},
            {"name", trigger.name},
            {"query", trigger.when.text()},
            {"duration", to_seconds(trigger.window)},
            {"keepFiringFor", 0},
            {"labels", labels_json(state, trigger)},
            {"annotations", annotations_json(state, trigger)},
            {"alerts", std::move(alerts)},
            {"health", standing.verdict == Verdict::blind ? "unknown" : "ok"}};
  if (standing.verdict == Verdict::blind)
    json["lastError"] = "too little of the window can be judged";
  json["evaluationTime"] = 0;
  json["lastEvaluation"] = last_evaluation(standing);
  json["type"] = "alerting";
  return json;
}

Json group_json(const DecisionState& state) {
  Json rules = Json::array();
  Duration interval{};
  std::string newest = kNever;
  for (const Trigger& trigger : state.decision->triggers) {
    const auto standing = state.triggers.find(trigger.name);
    if (standing == state.triggers.end()) continue;
    if (interval == Duration{} || standing->second.length < interval)
      interval = standing->second.length;
    newest = std::max(newest, last_evaluation(standing->second));
    rules.push_back(rule_json(state, trigger, standing->second));
  }
  return {{"name", state.decision->service},
          {"file", state.decision->path},
          {"rules", std::move(rules)},
          {"interval", to_seconds(interval)},
          {"limit", 0},
          {"evaluationTime", 0},
          {"lastEvaluation", newest}};
}

}  // namespace

HttpResponse api_rules(const Call& call) {
  const std::string type = text_parameter(call.request, "type");
  if (!type.empty() && type != "alert" && type != "record") {
    return api_error(ApiError::bad_data, "not supported value \"" + type + "\"");
  }
  Json groups = Json::array();
  for (const auto& [service, state] : call.app.engine().decisions()) {
    if (state.decision && type != "record") groups.push_back(group_json(state));
  }
  return api_success({{"groups", std::move(groups)}});
}

HttpResponse api_alerts(const Call& call) {
  Json alerts = Json::array();
  for (const auto& [service, state] : call.app.engine().decisions()) {
    if (!state.decision || !state.revisit) continue;
    for (const rules::TriggerEvidence& evidence : state.revisit->triggers) {
      const Trigger* trigger = find_trigger(*state.decision, evidence.name);
      const auto standing = state.triggers.find(evidence.name);
      if (trigger == nullptr || standing == state.triggers.end()) continue;
      if (standing->second.verdict != Verdict::tripped) continue;
      alerts.push_back(alert_json(state, *trigger, standing->second));
    }
  }
  return api_success({{"alerts", std::move(alerts)}});
}

}  // namespace revisitd::daemon::web
