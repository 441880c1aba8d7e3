#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {

using rules::EventType;
using rules::RevisitState;
using std::chrono::hours;
using std::chrono::minutes;

TimePoint time_of(const std::string& text) { return *parse_time(text); }

rules::TriggerEvidence tail_latency() {
  rules::TriggerEvidence e;
  e.name = "tail-latency";
  e.condition = "latency_p99 > 100ms";
  e.provided = "rps >= 1600";
  e.reading = "latency_p99 131ms > 100ms";
  e.signal = "latency_p99";
  e.value = rules::SlotValue{0.131, 0.1, 0.25};
  e.threshold = 0.1;
  e.unit = Unit::seconds;
  e.window = hours(7 * 24);
  e.slot = minutes(10);
  e.counts = {970, 28, 0, 10};
  e.trip = {19, 20};
  e.since = time_of("2026-05-12T06:10:00Z");
  e.onset = time_of("2026-05-05T08:40:00Z");
  e.favours = "go";
  e.why = "Python was chosen while the tail fitted the envelope.";
  return e;
}

rules::TriggerEvidence fluency() {
  rules::TriggerEvidence e;
  e.name = "fluency";
  e.condition = "fluent(\"python\") < 2";
  e.reading = "fluent(\"python\") 1 < 2";
  e.window = hours(14 * 24);
  e.slot = minutes(10);
  e.counts = {2016, 0, 0, 0};
  e.since = time_of("2026-05-20T12:00:00Z");
  e.favours = "go";
  e.hard = true;
  return e;
}

rules::Revisit checkout_revisit() {
  rules::Revisit r;
  r.id = "checkout-20260512T061000Z";
  r.service = "checkout";
  r.team = "payments";
  r.language = "python";
  r.favours = "go";
  r.record = "records/0007-use-python-for-checkout.md";
  r.decision = "0007-use-python-for-checkout";
  r.title = "Use Python for checkout";
  r.since = time_of("2026-05-12T06:10:00Z");
  r.changed = r.since;
  r.transitions = 1;
  r.triggers = {tail_latency()};
  return r;
}

rules::Event event_of(EventType type, TimePoint at) {
  rules::Event event;
  event.type = type;
  event.at = at;
  event.service = "checkout";
  event.team = "payments";
  event.language = "python";
  event.record = "records/0007-use-python-for-checkout.md";
  event.by = "revisitd";
  event.revisit = checkout_revisit();
  rules::Revisit& r = *event.revisit;
  if (at != r.since) r.transitions = 2;
  switch (type) {
    case EventType::revisit_worsened:
    case EventType::revisit_reopened:
      r.triggers.push_back(fluency());
      if (type == EventType::revisit_worsened) break;
      r.triggers[0].release = rules::Release{*r.triggers[0].onset, "1.4.1", "1.4.2"};
      r.triggers[0].load = rules::LoadShift{1650, 2310};
      r.triggers[0].trend = rules::BreachTrend{0.4, 0.98};
      r.triggers[0].recovery = rules::TimeFlip{504, rules::Verdict::clear};
      r.assessment = {"leans go by 0.21", R"({"result":"leans","leans":"go"})"};
      break;
    case EventType::revisit_subsided:
      r.state = RevisitState::subsided;
      break;
    case EventType::revisit_acknowledged:
      r.state = RevisitState::acknowledged;
      break;
    case EventType::revisit_snoozed:
    case EventType::revisit_snooze_ending:
      r.state = RevisitState::snoozed;
      r.snooze = rules::Snooze{
          "ana", "after the summer sale", r.since + hours(48), at + hours(24), 0.2, {}, true};
      break;
    case EventType::revisit_concluded:
      r.state = RevisitState::concluded;
      r.conclusion =
          rules::Conclusion{rules::Outcome::reaffirmed, "ana", "bad deploy, rolled back", at};
      event.by = "ana";
      event.why = "bad deploy, rolled back";
      break;
    case EventType::revisit_withdrawn:
      r.state = RevisitState::withdrawn;
      event.why = "the record went away";
      break;
    case EventType::trigger_blind:
    case EventType::trigger_sighted:
      event.revisit.reset();
      event.trigger = "tail-latency";
      event.verdict = rules::Verdict::blind;
      event.counts = {100, 600, 8, 300};
      if (type == EventType::trigger_blind)
        event.missing = {{"latency_p99", "nothing was scraped or answered"}};
      break;
    case EventType::decision_review_due:
    case EventType::decision_review_overdue:
      event.revisit.reset();
      break;
    case EventType::revisit_opened:
    case EventType::revisit_reminder:
    case EventType::revisit_snooze_ended:
    case EventType::trigger_verdict:
    case EventType::decision_added:
    case EventType::decision_edited:
    case EventType::decision_removed:
    case EventType::roster_changed:
      break;
  }
  return event;
}

rules::Event opening_of(const std::string& service, TimePoint at) {
  rules::Event event = event_of(EventType::revisit_opened, at);
  event.service = service;
  rules::Revisit& r = *event.revisit;
  r.service = service;
  r.id = service + "-20260512T061000Z";
  r.since = at;
  r.transitions = 1;
  return event;
}

Receiver slack_receiver(const std::string& name) {
  Receiver receiver;
  receiver.name = name;
  receiver.kind = ReceiverKind::slack;
  receiver.slack.api_url.inline_value = Secret("http://127.0.0.1:9/services/T0/B0/canary-secret");
  return receiver;
}

Receiver webhook_receiver(WebhookFormat format, const std::string& name) {
  Receiver receiver;
  receiver.name = name;
  receiver.kind = ReceiverKind::webhook;
  receiver.webhook.url.inline_value = Secret("http://127.0.0.1:9/hook");
  receiver.webhook.format = format;
  return receiver;
}

Receiver alertmanager_receiver(const std::string& name) {
  Receiver receiver;
  receiver.name = name;
  receiver.kind = ReceiverKind::alertmanager;
  receiver.alertmanager.urls = {"http://127.0.0.1:9093"};
  return receiver;
}

}  // namespace revisitd::daemon::notify
