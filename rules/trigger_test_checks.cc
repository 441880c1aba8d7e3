#include <algorithm>

#include "rules/trigger_test_run.h"

// Expectations against what happened, and both in words.
namespace revisitd::rules {
namespace {

CheckResult begin(const TestCheck& check) {
  CheckResult result;
  result.place = check.place;
  result.from = check.from;
  result.to = check.to;
  result.service = check.service;
  result.trigger = check.trigger;
  return result;
}

std::string target_of(const TestCheck& check) {
  return check.trigger.empty() ? check.service : check.service + "/" + check.trigger;
}

std::string span_of(const TestCheck& check) {
  if (check.from == Duration{}) return "until " + format_duration(check.to);
  return "between " + format_duration(check.from) + " and " + format_duration(check.to);
}

void settle(CheckResult& result, std::string expected, std::string got) {
  result.passed = expected == got;
  result.expected = std::move(expected);
  result.got = std::move(got);
}

std::string percent(const std::optional<Share>& share) {
  return share ? format_share(*share) : "unknown";
}

}  // namespace

CheckResult answer_moment_check(const TestCheck& check, const DecisionState* state,
                                const std::string& last_end) {
  CheckResult result = begin(check);
  const std::string at = " at " + format_duration(check.to);
  const TriggerState* trigger = nullptr;
  if (state != nullptr && !check.trigger.empty()) {
    const auto found = state->triggers.find(check.trigger);
    if (found != state->triggers.end()) trigger = &found->second;
  }
  const std::string gone = "not in force";
  switch (check.kind) {
    case TestCheck::Kind::verdict:
      settle(result, std::string(verdict_name(check.verdict)),
             trigger ? std::string(verdict_name(trigger->verdict)) : gone);
      result.name = target_of(check) + " is " + result.expected + at;
      break;
    case TestCheck::Kind::share:
      settle(result, format_share(check.share),
             trigger ? percent(trigger->ledger.counts().share()) : gone);
      result.name = target_of(check) + " has breach in " + result.expected + at;
      break;
    case TestCheck::Kind::coverage:
      settle(result, format_share(check.share),
             trigger ? format_share(trigger->ledger.counts().coverage()) : gone);
      result.name = target_of(check) + " has " + result.expected + " covered" + at;
      break;
    case TestCheck::Kind::state: {
      const bool unfinished = state != nullptr && state->revisit;
      std::string got =
          unfinished ? std::string(revisit_state_name(state->revisit->state)) : "none";
      // Once ended, a revisit is both: how it ended, and none any more.
      if (!unfinished && check.state == last_end) got = last_end;
      settle(result, check.state, std::move(got));
      result.name = "the revisit of " + check.service + " is " + check.state + at;
      if (check.state == "none") result.name = check.service + " has no revisit" + at;
      break;
    }
    case TestCheck::Kind::event:
    case TestCheck::Kind::no_event:
    case TestCheck::Kind::notifications:
      break;
  }
  return result;
}

CheckResult answer_event_check(const TriggerTest& test, const TestCheck& check,
                               const ReplayLog& log) {
  CheckResult result = begin(check);
  const std::string name(short_event_name(check.event));
  std::vector<std::string> inside, outside, told;
  for (const Event& e : log.events()) {
    if (e.service != check.service) continue;
    const Duration at = e.at - test.start;
    const bool in = at >= check.from && at <= check.to;
    if (in && is_notified(e.type)) {
      told.push_back(std::string(short_event_name(e.type)) + " at " + format_duration(at) +
                     (e.trigger.empty() ? "" : " (" + e.trigger + ")"));
    }
    if (e.type != check.event || (!check.trigger.empty() && e.trigger != check.trigger)) continue;
    (in ? inside : outside).push_back(format_duration(at));
  }
  const auto list = [](const std::vector<std::string>& items) {
    std::string text;
    for (std::size_t i = 0; i < items.size() && i < 5; ++i) text += (i ? ", " : "") + items[i];
    return items.size() > 5 ? text + ", …" : text;
  };
  switch (check.kind) {
    case TestCheck::Kind::event:
    case TestCheck::Kind::no_event: {
      const bool wanted = check.kind == TestCheck::Kind::event;
      result.passed = inside.empty() != wanted;
      result.expected = (wanted ? "" : "not ") + name + " " + span_of(check);
      result.name = target_of(check) + " " + result.expected;
      const auto& seen = inside.empty() ? outside : inside;
      result.got = seen.empty() ? "never " + name : name + " at " + list(seen);
      break;
    }
    case TestCheck::Kind::notifications:
      result.passed = told.size() == static_cast<std::size_t>(check.count);
      result.expected = std::to_string(check.count);
      result.got = std::to_string(told.size());
      if (!told.empty()) result.got += ": " + list(told);
      result.name = check.service + " tells " + result.expected + " times " + span_of(check);
      break;
    case TestCheck::Kind::verdict:
    case TestCheck::Kind::share:
    case TestCheck::Kind::coverage:
    case TestCheck::Kind::state:
      break;
  }
  return result;
}

}  // namespace revisitd::rules
