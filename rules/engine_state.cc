#include <nlohmann/json.hpp>

#include "rules/engine.h"
#include "rules/json_text.h"
#include "rules/revisit_json.h"

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Writes an object's members as text: every slot saves every trigger, and building a tree for each
// costs six times as much.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void done() { out_ += '}'; }

  std::string& key(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_text(out_, name);
    return out_ += ':';
  }
  void add(std::string_view name, std::string_view value) { append_json_text(key(name), value); }
  void add(std::string_view name, std::int64_t value) { append_json_integer(key(name), value); }
  void add(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  void add(std::string_view name, const std::optional<TimePoint>& time) {
    if (time) {
      append_json_integer(key(name), to_millis(*time));
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
    append_json_number(load, t.load.calm.mean);
    append_json_integer(load += ',', t.load.calm.count);
    append_json_number(load += ',', t.load.breach.mean);
    append_json_integer(load += ',', t.load.breach.count);
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
    append_json_text(out += '[', key.first);
    append_json_integer(out += ',', key.second.count());
    append_json_integer(out += ',', s.last);
    append_json_integer(out += ',', s.day);
    append_json_number(out += ',', s.today);
    append_json_integer(out += ',', s.today_count);
    append_json_number(out += ',', s.before);
    append_json_integer(out += ',', s.before_count);
    append_json_integer(out += ',', s.first);
    append_json_number(out += ',', s.first_sum);
    append_json_integer(out += ',', s.first_count);
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

}  // namespace revisitd::rules
