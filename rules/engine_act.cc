#include <cmath>

#include "rules/engine_step.h"

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
      type = EventType::revisit_acknowledged;
      break;
    case Action::Kind::snooze: {
      Snooze word{action.by, action.why, at_, *action.until, action.worsens_by, {}, false};
      if (action.worsens_by) {
        for (const TriggerEvidence& e : revisit.triggers) {
          const auto comparisons = engine_.read(state.decision->service, e.name);
          if (comparisons.empty() || !comparisons.front().left_value) continue;
          const double value = comparisons.front().left_value->value;
          const double margin = std::abs(value) * *action.worsens_by;
          word.limits[e.name] =
              comparisons.front().op.front() == '<' ? value - margin : value + margin;
        }
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
