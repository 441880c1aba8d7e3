#include <algorithm>

#include "rules/engine_step.h"
#include "rules/next_tick.h"

namespace revisitd::rules {
namespace {

TimePoint next_of_revisit(const Revisit& revisit, const EngineOptions& options) {
  if (revisit.state == RevisitState::snoozed) {
    const Snooze& snooze = *revisit.snooze;
    if (snooze.reminded) return snooze.until;
    return snooze.until - snooze_notice(snooze, options.snooze_notice);
  }
  return revisit.next_reminder.value_or(TimePoint::max());
}

TimePoint next_of_review(const DecisionState& state, const EngineOptions& options, TimePoint now) {
  const std::optional<TimePoint> due = state.decision->review_date();
  if (!due) return TimePoint::max();
  if (now < *due || state.review_due_told != due) return *due;
  return state.review_overdue_told == due ? TimePoint::max() : *due + options.review_grace;
}

}  // namespace

TimePoint next_tick(const Engine& engine, TimePoint now) {
  TimePoint next = TimePoint::max();
  for (const auto& [service, state] : engine.decisions()) {
    if (!state.decision) continue;
    next = std::min(next, next_of_review(state, engine.options(), now));
    if (state.revisit) next = std::min(next, next_of_revisit(*state.revisit, engine.options()));
  }
  return next;
}

void EngineStep::tick() {
  for (auto& [service, state] : engine_.decisions_) {
    if (!state.decision) continue;
    if (state.revisit) tick_revisit(state);
    tick_review(state);
  }
}

void EngineStep::tick_revisit(DecisionState& state) {
  Revisit& revisit = *state.revisit;
  if (revisit.state == RevisitState::snoozed) {
    Snooze& snooze = *revisit.snooze;
    if (at_ >= snooze.until) {
      const std::string why = "the snooze by " + snooze.by + " is over: " + snooze.why;
      end_snooze(revisit, engine_.options_.reminders, at_);
      emit(EventType::revisit_snooze_ended, state).why = why;
    } else if (!snooze.reminded &&
               at_ >= snooze.until - snooze_notice(snooze, engine_.options_.snooze_notice)) {
      snooze.reminded = true;
      ++revisit.transitions;
      emit(EventType::revisit_snooze_ending, state).why =
          "the snooze by " + snooze.by + " ends " + format_time(snooze.until);
    }
    return;
  }
  if (!revisit.next_reminder || at_ < *revisit.next_reminder) return;
  ++revisit.reminders;
  ++revisit.transitions;
  revisit.next_reminder = next_reminder(engine_.options_.reminders, revisit.since, at_);
  const Duration waited = std::chrono::duration_cast<std::chrono::hours>(at_ - revisit.since);
  emit(EventType::revisit_reminder, state).why =
      "waits for a conclusion since " + format_duration(waited);
}

void EngineStep::tick_review(DecisionState& state) {
  const std::optional<TimePoint> due = state.decision->review_date();
  if (!due || at_ < *due) return;
  const std::string date = format_date(*due);
  if (at_ >= *due + engine_.options_.review_grace) {
    if (state.review_overdue_told == due) return;
    state.review_overdue_told = due;
    state.review_due_told = due;
    emit(EventType::decision_review_overdue, state).why = "its review was due on " + date;
    return;
  }
  if (state.review_due_told == due) return;
  state.review_due_told = due;
  emit(EventType::decision_review_due, state).why = "its review is due on " + date;
}

}  // namespace revisitd::rules
