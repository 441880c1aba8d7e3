#include "daemon/notify/message.h"

#include <nlohmann/json.hpp>

#include "daemon/notify/alert.h"
#include "daemon/notify/slack.h"
#include "daemon/notify/webhook.h"
#include "daemon/notify/wording.h"

namespace revisitd::daemon::notify {
namespace {

constexpr std::size_t kDigestEntries = 500;  // of a JSON body: some 200 kB

std::vector<Alert> digest_alerts(const std::vector<DigestMember>& members, TimePoint at,
                                 const LinkOptions& links) {
  std::vector<Alert> alerts;
  alerts.reserve(members.size());
  for (const DigestMember& member : members) {
    alerts.push_back(member.known != nullptr ? revisit_alert(*member.known, links)
                                             : unknown_revisit_alert(member, at, links));
  }
  return alerts;
}

// An alert is of one trigger, whatever else the event tells of.
std::vector<Alert> alerts_of(const rules::Event& event, const LinkOptions& links) {
  if (event.others.empty()) return {event_alert(event, links)};
  std::vector<Alert> alerts;
  for (rules::TriggerNews& news : told_triggers(event)) {
    rules::Event one = event;
    one.others.clear();
    one.trigger = std::move(news.trigger);
    one.verdict = news.verdict;
    one.counts = news.counts;
    one.missing = std::move(news.missing);
    alerts.push_back(event_alert(one, links));
  }
  return alerts;
}

std::string alerts_body(const Receiver& receiver, const std::vector<Alert>& alerts,
                        const LinkOptions& links) {
  if (receiver.kind == ReceiverKind::alertmanager) return alertmanager_body(alerts);
  return alertmanager_v4_body(receiver.name, alerts, links);
}

bool speaks_alerts(const Receiver& receiver) {
  return receiver.kind == ReceiverKind::alertmanager ||
         (receiver.kind == ReceiverKind::webhook &&
          receiver.webhook.format == WebhookFormat::alertmanager_v4);
}

}  // namespace

std::string event_body(const Receiver& receiver, const rules::Event& event,
                       const MessageOptions& options) {
  if (speaks_alerts(receiver))
    return alerts_body(receiver, alerts_of(event, options.links), options.links);
  if (receiver.kind == ReceiverKind::slack) return slack_body(event, options);
  return webhook_body(event, options);
}

std::string digest_body(const Receiver& receiver, const std::vector<DigestMember>& members,
                        TimePoint at, const MessageOptions& options) {
  if (speaks_alerts(receiver)) {
    return alerts_body(receiver, digest_alerts(members, at, options.links), options.links);
  }
  if (receiver.kind == ReceiverKind::slack) return slack_digest_body(members, options);
  return webhook_digest_body(members, at, options);
}

std::size_t digest_capacity(const Receiver& receiver, const std::vector<DigestMember>& members,
                            std::size_t first) {
  if (receiver.kind == ReceiverKind::slack) return slack_digest_capacity(members, first);
  return std::min(kDigestEntries, members.size() - first);
}

std::string notice_body(const Receiver& receiver, const Notice& notice,
                        const MessageOptions& options) {
  if (speaks_alerts(receiver))
    return alerts_body(receiver, {notice_alert(notice, options.links)}, options.links);
  if (receiver.kind == ReceiverKind::slack) return slack_notice_body(notice, options);
  return webhook_notice_body(notice, options);
}

std::string test_body(const Receiver& receiver, TimePoint at, const MessageOptions& options) {
  if (speaks_alerts(receiver)) {
    return alerts_body(receiver, {test_alert(at, options.links)}, options.links);
  }
  if (receiver.kind == ReceiverKind::slack) return slack_test_body(receiver.name, options);
  return webhook_test_body(receiver.name, at, options);
}

}  // namespace revisitd::daemon::notify
