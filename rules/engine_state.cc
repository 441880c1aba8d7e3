#include <bit>
#include <boost/container_hash/hash.hpp>
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

// Both take a state's members one by one, the same ones: as JSON, or as a hash of what they hold.
// Every slot looks at every trigger, and building a tree for each costs six times as much.
class TextOut {
 public:
  explicit TextOut(std::string& out) : out_(out) {}

  void object() { open('{'); }
  void end_object() { out_ += '}'; }
  void array() { open('['); }
  void end_array() { out_ += ']'; }
  // For names of ours, which hold nothing that is to be escaped.
  void key(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  void any_key(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_text(out_, name);
    out_ += ':';
  }
  void value(std::string_view text) { append_json_text(separated(), text); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(std::int64_t number) { append_json_integer(separated(), number); }
  void value(int number) { value(std::int64_t{number}); }
  void value(double number) { append_json_number(separated(), number); }
  void value(bool holds) { separated() += holds ? "true" : "false"; }
  void value(TimePoint time) { value(format_time(time)); }
  void null() { separated() += "null"; }
  void json(const std::string& text) { separated() += text; }

 private:
  std::string& separated() {
    if (out_.back() != ':' && out_.back() != '[') out_ += ',';
    return out_;
  }
  void open(char bracket) {
    if (!out_.empty()) separated();
    out_ += bracket;
  }

  std::string& out_;
};

class HashOut {
 public:
  [[nodiscard]] std::size_t hash() const { return hash_; }

  void object() { add('{'); }
  void end_object() { add('}'); }
  void array() { add('['); }
  void end_array() { add(']'); }
  void key(std::string_view name) { add(name); }
  void any_key(std::string_view name) { add(name); }
  void value(std::string_view text) { add(text); }
  void value(const char* text) { add(std::string_view(text)); }
  void value(std::int64_t number) { add(number); }
  void value(int number) { add(number); }
  void value(double number) { add(std::bit_cast<std::uint64_t>(number)); }
  void value(bool holds) { add(holds); }
  void value(TimePoint time) { add(to_millis(time)); }
  void null() { add('n'); }
  void json(const std::string& text) { add(std::string_view(text)); }

 private:
  template <class T>
  void add(const T& part) {
    boost::hash_combine(hash_, part);
  }

  std::size_t hash_ = 0;
};

// What is written of a state: all of it, or what engine_course.cc does not.
enum class Extent : std::uint8_t { whole, standing };

template <class Out, class Value>
void add(Out& out, std::string_view name, const Value& value) {
  out.key(name);
  out.value(value);
}

template <class Out>
void add_millis(Out& out, std::string_view name, const std::optional<TimePoint>& time) {
  out.key(name);
  if (time) {
    out.value(to_millis(*time));
  } else {
    out.null();
  }
}

template <class Out>
void save_trigger(const TriggerState& t, Extent extent, Out& out) {
  const bool whole = extent == Extent::whole;
  out.object();
  add(out, "meaning", std::string_view(*t.meaning));
  add(out, "length", t.length.count());
  if (whole) add(out, "ledger", std::string_view(t.ledger.encode()));
  add(out, "verdict", verdict_name(t.verdict));
  add(out, "standing", verdict_name(t.standing));
  add_millis(out, "since", t.since);
  if (!t.armed) add(out, "armed", false);
  if (t.in_revisit) add(out, "in_revisit", true);
  if (t.rearm_at) add_millis(out, "rearm_at", t.rearm_at);
  if (whole && t.blind_run > 0) add(out, "blind_run", t.blind_run);
  if (t.blind_told) add(out, "blind_told", true);
  if (whole && t.worse_run > 0) add(out, "worse_run", t.worse_run);
  if (whole && t.load != LoadMeans{}) {
    out.key("load");
    out.array();
    out.value(t.load.calm.mean);
    out.value(t.load.calm.count);
    out.value(t.load.breach.mean);
    out.value(t.load.breach.count);
    out.end_array();
  }
  out.end_object();
}

// [signal, length, last, day, today, count, before, count, first, sum, count, settled].
template <class Out>
void save_means(const decltype(Snapshot::signals)& signals, Out& out) {
  out.array();
  for (const auto& [key, means] : signals) {
    const SignalMeans::State& s = means.state();
    out.array();
    out.value(std::string_view(key.first));
    out.value(key.second.count());
    out.value(s.last);
    out.value(s.day);
    out.value(s.today);
    out.value(s.today_count);
    out.value(s.before);
    out.value(s.before_count);
    out.value(s.first);
    out.value(s.first_sum);
    out.value(s.first_count);
    out.value(s.settled ? 1 : 0);
    out.end_array();
  }
  out.end_array();
}

template <class Out>
void add_counts(Out& out, std::string_view name,
                const std::map<std::string, int, std::less<>>& counts) {
  out.key(name);
  out.object();
  for (const auto& [language, count] : counts) {
    out.any_key(language);
    out.value(count);
  }
  out.end_object();
}

// What to_json(DecisionInputs) gives for the snapshot's people and fleet.
template <class Out>
void save_inputs(const Snapshot& snapshot, Out& out) {
  out.object();
  add(out, "at", *snapshot.taken);
  out.key("signals");
  out.object();
  out.end_object();
  if (snapshot.people) {
    const PeopleInputs& people = *snapshot.people;
    out.key("people");
    out.object();
    add(out, "members", people.members);
    add_counts(out, "knows", people.knows);
    if (people.shipped) {
      add_counts(out, "shipped", *people.shipped);
    } else {
      out.key("shipped");
      out.null();
    }
    add_counts(out, "fluent", people.fluent);
    add_counts(out, "staying", people.staying);
    add_counts(out, "around", people.around);
    add(out, "source", std::string_view(people.source));
    add(out, "at", people.at);
    out.end_object();
  }
  if (snapshot.fleet) {
    out.key("fleet");
    out.object();
    add_counts(out, "team", snapshot.fleet->team);
    add_counts(out, "fleet", snapshot.fleet->fleet);
    out.end_object();
  }
  out.end_object();
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

template <class Out>
void save_state(const DecisionState& state, Extent extent, Out& out) {
  out.object();
  add(out, "revision", std::string_view(state.revision));
  out.key("triggers");
  out.object();
  for (const auto& [name, trigger] : state.triggers) {
    out.any_key(name);
    save_trigger(trigger, extent, out);
  }
  out.end_object();
  if (state.revisit) {
    // The assessment is text already, and long: it is not taken apart and put together again.
    Revisit revisit = *state.revisit;
    const FrozenAssessment assessment = std::exchange(revisit.assessment, {});
    out.key("revisit");
    out.json(dump(to_json(revisit)));
    if (!assessment.json.empty()) {
      out.key("assessment");
      out.json(assessment.json);
    }
  }
  if (state.snapshot.taken) {
    out.key("then");
    save_inputs(state.snapshot, out);
  }
  if (extent == Extent::whole && !state.snapshot.signals.empty()) {
    out.key("means");
    save_means(state.snapshot.signals, out);
  }
  if (!state.snapshot.language.empty())
    add(out, "measured_in", std::string_view(state.snapshot.language));
  if (!state.versions.empty()) {
    out.key("versions");
    out.json(dump(save_versions(state.versions)));
  }
  if (state.review_due_told) add_millis(out, "review_due_told", state.review_due_told);
  if (state.review_overdue_told) add_millis(out, "review_overdue_told", state.review_overdue_told);
  out.end_object();
}

}  // namespace

std::string Engine::save(const std::string& service) const {
  std::string out;
  TextOut text(out);
  save_state(decisions_.at(service), Extent::whole, text);
  return out;
}

std::string Engine::save_standing(const std::string& service) const {
  std::string out;
  TextOut text(out);
  save_state(decisions_.at(service), Extent::standing, text);
  return out;
}

std::size_t Engine::hash_standing(const std::string& service) const {
  HashOut out;
  save_state(decisions_.at(service), Extent::standing, out);
  return out.hash();
}

}  // namespace revisitd::rules
