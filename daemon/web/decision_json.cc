#include "daemon/web/decision_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/web/envelope.h"
#include "daemon/web/fleet.h"
#include "rules/measured.h"
#include "rules/revisit_json.h"

namespace revisitd::daemon::web {
namespace {

void add_value(Json& json, const rules::SlotValue& value) {
  json["value"] = value.value;
  if (value.is_exact()) return;
  json["low"] = value.low;
  json["high"] = std::isfinite(value.high) ? Json(value.high) : Json(sample_text(value.high));
}

// What was last known, where there is no value now.
void add_last(Json& json, const rules::LastValue& last, Duration length) {
  json["last_value"] = last.value.value;
  json["last_seen"] = time_json(slot_start(last.index + 1, length));
}

// The condition's measurement as of the newest judged slot, as evidence shows it.
void add_measurement(Json& json, const rules::Engine& engine, const rules::DecisionState& state,
                     const rules::Trigger& trigger, Duration length) {
  json["value"] = nullptr;
  json["threshold"] = nullptr;
  const auto& thresholds = trigger.when.thresholds();
  if (!thresholds.empty()) json["signal"] = thresholds.front().signal;
  const auto now = measured(
      trigger.when, engine.read(state.service, trigger.name, rules::Engine::Values::newest_slot));
  if (!now) return;
  if (now->threshold) json["threshold"] = now->threshold->value;
  json["unit"] = unit_name(now->unit);
  if (now->value) return add_value(json, *now->value);
  if (thresholds.empty()) return;
  const auto last = state.last_values.find({thresholds.front().signal, length});
  if (last != state.last_values.end()) add_last(json, last->second, length);
}

Json counts_json(const rules::SlotCounts& counts) {
  return {
      {"breach", counts.breach}, {"ok", counts.ok}, {"idle", counts.idle}, {"blind", counts.blind}};
}

Json envelope_json(const rules::Engine& engine, const rules::DecisionState& state) {
  Json envelope = Json::object();
  for (const auto& [signal, budget] : state.decision->envelope) {
    Duration length{};
    const rules::LastValue* last = newest_value(state, signal, &length);
    const bool now = last != nullptr && is_of_newest_slot(engine, *last, length);
    Json& json = envelope[signal];
    json = {{"budget", budget.value},
            {"unit", unit_name(budget.unit)},
            {"value", now ? Json(last->value.value) : Json(nullptr)}};
    if (last != nullptr && !now) add_last(json, *last, length);
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

Json trigger_json(const rules::Engine& engine, const rules::DecisionState& state,
                  const rules::Trigger& trigger) {
  const auto found = state.triggers.find(trigger.name);
  const rules::TriggerState none;
  const rules::TriggerState& standing = found == state.triggers.end() ? none : found->second;
  const rules::SlotCounts& counts = standing.ledger.counts();
  Json json{{"name", trigger.name},
            {"verdict", verdict_name(standing.verdict)},
            {"condition", trigger.when.text()}};
  if (trigger.provided) json["provided"] = trigger.provided->text();
  if (found != state.triggers.end()) {
    add_measurement(json, engine, state, trigger, standing.length);
  }
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

Json decision_json(const rules::Engine& engine, const rules::DecisionState& state,
                   const rules::Assessor& assessor) {
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
  json["envelope"] = envelope_json(engine, state);
  json["triggers"] = Json::array();
  for (const rules::Trigger& trigger : d.triggers) {
    json["triggers"].push_back(trigger_json(engine, state, trigger));
  }
  json["assessment"] = short_assessment(assessor.assess(state));
  json["revisit"] = state.revisit ? to_json(*state.revisit) : Json(nullptr);
  return json;
}

}  // namespace revisitd::daemon::web
