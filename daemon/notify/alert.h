#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/notify/message.h"
#include "rules/decision_state.h"
#include "rules/event.h"

// revisitd's cases as alerts of the Alertmanager family: posted to /api/v2/alerts, or as the body
// of an Alertmanager webhook (version "4").
//
// Labels are an alert's identity, so only what stays put while a case lasts is one: alertname,
// service, team, language, favours, revisit or trigger, severity. Two of them may still move (a
// team that is renamed, a later trigger that is the first to favour a language); the old alert then
// runs out by itself and a new one appears.
namespace revisitd::daemon::notify {

struct Alert {
  std::map<std::string, std::string> labels;  // empty values are never sent
  std::map<std::string, std::string> annotations;
  TimePoint starts_at{};
  std::optional<TimePoint>
      ends_at;  // set once it is resolved, or to when a kept-alive alert would run out
  bool resolved = false;
  std::string generator_url;
};

// alertname RevisitDecision, severity warning.
Alert revisit_alert(const rules::Revisit& revisit, const LinkOptions& links);
// A digest's member of which only the id is known any more.
Alert unknown_revisit_alert(const DigestMember& member, TimePoint at, const LinkOptions& links);
// The alert of any event. Revisits: as above, resolved at the event's time when it subsided, was
// snoozed, concluded or withdrawn. Blind triggers: alertname RevisitTriggerBlind, severity info.
// Review dates: RevisitReviewDue, severity info, warning once overdue. A firing alert carries no
// end: the Alertmanager's resolve_timeout and the keep-alive decide, however late it is delivered.
Alert event_alert(const rules::Event& event, const LinkOptions& links);
// RevisitReceiverRejects with the label `receiver`, resolved when it accepts again;
// RevisitRestarts.
Alert notice_alert(const Notice& notice, const LinkOptions& links);
Alert test_alert(TimePoint at, const LinkOptions& links);

// What stands now, as the events that told of it: open and acknowledged revisits, triggers that
// were reported blind, decisions whose review is due. For the keep-alive.
std::vector<rules::Event> active_events(
    const std::map<std::string, rules::DecisionState, std::less<>>& decisions, TimePoint now);
// The alert of such an event, which runs out at `runs_out` unless it is posted again before.
Alert kept_alive(const rules::Event& event, const LinkOptions& links, TimePoint runs_out);

// The array that POST /api/v2/alerts takes.
std::string alertmanager_body(const std::vector<Alert>& alerts);
// One group of alerts as an Alertmanager's webhook sends it.
std::string alertmanager_v4_body(const std::string& receiver, const std::vector<Alert>& alerts,
                                 const LinkOptions& links);
// Sixteen hex digits over the labels, as the Alertmanager computes them: 64-bit FNV-1a over sorted
// names and values, each followed by a byte 255.
std::string fingerprint(const std::map<std::string, std::string>& labels);

}  // namespace revisitd::daemon::notify
