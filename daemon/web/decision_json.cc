#include "daemon/web/decision_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/web/envelope.h"
#include "daemon/web/fleet.h"
#include "rules/revisit_json.h"

namespace revisitd::daemon::web {
namespace {

// The newest value of the first signal that the condition compares with a constant.
void add_value(Json& json, const rules::DecisionState& state, const rules::Trigger& trigger,
               Duration length) {
  json["value"] = nullptr;
  json["threshold"] = nullptr;
  if (trigger.when.thresholds().empty()) return;
  const rules::Condition::Threshold& threshold = trigger.when.thresholds().front();
  json["signal"] = threshold.signal;
  json["threshold"] = threshold.value.value;
  json["unit"] = unit_name(threshold.value.unit);
  const auto last = state.last_values.find({threshold.signal, length});
  if (last == state.last_values.end()) return;
  const rules::SlotValue& value = last->second.value;
  json["value"] = value.value;
  if (value.is_exact()) return;
  json["low"] = value.low;
  json["high"] = std::isfinite(value.high) ? Json(value.high) : Json(sample_text(value.high));
}

Json counts_json(const rules::SlotCounts& counts) {
  return {
      {"breach", counts.breach}, {"ok", counts.ok}, {"idle", counts.idle}, {"blind", counts.blind}};
}

Json envelope_json(const rules::DecisionState& state) {
  Json envelope = Json::object();
  for (const auto& [signal, budget] : state.decision->envelope) {
    const rules::LastValue* last = newest_value(state, signal);
    envelope[signal] = {{"budget", budget.value},
                        {"unit", unit_name(budget.unit)},
                        {"value", last != nullptr ? Json(last->value.value) : Json(nullptr)}};
  }
  return envelope;
}

Json short_assessment(const rules::Assessment& a) {
  return {{"result", assessment_result_name(a.result)},
          {"leans", a.leans.empty() ? Json(nullptr) : Json(a.leans)},
          {"margin", a.margin ? Json(*a.margin) : Json(nullptr)},
          {"confidence", a.confidence},
          {"summary", summary(a)}};
}

}  // namespace

Json trigger_json(const rules::DecisionState& state, const rules::Trigger& trigger) {
  const auto found = state.triggers.find(trigger.name);
  const rules::TriggerState none;
  const rules::TriggerState& standing = found == state.triggers.end() ? none : found->second;
  const rules::SlotCounts& counts = standing.ledger.counts();
  Json json{{"name", trigger.name},
            {"verdict", verdict_name(standing.verdict)},
            {"condition", trigger.when.text()}};
  if (trigger.provided) json["provided"] = trigger.provided->text();
  add_value(json, state, trigger, standing.length);
  json["window"] = format_duration(trigger.window);
  json["slot"] = format_duration(standing.length);
  json["trip"] = format_share(trigger.trip);
  json["clear"] = format_share(trigger.clear);
  json["least_coverage"] = format_share(trigger.coverage);
  const auto share = counts.share();
  json["share"] = share ? Json(to_double(*share)) : Json(nullptr);
  json["coverage"] = to_double(counts.coverage());
  json["counts"] = counts_json(counts);
  json["since"] = time_json(standing.since);
  if (!trigger.favours.empty()) json["favours"] = trigger.favours;
  json["hard"] = trigger.hard;
  json["why"] = trigger.why;
  return json;
}

Json decision_json(const rules::DecisionState& state, const rules::Assessor& assessor) {
  const rules::Decision& d = *state.decision;
  Json json{{"service", d.service},
            {"team", d.team},
            {"language", d.language},
            {"alternatives", d.alternatives},
            {"workload", d.workload},
            {"title", d.title},
            {"decision", d.id},
            {"record", d.path},
            {"date", format_date(d.date)},
            {"tenure", format_duration(d.tenure)}};
  const auto review = d.review_date();
  json["review_date"] = review ? Json(format_date(*review)) : Json(nullptr);
  if (!d.runtime.empty()) json["runtime"] = d.runtime;
  json["verdict"] = verdict_name(worst_verdict(state));
  json["envelope"] = envelope_json(state);
  json["triggers"] = Json::array();
  for (const rules::Trigger& trigger : d.triggers) {
    json["triggers"].push_back(trigger_json(state, trigger));
  }
  json["assessment"] = short_assessment(assessor.assess(state));
  json["revisit"] = state.revisit ? to_json(*state.revisit) : Json(nullptr);
  return json;
}

}  // namespace revisitd::daemon::web
