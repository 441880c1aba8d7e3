#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/decision.h"
#include "rules/revisit.h"
#include "rules/time.h"
#include "rules/verdict.h"

// What the engine says happened. Every event becomes a row of the trail; some become messages.
namespace revisitd::rules {

enum class EventType {
  // of a revisit
  revisit_opened,
  revisit_worsened,
  revisit_reopened,
  revisit_subsided,
  revisit_acknowledged,  // trail only
  revisit_snoozed,       // trail only
  revisit_reminder,
  revisit_snooze_ending,
  revisit_snooze_ended,
  revisit_concluded,
  revisit_withdrawn,
  // of a trigger
  trigger_verdict,  // trail only: the verdict changed
  trigger_blind,
  trigger_sighted,
  // of a decision
  decision_added,    // trail only
  decision_edited,   // trail only
  decision_removed,  // trail only
  decision_review_due,
  decision_review_overdue,
  // of the surroundings
  roster_changed,  // trail only
};

// As in webhooks and the trail: "revisit.opened", "trigger.blind", "decision.review-due",
// "roster.changed", …
std::string_view event_type_name(EventType type);
std::optional<EventType> parse_event_type(std::string_view name);
// Whether receivers are told.
bool is_notified(EventType type);

// What a blind trigger has no value of, and why: "latency_p99", "nothing was scraped or answered".
struct MissingInput {
  std::string input;
  std::string why;
  friend bool operator==(const MissingInput&, const MissingInput&) = default;
};

// One of several triggers that a message tells of.
struct TriggerNews {
  std::string trigger;
  std::optional<Verdict> verdict;
  SlotCounts counts;
  std::vector<MissingInput> missing;
};

struct Event {
  EventType type{};
  TimePoint at{};  // the slot's end, the action's or the clock's time
  std::string service;
  std::string team;
  std::string language;
  std::string record;                        // path
  std::string trigger;                       // "" when it is about the whole decision
  std::optional<Verdict> verdict;            // of the trigger
  SlotCounts counts;                         // of the trigger's window, when there is a trigger
  std::shared_ptr<const Decision> decision;  // as it is after the event, for events of a decision
  std::optional<Revisit> revisit;            // as it is after the event, for events of a revisit
  std::string by;                            // a person, or "revisitd"
  std::string why;
  bool backfilled = false;
  std::vector<MissingInput> missing;  // of trigger_blind: in the slot that made it tell
  // The engine tells of each trigger by itself; where a message tells of several at once these are
  // the others.
  std::vector<TriggerNews> others;
};

}  // namespace revisitd::rules
