#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "rules/assessment_json.h"
#include "rules/engine.h"
#include "rules/revisit_json.h"

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

std::optional<TimePoint> time_from(const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end() || !at->is_number_integer()) return std::nullopt;
  return from_millis(at->get<std::int64_t>());
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add_text(std::string& out, std::string_view value) {
  const auto ordinary = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (!std::all_of(value.begin(), value.end(), ordinary)) {
    out += dump(Json(value));
    return;
  }
  out += '"';
  out += value;
  out += '"';
}

// A sum that ran out of a double's range is no number of JSON: it is saved as the largest, so that
// the rest of the state can be read back.
void add_number(std::string& out, double value) {
  constexpr double kMost = std::numeric_limits<double>::max();
  if (!std::isfinite(value)) value = std::isnan(value) ? 0 : std::copysign(kMost, value);
  std::array<char, 32> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

void add_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

// Writes an object's members as text: every slot saves every trigger, and building a tree for each
// costs six times as much.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void done() { out_ += '}'; }

  std::string& key(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    add_text(out_, name);
    return out_ += ':';
  }
  void add(std::string_view name, std::string_view value) { add_text(key(name), value); }
  void add(std::string_view name, std::int64_t value) { add_integer(key(name), value); }
  void add(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  void add(std::string_view name, const std::optional<TimePoint>& time) {
    if (time) {
      add_integer(key(name), to_millis(*time));
    } else {
      key(name) += "null";
    }
  }

 private:
  std::string& out_;
};

void save_trigger(const TriggerState& t, std::string& out) {
  Members json(out);
  json.add("meaning", *t.meaning);
  json.add("length", t.length.count());
  json.add("ledger", t.ledger.encode());
  json.add("verdict", verdict_name(t.verdict));
  json.add("standing", verdict_name(t.standing));
  json.add("since", t.since);
  if (!t.armed) json.add("armed", false);
  if (t.in_revisit) json.add("in_revisit", true);
  if (t.rearm_at) json.add("rearm_at", t.rearm_at);
  if (t.blind_run > 0) json.add("blind_run", std::int64_t{t.blind_run});
  if (t.blind_told) json.add("blind_told", true);
  if (t.worse_run > 0) json.add("worse_run", std::int64_t{t.worse_run});
  if (t.load != LoadMeans{}) {
    std::string& load = json.key("load") += '[';
    add_number(load, t.load.calm.mean);
    add_integer(load += ',', t.load.calm.count);
    add_number(load += ',', t.load.breach.mean);
    add_integer(load += ',', t.load.breach.count);
    load += ']';
  }
  json.done();
}

// [signal, length, last, day, today, count, before, count, first, sum, count, settled], as text: it
// is written with every slot.
void save_means(const decltype(Snapshot::signals)& signals, std::string& out) {
  out += '[';
  for (const auto& [key, means] : signals) {
    if (out.back() != '[') out += ',';
    const SignalMeans::State& s = means.state();
    add_text(out += '[', key.first);
    add_integer(out += ',', key.second.count());
    add_integer(out += ',', s.last);
    add_integer(out += ',', s.day);
    add_number(out += ',', s.today);
    add_integer(out += ',', s.today_count);
    add_number(out += ',', s.before);
    add_integer(out += ',', s.before_count);
    add_integer(out += ',', s.first);
    add_number(out += ',', s.first_sum);
    add_integer(out += ',', s.first_count);
    out += s.settled ? ",1]" : ",0]";
  }
  out += ']';
}

void add_counts(Members& json, std::string_view name,
                const std::map<std::string, int, std::less<>>& counts) {
  Members members(json.key(name));
  for (const auto& [language, count] : counts) members.add(language, std::int64_t{count});
  members.done();
}

// What to_json(DecisionInputs) gives for the snapshot's people and fleet, as text: it is written
// with every slot.
void save_inputs(const Snapshot& snapshot, std::string& out) {
  Members json(out);
  json.add("at", format_time(*snapshot.taken));
  Members(json.key("signals")).done();
  if (snapshot.people) {
    const PeopleInputs& people = *snapshot.people;
    Members members(json.key("people"));
    members.add("members", std::int64_t{people.members});
    add_counts(members, "knows", people.knows);
    if (people.shipped) {
      add_counts(members, "shipped", *people.shipped);
    } else {
      members.key("shipped") += "null";
    }
    add_counts(members, "fluent", people.fluent);
    add_counts(members, "staying", people.staying);
    add_counts(members, "around", people.around);
    members.add("source", people.source);
    members.add("at", format_time(people.at));
    members.done();
  }
  if (snapshot.fleet) {
    Members members(json.key("fleet"));
    add_counts(members, "team", snapshot.fleet->team);
    add_counts(members, "fleet", snapshot.fleet->fleet);
    members.done();
  }
  json.done();
}

void load_means(const Json& json, Snapshot& snapshot) {
  for (const Json& m : json) {
    const SignalMeans::State s{.last = m.at(2).get<std::int64_t>(),
                               .day = m.at(3).get<std::int64_t>(),
                               .today = m.at(4).get<double>(),
                               .today_count = m.at(5).get<std::int64_t>(),
                               .before = m.at(6).get<double>(),
                               .before_count = m.at(7).get<std::int64_t>(),
                               .first = m.at(8).get<std::int64_t>(),
                               .first_sum = m.at(9).get<double>(),
                               .first_count = m.at(10).get<std::int64_t>(),
                               .settled = m.at(11).get<int>() != 0};
    const Duration length(m.at(1).get<std::int64_t>());
    if (length.count() > 0) {
      snapshot.signals.emplace(std::pair(m.at(0).get<std::string>(), length), SignalMeans(s));
    }
  }
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
    std::vector<VersionLog::Change> changes;
    for (const Json& c : log.at("changes")) {
      changes.push_back(
          {c.at(0).get<std::int64_t>(), c.at(1).get<std::string>(), c.at(2).get<std::string>()});
    }
    versions.emplace(Duration(log.at("length").get<std::int64_t>()),
                     VersionLog(log.at("current").get<std::string>(), std::move(changes)));
  }
  return versions;
}

Result<TriggerState> load_trigger(const Json& json, InternTable<std::string>& meanings) {
  TriggerState t;
  t.meaning = meanings.of(json.at("meaning").get_ref<const std::string&>());
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
  // Its room is kept: a fleet's states are written every minute, and grow to some kilobytes each.
  thread_local std::string out;
  out.clear();
  Members json(out);
  json.add("revision", state.revision);
  Members triggers(json.key("triggers"));
  for (const auto& [name, trigger] : state.triggers) save_trigger(trigger, triggers.key(name));
  triggers.done();
  if (state.revisit) {
    // The assessment is text already, and long: it is not taken apart and put together again.
    Revisit revisit = *state.revisit;
    const FrozenAssessment assessment = std::exchange(revisit.assessment, {});
    json.key("revisit") += dump(to_json(revisit));
    if (!assessment.json.empty()) json.key("assessment") += assessment.json;
  }
  if (state.snapshot.taken) {
    save_inputs(state.snapshot, json.key("then"));
  }
  if (!state.snapshot.signals.empty()) save_means(state.snapshot.signals, json.key("means"));
  if (!state.snapshot.language.empty()) json.add("measured_in", state.snapshot.language);
  if (!state.versions.empty()) json.key("versions") += dump(save_versions(state.versions));
  if (state.review_due_told) json.add("review_due_told", state.review_due_told);
  if (state.review_overdue_told) json.add("review_overdue_told", state.review_overdue_told);
  json.done();
  return out;
}

Status Engine::restore(const std::string& service, std::string_view text) {
  try {
    const Json json = Json::parse(text);
    DecisionState state;
    state.service = service;
    state.revision = json.at("revision").get<std::string>();
    for (const auto& [name, saved] : json.at("triggers").items()) {
      auto trigger = load_trigger(saved, meanings_);
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
      if (const auto made = json.find("assessment"); made != json.end()) {
        state.revisit->assessment = {made->value("summary", ""), dump(*made)};
      }
    }
    if (const auto saved = json.find("then"); saved != json.end()) {
      auto inputs = decision_inputs_from_json(*saved);
      if (!inputs) return inputs.error();
      state.snapshot.taken = inputs->at;
      if (inputs->people) state.snapshot.people = people_.of(*std::move(inputs->people));
      if (inputs->fleet) state.snapshot.fleet = fleets_.of(*std::move(inputs->fleet));
    }
    if (const auto saved = json.find("means"); saved != json.end()) {
      load_means(*saved, state.snapshot);
    }
    state.snapshot.language = json.value("measured_in", "");
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
