#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "rules/assessment_json.h"
#include "rules/engine.h"
#include "rules/engine_course.h"
#include "rules/json_reader.h"
#include "rules/revisit_json.h"

// Reads back what engine_state.cc and engine_course.cc wrote.
namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

std::optional<TimePoint> read_time(JsonReader& json) {
  const auto millis = json.integer_if_any();
  return millis ? std::optional(from_millis(*millis)) : std::nullopt;
}

// What `value` holds, or else the whole state is refused with the reason.
template <class T>
T sound(Result<T> value) {
  if (!value) throw JsonReadError(value.error().message);
  return *std::move(value);
}

Verdict read_verdict(JsonReader& json) {
  const std::string_view name = json.text();
  if (const auto verdict = parse_verdict(name)) return *verdict;
  throw JsonReadError("expected a verdict, found \"" + std::string(name) + "\"");
}

Duration read_length(JsonReader& json) {
  const Duration length(json.integer<std::int64_t>());
  if (length.count() <= 0) throw JsonReadError("expected a slot length above zero");
  return length;
}

LoadMeans read_load(JsonReader& json) {
  LoadMeans load;
  const std::size_t size = json.elements(
      [&] { load.calm.mean = json.number(); }, [&] { load.calm.count = json.integer<int>(); },
      [&] { load.breach.mean = json.number(); }, [&] { load.breach.count = json.integer<int>(); });
  if (size < 4) throw JsonReadError("expected two means with their counts in \"load\"");
  return load;
}

// `judged`: there is a ledger.
TriggerState read_trigger(JsonReader& json, InternTable<std::string>& meanings, bool& judged) {
  TriggerState t;
  judged = false;
  json.members(required_member("meaning", [&] { t.meaning = meanings.of(json.text()); }),
               required_member("length", [&] { t.length = read_length(json); }),
               optional_member("ledger",
                               [&] {
                                 t.ledger = sound(SlotLedger::decode(json.text()));
                                 judged = true;
                               }),
               required_member("verdict", [&] { t.verdict = read_verdict(json); }),
               required_member("standing", [&] { t.standing = read_verdict(json); }),
               optional_member("since", [&] { t.since = read_time(json); }),
               optional_member("armed", [&] { t.armed = json.boolean(); }),
               optional_member("in_revisit", [&] { t.in_revisit = json.boolean(); }),
               optional_member("rearm_at", [&] { t.rearm_at = read_time(json); }),
               optional_member("blind_run", [&] { t.blind_run = json.integer<int>(); }),
               optional_member("blind_told", [&] { t.blind_told = json.boolean(); }),
               optional_member("worse_run", [&] { t.worse_run = json.integer<int>(); }),
               optional_member("load", [&] { t.load = read_load(json); }));
  return t;
}

void read_means_of_signal(JsonReader& json, Snapshot& snapshot) {
  std::string signal;
  Duration length{};
  SignalMeans::State s;
  const auto integer = [&json](std::int64_t& to) {
    return [&json, &to] { to = json.integer<std::int64_t>(); };
  };
  const auto number = [&json](double& to) { return [&json, &to] { to = json.number(); }; };
  const std::size_t size = json.elements(
      [&] { signal = json.text(); }, [&] { length = Duration(json.integer<std::int64_t>()); },
      integer(s.last), integer(s.day), number(s.today), integer(s.today_count), number(s.before),
      integer(s.before_count), integer(s.first), number(s.first_sum), integer(s.first_count),
      [&] { s.settled = json.integer<int>() != 0; });
  if (size < 12) throw JsonReadError("expected twelve elements of a signal's means");
  if (length.count() > 0) {
    snapshot.signals.try_emplace(std::pair(std::move(signal), length), SignalMeans(s));
  }
}

VersionLog::Change read_change(JsonReader& json) {
  VersionLog::Change change;
  const std::size_t size =
      json.elements([&] { change.index = json.integer<std::int64_t>(); },
                    [&] { change.from = json.text(); }, [&] { change.to = json.text(); });
  if (size < 3) throw JsonReadError("expected a slot and two versions of a change");
  return change;
}

void read_versions(JsonReader& json, std::map<Duration, VersionLog>& versions) {
  json.array([&](std::size_t) {
    Duration length{};
    std::string current;
    std::vector<VersionLog::Change> changes;
    json.members(
        required_member("length", [&] { length = Duration(json.integer<std::int64_t>()); }),
        required_member("current", [&] { current = json.text(); }), required_member("changes", [&] {
          changes.clear();
          json.array([&](std::size_t) { changes.push_back(read_change(json)); });
        }));
    versions.emplace(length, VersionLog(std::move(current), std::move(changes)));
  });
}

FrozenAssessment frozen(const Json& made) {
  return {made.value("summary", ""), made.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Error unreadable(const std::exception& why) {
  return {std::string("saved state of a decision cannot be read: ") + why.what()};
}

}  // namespace

Status Engine::restore(const std::string& service, std::string_view text,
                       std::optional<std::string_view> course) {
  try {
    JsonReader json(text);
    DecisionState state;
    state.service = service;
    Snapshot& snapshot = state.snapshot;
    std::optional<Json> revisit, assessment;
    json.members(
        required_member("revision", [&] { state.revision = json.text(); }),
        required_member("triggers",
                        [&] {
                          json.object([&](std::string_view name) {
                            bool judged = false;
                            state.triggers.insert_or_assign(std::string(name),
                                                            read_trigger(json, meanings_, judged));
                            if (!judged && !course)
                              throw JsonReadError("expected a ledger for each trigger");
                          });
                        }),
        optional_member("revisit", [&] { revisit = json.tree(); }),
        optional_member("assessment", [&] { assessment = json.tree(); }),
        optional_member("then",
                        [&] {
                          DecisionInputs inputs = read_decision_inputs(json);
                          snapshot.taken = inputs.at;
                          if (inputs.people)
                            snapshot.people = people_.of(*std::move(inputs.people));
                          if (inputs.fleet) snapshot.fleet = fleets_.of(*std::move(inputs.fleet));
                        }),
        optional_member(
            "means",
            [&] { json.array([&](std::size_t) { read_means_of_signal(json, snapshot); }); }),
        optional_member("measured_in", [&] { snapshot.language = json.text(); }),
        optional_member("versions", [&] { read_versions(json, state.versions); }),
        optional_member("review_due_told", [&] { state.review_due_told = read_time(json); }),
        optional_member("review_overdue_told",
                        [&] { state.review_overdue_told = read_time(json); }));
    if (revisit) {
      state.revisit = sound(revisit_from_json(*revisit));
      if (assessment) state.revisit->assessment = frozen(*assessment);
    }
    if (course) read_course(*course, state);
    for (const auto& [name, trigger] : state.triggers) {
      const auto last = trigger.ledger.last();
      if (!last) continue;
      std::int64_t& newest = last_slots_.try_emplace(trigger.length, *last).first->second;
      newest = std::max(newest, *last);
    }
    decisions_.insert_or_assign(service, std::move(state));
    return Ok{};
  } catch (const JsonReadError& e) {
    return unreadable(e);
  } catch (const Json::exception& e) {
    return unreadable(e);
  } catch (const CourseReadError& e) {
    return unreadable(e);
  }
}

Status Engine::restore(const Engine& other) {
  for (const auto& [service, state] : other.decisions_) {
    std::string course;
    other.save_course(service, course);
    if (const Status status = restore(service, other.save_standing(service), course); !status)
      return status;
  }
  return Ok{};
}

}  // namespace revisitd::rules
