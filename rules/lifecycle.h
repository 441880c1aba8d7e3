#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/revisit.h"
#include "rules/time.h"

// The moves of a revisit between its states, as pure functions on the case. Who may call them when
// is the engine's business.
namespace revisitd::rules {

// When people are reminded of a revisit that waits.
struct ReminderPlan {
  std::vector<Duration> first;  // after opening, ascending
  Duration every{};             // after the last of them, positive
};

// The first reminder strictly after `now` for a revisit opened at `since`. Reminders that fell into
// a time when nobody could send them are skipped, not caught up.
TimePoint next_reminder(const ReminderPlan& plan, TimePoint since, TimePoint now);

// SERVICE-YYYYMMDDTHHMMSSZ, with milliseconds where they are not zero.
std::string revisit_id(std::string_view service, TimePoint since);

// A further trigger tripped, or one of its own again: replaces or appends its evidence. An
// acknowledged revisit stays acknowledged, a subsided one is open again (and nobody's), a snoozed
// one stays snoozed.
void add_evidence(Revisit& revisit, TriggerEvidence evidence, TimePoint at);
void subside(Revisit& revisit, TimePoint at);
void acknowledge(Revisit& revisit, Acknowledgement word);
void snooze(Revisit& revisit, Snooze word);
// Back to open, with reminders counted from now on.
void end_snooze(Revisit& revisit, const ReminderPlan& plan, TimePoint at);
void conclude(Revisit& revisit, Conclusion word);
void withdraw(Revisit& revisit, TimePoint at);

// Reminders that fell due while the revisit was snoozed are skipped.
void skip_missed_reminders(Revisit& revisit, const ReminderPlan& plan, TimePoint at);

// How long before its end a snooze is announced: `notice`, but at most a tenth of the snooze.
Duration snooze_notice(const Snooze& snooze, Duration notice);

}  // namespace revisitd::rules
