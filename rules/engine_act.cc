#include <cmath>

#include "rules/engine_step.h"
#include "rules/measured.h"

namespace revisitd::rules {
namespace {

constexpr Duration kLongestSnooze = std::chrono::hours(24 * 366);
constexpr std::size_t kLongestWord = 2000;  // bytes of `by` and `why`

std::optional<ActionFailure> invalid(std::string message) {
  return ActionFailure{ActionError::invalid, std::move(message)};
}

std::optional<ActionFailure> check(TimePoint at, const Action& action) {
  if (action.by.empty()) return invalid("`by` is required: who says so");
  if (action.by.size() > kLongestWord || action.why.size() > kLongestWord) {
    return invalid("`by` and `why` take at most 2000 bytes each");
  }
  switch (action.kind) {
    case Action::Kind::acknowledge:
      return std::nullopt;
    case Action::Kind::snooze:
      if (action.why.empty()) return invalid("`why` is required to snooze");
      if (!action.until)
        return invalid("`until` is required to snooze: a time, or `for` with a duration");
      if (*action.until <= at) return invalid("`until` must lie in the future");
      if (*action.until > at + kLongestSnooze) return invalid("`until` may be at most a year away");
      if (action.worsens_by && !(std::isfinite(*action.worsens_by) && *action.worsens_by > 0)) {
        return invalid("`worsens_by` must be a positive share such as 20%");
      }
      return std::nullopt;
    case Action::Kind::conclude:
      if (action.why.empty()) return invalid("`why` is required to conclude");
      if (!action.outcome) {
        return invalid("`outcome` is required to conclude: reaffirmed, changed or amended");
      }
      return std::nullopt;
  }
  return std::nullopt;
}

// By trigger of the revisit. Where nothing has been measured since the start, the value it opened
// with counts.
std::map<std::string, double> snooze_limits(const Engine& engine, const DecisionState& state,
                                            double share) {
  std::map<std::string, double> limits;
  for (const TriggerEvidence& e : state.revisit->triggers) {
    const Trigger* trigger = state.decision->find_trigger(e.name);
    if (trigger == nullptr) continue;
    const auto now = measured(trigger->when, engine.read(state.service, e.name));
    if (!now) continue;
    const std::optional<SlotValue>& value = now->value ? now->value : e.value;
    if (value) limits[e.name] = worse_by(value->value, now->rising, share);
  }
  return limits;
}

}  // namespace

std::optional<ActionFailure> EngineStep::act(DecisionState& state, const Action& action) {
  if (auto failure = check(at_, action)) return failure;
  Revisit& revisit = *state.revisit;
  if (action.kind != Action::Kind::conclude && revisit.state == RevisitState::subsided) {
    return ActionFailure{ActionError::wrong_state,
                         revisit.id + " has subsided already: it only waits for a conclusion"};
  }
  EventType type{};
  switch (action.kind) {
    case Action::Kind::acknowledge:
      acknowledge(revisit, {action.by, action.why, at_});
      skip_missed_reminders(revisit, engine_.options_.reminders, at_);
      type = EventType::revisit_acknowledged;
      break;
    case Action::Kind::snooze: {
      Snooze word{action.by, action.why, at_, *action.until, action.worsens_by, {}, false};
      if (action.worsens_by) {
        word.limits = snooze_limits(engine_, state, *action.worsens_by);
        for (auto& [name, standing] : state.triggers) standing.worse_run = 0;
      }
      snooze(revisit, std::move(word));
      type = EventType::revisit_snoozed;
      break;
    }
    case Action::Kind::conclude:
      conclude(revisit, {*action.outcome, action.by, action.why, at_});
      type = EventType::revisit_concluded;
      break;
  }
  Event& event = emit(type, state);
  event.by = action.by;
  event.why = action.why;
  if (type == EventType::revisit_concluded) close(state);
  return std::nullopt;
}

}  // namespace revisitd::rules
