#include <array>

#include "rules/trigger_test_decode.h"

// What a trigger test expects.
namespace revisitd::rules {
namespace {

constexpr Duration kLongest = std::chrono::days(3'650);
constexpr long long kMostMessages = 1'000'000;

constexpr std::array kEvents{EventType::revisit_opened,         EventType::revisit_worsened,
                             EventType::revisit_reopened,       EventType::revisit_subsided,
                             EventType::revisit_acknowledged,   EventType::revisit_snoozed,
                             EventType::revisit_reminder,       EventType::revisit_snooze_ending,
                             EventType::revisit_snooze_ended,   EventType::revisit_concluded,
                             EventType::revisit_withdrawn,      EventType::trigger_blind,
                             EventType::trigger_sighted,        EventType::decision_review_due,
                             EventType::decision_review_overdue};

// Splits "service/trigger"; the trigger may be left out unless it is needed.
void name_target(const YamlValue& at, Place place, const std::string& text, bool needs_trigger,
                 TestCheck& check) {
  const std::size_t slash = text.find('/');
  check.service = text.substr(0, slash);
  check.trigger = slash == std::string::npos ? "" : text.substr(slash + 1);
  if (needs_trigger && check.trigger.empty()) {
    at.findings().error(place, "expected a trigger as in " + text + "/TRIGGER");
  }
}

class ExpectationDecoder {
 public:
  ExpectationDecoder(const YamlValue& item, TriggerTest& test)
      : item_(item), map_(item), test_(test) {}

  void decode() {
    if (!map_.given()) return;
    const std::size_t before = test_.checks.size();
    const YamlValue at = map_.optional("at");
    const YamlValue between = map_.optional("between");
    const YamlValue until = map_.optional("until");
    if (at.given() + between.given() + until.given() != 1) {
      item_.error("expected one of `at`, `between` and `until`");
      return;
    }
    if (at.given()) {
      from_ = to_ = time(at);
      decode_moment();
    } else {
      if (between.given()) decode_bounds(between);
      if (until.given()) to_ = time(until);
      decode_span();
    }
    map_.finish();
    if (item_.findings().ok() && test_.checks.size() == before) {
      item_.error(at.given() ? "expected `verdicts`, `state`, `shares` or `coverage`"
                             : "expected an event such as `opened`, or `notifications`");
    }
  }

 private:
  static Duration time(const YamlValue& value) {
    return value.duration(Duration{}, kLongest).value_or(Duration{});
  }

  void decode_bounds(const YamlValue& between) {
    const std::vector<YamlValue> bounds = between.items();
    if (bounds.size() != 2) {
      if (between.is_list()) between.error("expected two durations as in [7d, 14d]");
      return;
    }
    from_ = time(bounds[0]);
    to_ = time(bounds[1]);
    if (to_ < from_) bounds[1].error("expected an end that is not before the beginning");
  }

  void decode_moment() {
    for (const YamlValue& entry : map_.optional("verdicts").entries()) {
      TestCheck check = named(TestCheck::Kind::verdict, entry, true);
      const auto verdict = entry.one_of<Verdict>({{"clear", Verdict::clear},
                                                  {"tripped", Verdict::tripped},
                                                  {"unproven", Verdict::unproven},
                                                  {"blind", Verdict::blind}});
      if (verdict) add(std::move(check)).verdict = *verdict;
    }
    for (const YamlValue& entry : map_.optional("state").entries()) {
      TestCheck check = named(TestCheck::Kind::state, entry, false);
      const auto state = entry.one_of(
          {"none", "open", "acknowledged", "snoozed", "subsided", "concluded", "withdrawn"});
      if (state) add(std::move(check)).state = *state;
    }
    for (const auto& [key, kind] : {std::pair{"shares", TestCheck::Kind::share},
                                    std::pair{"coverage", TestCheck::Kind::coverage}}) {
      for (const YamlValue& entry : map_.optional(key).entries()) {
        TestCheck check = named(kind, entry, true);
        if (const auto share = entry.share()) add(std::move(check)).share = *share;
      }
    }
  }

  void decode_span() {
    for (const EventType type : kEvents) {
      const std::string key(short_event_name(type));
      decode_targets(map_.optional(key), TestCheck::Kind::event, type);
      decode_targets(map_.optional("not_" + key), TestCheck::Kind::no_event, type);
    }
    for (const YamlValue& entry : map_.optional("notifications").entries()) {
      TestCheck check = named(TestCheck::Kind::notifications, entry, false);
      if (const auto count = entry.integer(0, kMostMessages)) add(std::move(check)).count = *count;
    }
  }

  // A service or a trigger of it, or a list of them.
  void decode_targets(const YamlValue& value, TestCheck::Kind kind, EventType type) {
    std::vector<YamlValue> targets;
    if (value.is_list()) {
      targets = value.items();
    } else if (value.given()) {
      targets.push_back(value);
    }
    for (const YamlValue& target : targets) {
      const std::optional<std::string> text = target.text();
      if (!text) continue;
      TestCheck check;
      check.kind = kind;
      check.place = target.place();
      name_target(target, target.place(), *text, false, check);
      add(std::move(check)).event = type;
    }
  }

  static TestCheck named(TestCheck::Kind kind, const YamlValue& entry, bool needs_trigger) {
    TestCheck check;
    check.kind = kind;
    check.place = entry.place();
    name_target(entry, entry.key_place(), entry.name(), needs_trigger, check);
    return check;
  }

  TestCheck& add(TestCheck check) {
    check.from = from_;
    check.to = to_;
    return test_.checks.emplace_back(std::move(check));
  }

  const YamlValue& item_;
  YamlMap map_;
  TriggerTest& test_;
  Duration from_{}, to_{};
};

}  // namespace

void decode_expectation(const YamlValue& item, TriggerTest& test) {
  ExpectationDecoder(item, test).decode();
}

}  // namespace revisitd::rules
