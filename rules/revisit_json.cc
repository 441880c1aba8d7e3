#include "rules/revisit_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

// A reader of one JSON object that remembers the first thing it could not read.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  const Json* find(const char* key) const {
    const auto at = json_.find(key);
    return at == json_.end() || at->is_null() ? nullptr : &*at;
  }
  std::string text(const char* key) const {
    const Json* v = find(key);
    return v != nullptr && v->is_string() ? v->get<std::string>() : std::string();
  }
  std::optional<double> number(const char* key) const {
    const Json* v = find(key);
    if (v == nullptr || !v->is_number()) return std::nullopt;
    return v->get<double>();
  }
  int integer(const char* key) const {
    const Json* v = find(key);
    return v != nullptr && v->is_number_integer() ? v->get<int>() : 0;
  }
  bool flag(const char* key) const {
    const Json* v = find(key);
    return v != nullptr && v->is_boolean() && v->get<bool>();
  }
  std::optional<TimePoint> time(const char* key) const {
    const auto parsed = parse_time(text(key));
    if (!parsed) return std::nullopt;
    return *parsed;
  }
  Duration duration(const char* key) const {
    const auto parsed = parse_duration(text(key));
    return parsed ? *parsed : Duration{};
  }

 private:
  const Json& json_;
};

Json number_or_null(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

Json counts_json(const SlotCounts& counts) {
  return {
      {"breach", counts.breach}, {"ok", counts.ok}, {"idle", counts.idle}, {"blind", counts.blind}};
}

SlotCounts counts_from(const Json* json) {
  if (json == nullptr || !json->is_object()) return {};
  const Reader r(*json);
  return {r.integer("breach"), r.integer("ok"), r.integer("idle"), r.integer("blind")};
}

TriggerEvidence evidence_from(const Json& json) {
  const Reader r(json);
  TriggerEvidence e;
  e.name = r.text("name");
  e.verdict = parse_verdict(r.text("verdict")).value_or(Verdict::blind);
  e.condition = r.text("condition");
  e.provided = r.text("provided");
  e.reading = r.text("reading");
  e.signal = r.text("signal");
  if (const auto value = r.number("value")) {
    e.value =
        SlotValue{*value, r.number("low").value_or(*value), r.number("high").value_or(*value)};
    if (const Json* high = r.find("high"); high != nullptr && high->is_string()) {
      e.value->high = HUGE_VAL;
    }
  }
  e.threshold = r.number("threshold");
  if (const auto unit = parse_unit(r.text("unit"))) e.unit = *unit;
  e.window = r.duration("window");
  e.slot = r.duration("slot");
  e.counts = counts_from(r.find("counts"));
  if (const auto trip = parse_share(r.text("trip"))) e.trip = *trip;
  e.since = r.time("since").value_or(TimePoint{});
  e.onset = r.time("onset");
  e.favours = r.text("favours");
  e.why = r.text("why");
  e.hard = r.flag("hard");
  if (const Json* release = r.find("release"); release != nullptr && release->is_object()) {
    const Reader of(*release);
    e.release = Release{of.time("at").value_or(TimePoint{}), of.text("from"), of.text("to")};
  }
  if (const Json* load = r.find("load"); load != nullptr && load->is_object()) {
    const Reader of(*load);
    const auto calm = of.number("calm"), breach = of.number("breach");
    if (calm && breach) e.load = LoadShift{*calm, *breach};
  }
  if (const Json* trend = r.find("trend"); trend != nullptr && trend->is_object()) {
    const Reader of(*trend);
    const auto earlier = of.number("earlier"), later = of.number("later");
    if (earlier && later) e.trend = BreachTrend{*earlier, *later};
  }
  if (const Json* flip = r.find("flip"); flip != nullptr && flip->is_object()) {
    const Reader of(*flip);
    if (const auto to = parse_verdict(of.text("to")))
      e.recovery = TimeFlip{of.integer("slots"), *to};
  }
  return e;
}

// What later advice reads of it: rules/precedents_json.h.
void add_decision(Json& json, const Decision& d) {
  if (!d.id.empty()) json["decision"] = d.id;
  if (d.date != TimePoint{}) json["date"] = format_time(d.date);
  if (!d.workload.empty()) json["workload"] = d.workload;
  for (const auto& [signal, budget] : d.envelope) {
    json["envelope"][signal] = {{"budget", budget.value}, {"unit", unit_name(budget.unit)}};
  }
}

Snooze snooze_from(const Json& json) {
  const Reader r(json);
  Snooze s{r.text("by"),
           r.text("why"),
           r.time("at").value_or(TimePoint{}),
           r.time("until").value_or(TimePoint{}),
           r.number("worsens_by"),
           {},
           r.flag("reminded")};
  if (const Json* limits = r.find("limits"); limits != nullptr && limits->is_object()) {
    for (const auto& [name, limit] : limits->items()) {
      if (limit.is_number()) s.limits[name] = limit.get<double>();
    }
  }
  return s;
}

}  // namespace

Json to_json(const TriggerEvidence& e) {
  Json json{{"name", e.name}, {"verdict", verdict_name(e.verdict)}, {"condition", e.condition}};
  json["value"] = number_or_null(e.value ? std::optional(e.value->value) : std::nullopt);
  json["threshold"] = number_or_null(e.threshold);
  json["window"] = format_duration(e.window);
  const auto share = e.counts.share();
  json["share"] = share ? Json(to_double(*share)) : Json(nullptr);
  json["coverage"] = e.counts.total() > 0 ? Json(to_double(e.counts.coverage())) : Json(nullptr);
  json["since"] = format_time(e.since);
  json["why"] = e.why;
  json["reading"] = e.reading;
  json["unit"] = unit_name(e.unit);
  json["trip"] = format_share(e.trip);
  json["slot"] = format_duration(e.slot);
  json["counts"] = counts_json(e.counts);
  if (!e.provided.empty()) json["provided"] = e.provided;
  if (!e.signal.empty()) json["signal"] = e.signal;
  if (e.value && !e.value->is_exact()) {
    json["low"] = e.value->low;
    json["high"] = std::isfinite(e.value->high) ? Json(e.value->high) : Json("+Inf");
  }
  if (e.onset) json["onset"] = format_time(*e.onset);
  if (!e.favours.empty()) json["favours"] = e.favours;
  if (e.hard) json["hard"] = true;
  if (e.release) {
    json["release"] = {
        {"at", format_time(e.release->at)}, {"from", e.release->from}, {"to", e.release->to}};
  }
  if (e.load) json["load"] = {{"calm", e.load->calm}, {"breach", e.load->breach}};
  if (e.trend) json["trend"] = {{"earlier", e.trend->earlier}, {"later", e.trend->later}};
  if (e.recovery) {
    json["flip"] = {{"to", verdict_name(e.recovery->to)},
                    {"slots", e.recovery->slots},
                    {"text", format_duration(e.slot * e.recovery->slots) + " more of ok"}};
  }
  if (const auto words = labels(e); !words.empty()) json["labels"] = words;
  return json;
}

Json to_json(const Revisit& r) {
  Json json{{"revisit", r.id},      {"service", r.service},
            {"team", r.team},       {"language", r.language},
            {"favours", r.favours}, {"state", revisit_state_name(r.state)},
            {"reason", summary(r)}, {"since", format_time(r.since)},
            {"record", r.record},   {"triggers", Json::array()}};
  for (const TriggerEvidence& e : r.triggers) {
    Json& trigger = json["triggers"].emplace_back(to_json(e));
    if (e.verdict != Verdict::tripped) trigger["frozen"] = verdict_name(Verdict::tripped);
  }
  if (const auto words = labels(r); !words.empty()) json["labels"] = words;
  if (!r.assessment.json.empty()) {
    json["assessment"] = Json::parse(r.assessment.json, nullptr, false);
  }
  json["decision"] = r.decision;
  json["title"] = r.title;
  json["changed"] = format_time(r.changed);
  json["transitions"] = r.transitions;
  json["reminders"] = r.reminders;
  if (r.next_reminder) json["next_reminder"] = format_time(*r.next_reminder);
  if (r.acknowledgement) {
    json["acknowledged"] = {{"by", r.acknowledgement->by},
                            {"why", r.acknowledgement->why},
                            {"at", format_time(r.acknowledgement->at)}};
  }
  if (r.snooze) {
    Json snooze{{"by", r.snooze->by},
                {"why", r.snooze->why},
                {"at", format_time(r.snooze->at)},
                {"until", format_time(r.snooze->until)}};
    if (r.snooze->worsens_by) snooze["worsens_by"] = *r.snooze->worsens_by;
    if (!r.snooze->limits.empty()) snooze["limits"] = r.snooze->limits;
    if (r.snooze->reminded) snooze["reminded"] = true;
    json["snoozed"] = std::move(snooze);
  }
  if (r.conclusion) {
    json["conclusion"] = {{"outcome", outcome_name(r.conclusion->outcome)},
                          {"by", r.conclusion->by},
                          {"why", r.conclusion->why},
                          {"at", format_time(r.conclusion->at)}};
  }
  if (r.backfilled) json["backfilled"] = true;
  return json;
}

Json to_json(const Event& event) {
  Json json{{"time", format_time(event.at)}, {"type", event_type_name(event.type)}};
  const auto add = [&json](const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
  };
  add("service", event.service);
  add("team", event.team);
  add("language", event.language);
  add("record", event.record);
  add("trigger", event.trigger);
  if (event.verdict) {
    json["verdict"] = verdict_name(*event.verdict);
    const auto share = event.counts.share();
    json["share"] = share ? Json(to_double(*share)) : Json(nullptr);
    json["coverage"] =
        event.counts.total() > 0 ? Json(to_double(event.counts.coverage())) : Json(nullptr);
    json["counts"] = counts_json(event.counts);
  }
  add("by", event.by);
  add("why", event.why);
  if (event.backfilled) json["backfilled"] = true;
  for (const MissingInput& m : event.missing)
    json["missing"].push_back({{"input", m.input}, {"why", m.why}});
  if (event.decision) add_decision(json, *event.decision);
  if (event.revisit) json["revisit"] = to_json(*event.revisit);
  return json;
}

Result<Revisit> revisit_from_json(const Json& json) {
  if (!json.is_object()) return Error{"not a revisit: expected an object"};
  const Reader r(json);
  Revisit v;
  v.id = r.text("revisit");
  v.service = r.text("service");
  const auto state = parse_revisit_state(r.text("state"));
  const auto since = r.time("since");
  if (v.id.empty() || v.service.empty() || !state || !since) {
    return Error{"not a revisit: expected revisit, service, state and since"};
  }
  v.state = *state;
  v.since = *since;
  v.team = r.text("team");
  v.language = r.text("language");
  v.favours = r.text("favours");
  v.record = r.text("record");
  v.decision = r.text("decision");
  v.title = r.text("title");
  v.changed = r.time("changed").value_or(v.since);
  v.transitions = r.integer("transitions");
  v.reminders = r.integer("reminders");
  v.next_reminder = r.time("next_reminder");
  v.backfilled = r.flag("backfilled");
  if (const Json* triggers = r.find("triggers"); triggers != nullptr && triggers->is_array()) {
    for (const Json& e : *triggers) v.triggers.push_back(evidence_from(e));
  }
  if (const Json* assessment = r.find("assessment"); assessment != nullptr) {
    v.assessment = {Reader(*assessment).text("summary"),
                    assessment->dump(-1, ' ', false, Json::error_handler_t::replace)};
  }
  if (const Json* word = r.find("acknowledged")) {
    const Reader w(*word);
    v.acknowledgement = {w.text("by"), w.text("why"), w.time("at").value_or(v.since)};
  }
  if (const Json* word = r.find("snoozed")) v.snooze = snooze_from(*word);
  if (v.state == RevisitState::snoozed && !v.snooze)
    return Error{"a snoozed revisit without a snooze"};
  if (const Json* word = r.find("conclusion")) {
    const Reader w(*word);
    v.conclusion = {parse_outcome(w.text("outcome")).value_or(Outcome::reaffirmed), w.text("by"),
                    w.text("why"), w.time("at").value_or(v.since)};
  }
  return v;
}

}  // namespace revisitd::rules
