#include "rules/lifecycle.h"

#include <algorithm>

namespace revisitd::rules {
namespace {

void move_to(Revisit& revisit, RevisitState state, TimePoint at) {
  revisit.state = state;
  revisit.changed = at;
  ++revisit.transitions;
}

}  // namespace

TimePoint next_reminder(const ReminderPlan& plan, TimePoint since, TimePoint now) {
  TimePoint due = since;
  for (const Duration after : plan.first) {
    due = since + after;
    if (due > now) return due;
  }
  const std::int64_t missed = std::max<std::int64_t>(0, (now - due) / plan.every);
  return due + plan.every * (missed + 1);
}

std::string revisit_id(std::string_view service, TimePoint since) {
  std::string id(service);
  id += '-';
  for (const char c : format_time(since)) {
    if (c != '-' && c != ':' && c != '.') id += c;
  }
  return id;
}

void add_evidence(Revisit& revisit, TriggerEvidence evidence, TimePoint at) {
  if (revisit.favours.empty()) revisit.favours = evidence.favours;
  const auto same = std::find_if(revisit.triggers.begin(), revisit.triggers.end(),
                                 [&](const TriggerEvidence& e) { return e.name == evidence.name; });
  if (same != revisit.triggers.end()) {
    *same = std::move(evidence);
  } else {
    revisit.triggers.push_back(std::move(evidence));
  }
  const bool again = revisit.state == RevisitState::subsided;
  if (again) revisit.acknowledgement.reset();
  move_to(revisit, again ? RevisitState::open : revisit.state, at);
}

void subside(Revisit& revisit, TimePoint at) {
  revisit.snooze.reset();
  move_to(revisit, RevisitState::subsided, at);
}

void acknowledge(Revisit& revisit, Acknowledgement word) {
  revisit.snooze.reset();
  move_to(revisit, RevisitState::acknowledged, word.at);
  revisit.acknowledgement = std::move(word);
}

void snooze(Revisit& revisit, Snooze word) {
  move_to(revisit, RevisitState::snoozed, word.at);
  revisit.snooze = std::move(word);
}

void end_snooze(Revisit& revisit, const ReminderPlan& plan, TimePoint at) {
  revisit.snooze.reset();
  revisit.next_reminder = next_reminder(plan, revisit.since, at);
  move_to(revisit, RevisitState::open, at);
}

void skip_missed_reminders(Revisit& revisit, const ReminderPlan& plan, TimePoint at) {
  if (revisit.next_reminder && *revisit.next_reminder <= at) {
    revisit.next_reminder = next_reminder(plan, revisit.since, at);
  }
}

void conclude(Revisit& revisit, Conclusion word) {
  revisit.snooze.reset();
  revisit.next_reminder.reset();
  move_to(revisit, RevisitState::concluded, word.at);
  revisit.conclusion = std::move(word);
}

void withdraw(Revisit& revisit, TimePoint at) {
  revisit.snooze.reset();
  revisit.next_reminder.reset();
  move_to(revisit, RevisitState::withdrawn, at);
}

Duration snooze_notice(const Snooze& snooze, Duration notice) {
  return std::min(notice, (snooze.until - snooze.at) / 10);
}

}  // namespace revisitd::rules
