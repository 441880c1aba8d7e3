#include "rules/event.h"

#include <array>

namespace revisitd::rules {
namespace {

struct EventInfo {
  EventType type;
  std::string_view name;
  bool notified;
};

constexpr std::array kEvents = {
    EventInfo{EventType::revisit_opened, "revisit.opened", true},
    EventInfo{EventType::revisit_worsened, "revisit.worsened", true},
    EventInfo{EventType::revisit_reopened, "revisit.reopened", true},
    EventInfo{EventType::revisit_subsided, "revisit.subsided", true},
    EventInfo{EventType::revisit_acknowledged, "revisit.acknowledged", false},
    EventInfo{EventType::revisit_snoozed, "revisit.snoozed", false},
    EventInfo{EventType::revisit_reminder, "revisit.reminder", true},
    EventInfo{EventType::revisit_snooze_ending, "revisit.snooze-ending", true},
    EventInfo{EventType::revisit_snooze_ended, "revisit.snooze-ended", true},
    EventInfo{EventType::revisit_concluded, "revisit.concluded", true},
    EventInfo{EventType::revisit_withdrawn, "revisit.withdrawn", true},
    EventInfo{EventType::trigger_verdict, "trigger.verdict", false},
    EventInfo{EventType::trigger_blind, "trigger.blind", true},
    EventInfo{EventType::trigger_sighted, "trigger.sighted", true},
    EventInfo{EventType::decision_added, "decision.added", false},
    EventInfo{EventType::decision_edited, "decision.edited", false},
    EventInfo{EventType::decision_removed, "decision.removed", false},
    EventInfo{EventType::decision_review_due, "decision.review-due", true},
    EventInfo{EventType::decision_review_overdue, "decision.review-overdue", true},
    EventInfo{EventType::roster_changed, "roster.changed", false},
};

}  // namespace

std::string_view event_type_name(EventType type) {
  for (const EventInfo& info : kEvents) {
    if (info.type == type) return info.name;
  }
  return "";
}

std::optional<EventType> parse_event_type(std::string_view name) {
  for (const EventInfo& info : kEvents) {
    if (info.name == name) return info.type;
  }
  return std::nullopt;
}

bool is_notified(EventType type) {
  for (const EventInfo& info : kEvents) {
    if (info.type == type) return info.notified;
  }
  return false;
}

}  // namespace revisitd::rules
