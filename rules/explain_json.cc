#include "rules/explain_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

Json time_json(const std::optional<TimePoint>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json number_json(double value) {
  if (std::isfinite(value)) return Json(value);
  return Json(value > 0 ? "+Inf" : "-Inf");
}

Json value_json(const std::optional<SlotValue>& value) {
  return value ? Json(value->value) : Json(nullptr);
}

Json bounds_json(const SlotValue& value) {
  return Json::array({number_json(value.low), number_json(value.high)});
}

const char* truth_name(Truth truth) {
  switch (truth) {
    case Truth::yes:
      return "true";
    case Truth::no:
      return "false";
    case Truth::unknown:
      return "unknown";
  }
  return "";
}

const char* state_name(SlotState state) {
  switch (state) {
    case SlotState::blind:
      return "blind";
    case SlotState::ok:
      return "ok";
    case SlotState::breach:
      return "breach";
    case SlotState::idle:
      return "idle";
  }
  return "";
}

Json comparison_json(const ExplainedComparison& c) {
  const ComparisonReading& r = c.reading;
  Json json{{"of", c.of_provided ? "provided" : "when"},
            {"left", r.left},
            {"op", r.op},
            {"right", r.right},
            {"left_value", value_json(r.left_value)}};
  if (r.left_value && !r.left_value->is_exact()) json["left_bounds"] = bounds_json(*r.left_value);
  json["right_value"] = value_json(r.right_value);
  json["unit"] = unit_name(r.unit);
  json["truth"] = truth_name(r.truth);
  if (c.seen) json["seen"] = format_time(*c.seen);
  json["undecided"] = c.undecided;
  if (c.bucket) json["bucket"] = bounds_json(*c.bucket);
  json["nearest"] = Json::array();
  for (const NearSlot& near : c.nearest) {
    json["nearest"].push_back({{"start", format_time(near.start)},
                               {"value", near.left.value},
                               {"distance", near.distance}});
  }
  return json;
}

Json trend_json(const SignalTrend& t) {
  return {{"signal", t.signal},  {"unit", unit_name(t.unit)},
          {"values", t.values},  {"from", or_null(t.from)},
          {"to", or_null(t.to)}, {"change", or_null(t.change())},
          {"least", t.least},    {"mean", t.mean},
          {"most", t.most}};
}

Json flip_json(const Flip& flip) {
  Json json{{"kind", flip_kind_name(flip.kind)}, {"to", verdict_name(flip.to)}};
  switch (flip.kind) {
    case FlipKind::shift:
      json.update(
          {{"signal", flip.subject}, {"amount", flip.amount}, {"unit", unit_name(flip.unit)}});
      break;
    case FlipKind::threshold:
      json.update({{"signal", flip.subject},
                   {"threshold", flip.amount},
                   {"before", flip.before},
                   {"unit", unit_name(flip.unit)}});
      break;
    case FlipKind::time:
      json.update(
          {{"state", state_name(flip.state)}, {"slots", flip.slots}, {"at", time_json(flip.at)}});
      break;
    case FlipKind::course:
      json.update({{"slots", flip.slots}, {"at", time_json(flip.at)}});
      break;
    case FlipKind::data:
      json.update({{"state", state_name(flip.state)}, {"slots", flip.slots}});
      break;
    case FlipKind::people:
      json["knows"] = flip.subject;
      if (!flip.language.empty()) json["language"] = flip.language;
      json.update({{"people", flip.amount}, {"before", flip.before}});
      break;
  }
  json["text"] = flip.text;
  return json;
}

}  // namespace

Json to_json(const Explanation& e) {
  const auto share = e.counts.share();
  Json json{{"service", e.service}, {"trigger", e.trigger}, {"condition", e.condition}};
  if (!e.provided.empty()) json["provided"] = e.provided;
  json["verdict"] = verdict_name(e.verdict);
  json["since"] = time_json(e.since);
  json["judged"] = time_json(e.judged);
  json["window"] = format_duration(e.window);
  json["slot"] = format_duration(e.slot);
  json["share"] = share ? Json(to_double(*share)) : Json(nullptr);
  json["trip"] = format_share(e.trip);
  json["clear"] = format_share(e.clear);
  json["coverage"] = to_double(e.counts.coverage());
  json["least_coverage"] = format_share(e.coverage);
  json["counts"] = {{"breach", e.counts.breach},
                    {"ok", e.counts.ok},
                    {"idle", e.counts.idle},
                    {"blind", e.counts.blind}};
  json["comparisons"] = Json::array();
  for (const ExplainedComparison& c : e.comparisons)
    json["comparisons"].push_back(comparison_json(c));
  json["blind"] = Json::array();
  for (const BlindReason& reason : e.blind)
    json["blind"].push_back(
        {{"input", reason.input}, {"why", reason.why}, {"slots", reason.slots}});
  json["onset"] = time_json(e.onset);
  json["newest"] = {{"state", state_name(e.newest)}, {"since", time_json(e.run_since)}};
  json["trends"] = Json::array();
  for (const SignalTrend& trend : e.trends) json["trends"].push_back(trend_json(trend));
  json["flips"] = Json::array();
  for (const Flip& flip : e.flips) json["flips"].push_back(flip_json(flip));
  json["held"] = e.held;
  json["summary"] = e.summary;
  json["text"] = explanation_text(e);
  return json;
}

}  // namespace revisitd::rules
