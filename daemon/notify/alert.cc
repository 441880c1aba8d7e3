#include "daemon/notify/alert.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "daemon/notify/text.h"
#include "daemon/notify/wording.h"

namespace revisitd::daemon::notify {
namespace {

using rules::Event;
using rules::EventType;
using Json = nlohmann::ordered_json;
using Pairs = std::map<std::string, std::string>;

constexpr std::size_t kLongestText = 4096;

void put(Pairs& pairs, const char* name, std::string_view value) {
  std::string text = cut(one_line(value), kLongestText);
  if (!text.empty()) pairs[name] = std::move(text);
}

Alert base(const char* alertname, const char* severity, std::string_view service,
           std::string_view team, std::string_view language) {
  Alert alert;
  put(alert.labels, "alertname", alertname);
  put(alert.labels, "severity", severity);
  put(alert.labels, "service", service);
  put(alert.labels, "team", team);
  put(alert.labels, "language", language);
  return alert;
}

void link(Alert& alert, const LinkOptions& options, std::string_view service,
          std::string_view record) {
  const Links links = links_for(options, service, record);
  put(alert.annotations, "record", record);
  put(alert.annotations, "dashboard", links.page);
  alert.generator_url = links.page;
}

Alert blind_alert(std::string_view service, std::string_view team, std::string_view language,
                  std::string_view trigger) {
  Alert alert = base("RevisitTriggerBlind", "info", service, team, language);
  put(alert.labels, "trigger", trigger);
  return alert;
}

Alert review_alert(std::string_view service, std::string_view team, std::string_view language,
                   bool overdue) {
  return base("RevisitReviewDue", overdue ? "warning" : "info", service, team, language);
}

// An event of `type` as it would be told now, so that a kept-alive alert reads like the first one.
Event standing(const rules::DecisionState& state, EventType type, TimePoint at) {
  Event event;
  event.type = type;
  event.at = at;
  event.service = state.decision->service;
  event.team = state.decision->team;
  event.language = state.decision->language;
  event.record = state.decision->path;
  return event;
}

bool is_active(const rules::Revisit& revisit) {
  return revisit.state == rules::RevisitState::open ||
         revisit.state == rules::RevisitState::acknowledged;
}

Json object_of(const Pairs& pairs) {
  Json object = Json::object();
  for (const auto& [name, value] : pairs) object[name] = value;
  return object;
}

Pairs shared(const std::vector<Alert>& alerts, Pairs Alert::* pairs) {
  if (alerts.empty()) return {};
  Pairs result = alerts.front().*pairs;
  for (const Alert& alert : alerts) {
    std::erase_if(result, [&](const auto& pair) {
      const auto at = (alert.*pairs).find(pair.first);
      return at == (alert.*pairs).end() || at->second != pair.second;
    });
  }
  return result;
}

std::string group_key(const Pairs& labels) {
  std::string key = "{}:{";
  for (const auto& [name, value] : labels) {
    if (key.back() != '{') key += ", ";
    key += name + '=' + Json(value).dump();
  }
  return key + '}';
}

}  // namespace

Alert revisit_alert(const rules::Revisit& revisit, const LinkOptions& links) {
  Alert alert = base("RevisitDecision", "warning", revisit.service, revisit.team, revisit.language);
  put(alert.labels, "favours", revisit.favours);
  put(alert.labels, "revisit", revisit.id);
  put(alert.annotations, "summary", title(revisit));
  std::string description;
  for (const rules::TriggerEvidence& evidence : revisit.triggers) {
    if (!description.empty()) description += "; ";
    description += evidence.name + ": " + evidence.condition;
    for (const std::string& phrase : measurements(evidence)) description += ", " + phrase;
  }
  put(alert.annotations, "description", description);
  link(alert, links, revisit.service, revisit.record);
  alert.starts_at = revisit.since;
  return alert;
}

Alert unknown_revisit_alert(const DigestMember& member, TimePoint at, const LinkOptions& links) {
  Alert alert = base("RevisitDecision", "warning", member.service, "", "");
  put(alert.labels, "revisit", member.revisit);
  put(alert.annotations, "summary", "Revisit " + member.service);
  link(alert, links, member.service, "");
  alert.starts_at = at;
  return alert;
}

Alert event_alert(const Event& event, const LinkOptions& links) {
  Alert alert;
  const bool blind =
      event.type == EventType::trigger_blind || event.type == EventType::trigger_sighted;
  if (is_of_revisit(event.type) && event.revisit) {
    alert = revisit_alert(*event.revisit, links);
    put(alert.annotations, "summary", headline(event));
  } else {
    const bool overdue = event.type == EventType::decision_review_overdue;
    alert = blind ? blind_alert(event.service, event.team, event.language, event.trigger)
                  : review_alert(event.service, event.team, event.language, overdue);
    put(alert.annotations, "summary", headline(event));
    put(alert.annotations, "description", lead(event));
    link(alert, links, event.service, event.record);
    alert.starts_at = event.at;
  }
  alert.resolved = is_resolution(event.type) || event.type == EventType::revisit_snoozed;
  if (alert.resolved) alert.ends_at = std::max(event.at, alert.starts_at);
  return alert;
}

Alert notice_alert(const Notice& notice, const LinkOptions& links) {
  const bool restarts = notice.kind == NoticeKind::restarts;
  Alert alert =
      base(restarts ? "RevisitRestarts" : "RevisitReceiverRejects", "warning", "", "", "");
  put(alert.labels, "receiver", notice.receiver);
  put(alert.annotations, "summary", notice_headline(notice));
  put(alert.annotations, "description", notice_text(notice));
  const std::string page = restarts ? home_link(links) : deliveries_link(links);
  put(alert.annotations, "dashboard", page);
  alert.generator_url = page;
  alert.starts_at = notice.since;
  alert.resolved = notice.kind == NoticeKind::receiver_accepts;
  if (alert.resolved) alert.ends_at = std::max(notice.at, notice.since);
  return alert;
}

Alert test_alert(TimePoint at, const LinkOptions& links) {
  Alert alert = base("RevisitTest", "info", "", "", "");
  put(alert.annotations, "summary", "Test message from revisitd");
  put(alert.annotations, "dashboard", home_link(links));
  alert.generator_url = home_link(links);
  alert.starts_at = at;
  return alert;
}

std::vector<Event> active_events(
    const std::map<std::string, rules::DecisionState, std::less<>>& decisions, TimePoint now) {
  std::vector<Event> events;
  for (const auto& [service, state] : decisions) {
    if (!state.decision) continue;
    if (state.revisit && is_active(*state.revisit)) {
      events.push_back(standing(state, EventType::revisit_opened, state.revisit->since));
      events.back().revisit = state.revisit;
    }
    for (const auto& [name, trigger] : state.triggers) {
      if (!trigger.blind_told) continue;
      events.push_back(standing(state, EventType::trigger_blind, trigger.since.value_or(now)));
      events.back().trigger = name;
    }
    if (state.review_overdue_told) {
      events.push_back(
          standing(state, EventType::decision_review_overdue, *state.review_overdue_told));
    } else if (state.review_due_told) {
      events.push_back(standing(state, EventType::decision_review_due, *state.review_due_told));
    }
  }
  return events;
}

Alert kept_alive(const Event& event, const LinkOptions& links, TimePoint runs_out) {
  Alert alert = event_alert(event, links);
  alert.ends_at = std::max(runs_out, alert.starts_at);
  return alert;
}

std::string alertmanager_body(const std::vector<Alert>& alerts) {
  Json array = Json::array();
  for (const Alert& alert : alerts) {
    Json json{{"labels", object_of(alert.labels)},
              {"annotations", object_of(alert.annotations)},
              {"startsAt", format_time(alert.starts_at)}};
    if (alert.ends_at) json["endsAt"] = format_time(*alert.ends_at);
    if (!alert.generator_url.empty()) json["generatorURL"] = alert.generator_url;
    array.push_back(std::move(json));
  }
  return array.dump();
}

std::string alertmanager_v4_body(const std::string& receiver, const std::vector<Alert>& alerts,
                                 const LinkOptions& links) {
  Json list = Json::array();
  bool firing = false;
  for (const Alert& alert : alerts) {
    firing = firing || !alert.resolved;
    list.push_back({{"status", alert.resolved ? "resolved" : "firing"},
                    {"labels", object_of(alert.labels)},
                    {"annotations", object_of(alert.annotations)},
                    {"startsAt", format_time(alert.starts_at)},
                    {"endsAt", alert.resolved && alert.ends_at ? format_time(*alert.ends_at)
                                                               : "0001-01-01T00:00:00Z"},
                    {"generatorURL", alert.generator_url},
                    {"fingerprint", fingerprint(alert.labels)}});
  }
  const Pairs common = shared(alerts, &Alert::labels);
  Pairs group;
  for (const char* name : {"alertname", "service"}) {
    if (const auto at = common.find(name); at != common.end()) group.insert(*at);
  }
  Json body{{"receiver", one_line(receiver)},
            {"status", firing ? "firing" : "resolved"},
            {"alerts", std::move(list)},
            {"groupLabels", object_of(group)},
            {"commonLabels", object_of(common)},
            {"commonAnnotations", object_of(shared(alerts, &Alert::annotations))},
            {"externalURL", links.external_url},
            {"version", "4"},
            {"groupKey", group_key(group)},
            {"truncatedAlerts", 0}};
  return body.dump();
}

std::string fingerprint(const Pairs& labels) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 1099511628211ULL; };
  for (const auto& [name, value] : labels) {
    for (const char c : name) add(static_cast<unsigned char>(c));
    add(255);
    for (const char c : value) add(static_cast<unsigned char>(c));
    add(255);
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, hash >>= 4) {
    *digit = kHex[hash & 15];
  }
  return text;
}

}  // namespace revisitd::daemon::notify
