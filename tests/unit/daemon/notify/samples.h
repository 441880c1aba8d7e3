#pragma once

#include <string>

#include "daemon/notify/receiver.h"
#include "rules/event.h"

// The events and receivers that the tests of notify/ speak of.
namespace revisitd::daemon::notify {

TimePoint time_of(const std::string& text);

// checkout in Python, opened 2026-05-12T06:10:00Z by tail-latency, which favours go.
rules::Revisit checkout_revisit();
rules::TriggerEvidence tail_latency();
rules::TriggerEvidence fluency();

// An event of checkout's revisit, or of its decision or trigger, as the engine would give it.
rules::Event event_of(rules::EventType type, TimePoint at = time_of("2026-05-12T06:10:00Z"));
// The opening of a revisit of `service`.
rules::Event opening_of(const std::string& service, TimePoint at);

Receiver slack_receiver(const std::string& name = "payments-slack");
Receiver webhook_receiver(WebhookFormat format = WebhookFormat::native,
                          const std::string& name = "platform-hook");
Receiver alertmanager_receiver(const std::string& name = "alertmanager");

}  // namespace revisitd::daemon::notify
