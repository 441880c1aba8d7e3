#include "daemon/notify/receiver.h"

#include <algorithm>

namespace revisitd::daemon::notify {
namespace {

using rules::EventType;

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

bool holds_any(const std::vector<std::string>& words, const std::vector<std::string>& given) {
  return words.empty() || std::any_of(given.begin(), given.end(),
                                      [&](const std::string& word) { return holds(words, word); });
}

bool alertmanager_hears(EventType type) {
  switch (type) {
    case EventType::revisit_opened:
    case EventType::revisit_worsened:
    case EventType::revisit_reopened:
    case EventType::revisit_subsided:
    case EventType::revisit_snoozed:
    case EventType::revisit_snooze_ended:
    case EventType::revisit_concluded:
    case EventType::revisit_withdrawn:
    case EventType::trigger_blind:
    case EventType::trigger_sighted:
    case EventType::decision_review_due:
    case EventType::decision_review_overdue:
      return true;
    case EventType::revisit_acknowledged:
    case EventType::revisit_reminder:
    case EventType::revisit_snooze_ending:
    case EventType::trigger_verdict:
    case EventType::decision_added:
    case EventType::decision_edited:
    case EventType::decision_removed:
    case EventType::roster_changed:
      return false;
  }
  return false;
}

}  // namespace

const char* receiver_kind_name(ReceiverKind kind) {
  switch (kind) {
    case ReceiverKind::slack:
      return "slack";
    case ReceiverKind::webhook:
      return "webhook";
    case ReceiverKind::alertmanager:
      return "alertmanager";
  }
  return "";
}

std::vector<std::string> reasons(const rules::Event& event) {
  if (event.type == EventType::decision_review_due ||
      event.type == EventType::decision_review_overdue) {
    return {"review"};
  }
  std::vector<std::string> names;
  if (!event.trigger.empty()) names.push_back(event.trigger);
  if (event.type == EventType::trigger_blind || event.type == EventType::trigger_sighted) {
    names.emplace_back("blind");
    return names;
  }
  if (event.revisit) {
    for (const auto& trigger : event.revisit->triggers) names.push_back(trigger.name);
  }
  return names;
}

bool matches(const RouteMatch& match, const rules::Event& event) {
  return holds(match.team, event.team) && holds(match.service, event.service) &&
         holds(match.language, event.language) && holds_any(match.reason, reasons(event));
}

bool is_told(const Receiver& receiver, EventType type) {
  if (receiver.kind == ReceiverKind::alertmanager) return alertmanager_hears(type);
  if (!receiver.send_resolved &&
      (type == EventType::revisit_subsided || type == EventType::trigger_sighted)) {
    return false;
  }
  return rules::is_notified(type);
}

std::vector<const Receiver*> receivers_of(const rules::Event& event,
                                          const std::vector<Receiver>& receivers,
                                          const std::vector<Route>& routes) {
  std::vector<const Receiver*> told;
  for (const Receiver& receiver : receivers) {
    const bool routed =
        routes.empty() || std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
          return route.receiver == receiver.name && matches(route.match, event);
        });
    if (routed && is_told(receiver, event.type)) told.push_back(&receiver);
  }
  return told;
}

}  // namespace revisitd::daemon::notify
