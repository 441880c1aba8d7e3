#include <algorithm>

#include "rules/names.h"
#include "rules/trigger_test_decode.h"

// What happens in a trigger test: restarts, people who come and go, people's words.
namespace revisitd::rules {
namespace {

constexpr Duration kLongest = std::chrono::days(3'650);

// `leave: NAME`, `join: {…}`, `learn: {…}`; a text is a roster file.
std::optional<RosterEdit> decode_roster_edit(const YamlValue& value) {
  YamlMap map(value);
  const YamlValue leave = map.optional("leave");
  const YamlValue join = map.optional("join");
  const YamlValue learn = map.optional("learn");
  map.finish();
  if (leave.given() + join.given() + learn.given() != 1) {
    value.error("expected one of `leave`, `join` and `learn`");
    return std::nullopt;
  }
  RosterEdit edit;
  if (leave.given()) {
    edit.kind = RosterEdit::Kind::leave;
    edit.member.name = leave.text().value_or("");
    edit.place = leave.place();
    return edit;
  }
  edit.kind = join.given() ? RosterEdit::Kind::join : RosterEdit::Kind::learn;
  YamlMap person(join.given() ? join : learn);
  const YamlValue name = person.required("name");
  edit.member.name = name.text().value_or("");
  edit.place = name.place();
  if (join.given()) edit.team = person.required("team").name_text().value_or("");
  const YamlValue languages =
      join.given() ? person.optional("languages") : person.required("languages");
  for (const YamlValue& entry : languages.entries()) {
    if (!is_language_name(entry.name())) entry.error("expected " + std::string(kLanguageRule));
    const auto level = entry.one_of<Fluency>({{"learning", Fluency::learning},
                                              {"shipped", Fluency::shipped},
                                              {"fluent", Fluency::fluent}});
    if (level) edit.member.languages[entry.name()] = *level;
  }
  person.finish();
  return edit;
}

// `until` is a time or, like everything in the file, a duration since the start.
std::optional<TimePoint> decode_until(const YamlValue& until, TimePoint start) {
  const std::optional<std::string> text = until.text();
  if (!text) return std::nullopt;
  if (const auto offset = parse_duration(*text)) return start + *offset;
  if (const auto time = parse_time(*text)) return *time;
  until.error("expected a duration since the start such as 18d, or a time, found " +
              in_quotes(*text));
  return std::nullopt;
}

Action decode_action(YamlMap& map, Action::Kind kind, const TriggerTest& test, Duration at) {
  Action action;
  action.kind = kind;
  action.by = map.required("by").text().value_or("");
  const bool needs_why = kind != Action::Kind::acknowledge;
  action.why = (needs_why ? map.required("why") : map.optional("why")).text().value_or("");
  if (kind == Action::Kind::snooze) {
    const YamlValue until = map.optional("until");
    const YamlValue length = map.optional("for");
    if (until.given() == length.given()) {
      map.value().error("expected `for` with a duration or `until` with a time");
    }
    if (const auto duration = length.duration(Duration{1}, kLongest)) {
      action.until = test.start + at + *duration;
    } else {
      action.until = decode_until(until, test.start);
    }
    if (const auto share = map.optional("worsens_by").share())
      action.worsens_by = to_double(*share);
  }
  if (kind == Action::Kind::conclude) {
    action.outcome = map.required("outcome").one_of<Outcome>({{"reaffirmed", Outcome::reaffirmed},
                                                              {"changed", Outcome::changed},
                                                              {"amended", Outcome::amended}});
  }
  return action;
}

}  // namespace

const TestEvent* outage_at(const TriggerTest& test, Duration at) {
  for (const TestEvent& event : test.events) {
    const auto* down = std::get_if<ReplayEvent::Down>(&event.what);
    if (down && at >= event.at && at < event.at + down->length) return &event;
  }
  return nullptr;
}

void decode_event(const YamlValue& item, TriggerTest& test) {
  YamlMap map(item);
  if (!map.given()) return;
  TestEvent event;
  event.at = map.required("at").duration(Duration{}, kLongest).value_or(Duration{});
  std::vector<std::string_view> given;
  for (const std::string_view key :
       {"restart", "roster", "records", "acknowledge", "snooze", "conclude"}) {
    if (map.has(key)) given.push_back(key);
  }
  if (given.size() != 1) {
    item.error(
        "expected one of `restart`, `roster`, `records`, `acknowledge`, `snooze` and `conclude`");
    return;
  }
  const YamlValue what = map.optional(given.front());
  event.place = what.place();
  if (given.front() == "restart") {
    event.what = ReplayEvent::Down{what.duration(Duration{1}, kLongest).value_or(Duration{1})};
  } else if (given.front() == "roster") {
    if (what.is_scalar()) {
      event.what = TestEvent::RosterFile{what.text().value_or("")};
    } else if (auto edit = decode_roster_edit(what)) {
      event.what = *std::move(edit);
    }
  } else if (given.front() == "records") {
    event.what = decode_record_files(what);
  } else {
    const auto kind = given.front() == "acknowledge" ? Action::Kind::acknowledge
                      : given.front() == "snooze"    ? Action::Kind::snooze
                                                     : Action::Kind::conclude;
    Action action = decode_action(map, kind, test, event.at);
    action.target = what.name_text().value_or("");
    event.what = std::move(action);
  }
  map.finish();
  test.events.push_back(std::move(event));
}

}  // namespace revisitd::rules
