#include "daemon/notify/webhook.h"

#include <nlohmann/json.hpp>

#include "daemon/notify/wording.h"
#include "rules/revisit_json.h"

namespace revisitd::daemon::notify {
namespace {

using Json = nlohmann::ordered_json;

// Bytes of a record that are no UTF-8 must not keep a message from being sent.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string envelope(std::string_view type, TimePoint at, Json data) {
  return dump({{"type", type}, {"timestamp", format_time(at)}, {"data", std::move(data)}});
}

Json links_json(const Links& links) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  return {{"page", text_or_null(links.page)},
          {"record", text_or_null(links.record)},
          {"draft", text_or_null(links.draft)}};
}

Json counts_json(const rules::SlotCounts& counts) {
  return {
      {"breach", counts.breach}, {"ok", counts.ok}, {"idle", counts.idle}, {"blind", counts.blind}};
}

Json missing_json(const std::vector<rules::MissingInput>& missing) {
  Json list = Json::array();
  for (const rules::MissingInput& m : missing) list.push_back({{"input", m.input}, {"why", m.why}});
  return list;
}

// Every trigger that the event tells of.
Json news_json(const rules::Event& event) {
  Json list = Json::array();
  for (const rules::TriggerNews& news : told_triggers(event)) {
    Json json{{"name", news.trigger}};
    if (news.verdict) json["verdict"] = rules::verdict_name(*news.verdict);
    json["counts"] = counts_json(news.counts);
    if (!news.missing.empty()) json["missing"] = missing_json(news.missing);
    list.push_back(std::move(json));
  }
  return list;
}

// An event that is not of a revisit, in the same keys.
Json plain_data(const rules::Event& event) {
  Json data{{"service", event.service},       {"team", event.team},
            {"language", event.language},     {"reason", headline(event)},
            {"since", format_time(event.at)}, {"record", event.record}};
  if (!event.trigger.empty()) {
    data["trigger"] = event.trigger;
    if (event.verdict) data["verdict"] = rules::verdict_name(*event.verdict);
    data["counts"] = counts_json(event.counts);
    if (!event.missing.empty()) data["missing"] = missing_json(event.missing);
    if (!event.others.empty()) data["triggers"] = news_json(event);
  }
  return data;
}

}  // namespace

std::string webhook_body(const rules::Event& event, const MessageOptions& options) {
  Json data = is_of_revisit(event.type) && event.revisit ? rules::to_json(*event.revisit)
                                                         : plain_data(event);
  if (!event.by.empty()) data["by"] = event.by;
  if (!event.why.empty()) data["why"] = event.why;
  if (event.backfilled) data["backfilled"] = true;
  if (!data.contains("assessment")) data["assessment"] = nullptr;
  data["links"] = links_json(links_for(options.links, event.service, event.record));
  return envelope(rules::event_type_name(event.type), event.at, std::move(data));
}

std::string webhook_digest_body(const std::vector<DigestMember>& members, TimePoint at,
                                const MessageOptions& options) {
  Json revisits = Json::array();
  for (const DigestMember& member : members) {
    Json json{{"revisit", member.revisit}, {"service", member.service}};
    if (member.known != nullptr) {
      const rules::Revisit& revisit = *member.known;
      json["team"] = revisit.team;
      json["language"] = revisit.language;
      json["favours"] = revisit.favours;
      json["state"] = rules::revisit_state_name(revisit.state);
      json["reason"] = rules::summary(revisit);
      json["since"] = format_time(revisit.since);
      json["record"] = revisit.record;
    }
    revisits.push_back(std::move(json));
  }
  const std::string home = home_link(options.links);
  Json data{{"revisits", std::move(revisits)},
            {"links", {{"page", home.empty() ? Json(nullptr) : Json(home)}}}};
  return envelope(kDigestType, at, std::move(data));
}

std::string webhook_notice_body(const Notice& notice, const MessageOptions& options) {
  Json data = Json::object();
  if (!notice.receiver.empty()) data["receiver"] = notice.receiver;
  data["reason"] = notice_headline(notice);
  data["text"] = notice_text(notice);
  data["since"] = format_time(notice.since);
  if (!notice.why.empty()) data["why"] = notice.why;
  if (notice.count > 0) data["starts"] = notice.count;
  const std::string page = notice.kind == NoticeKind::restarts ? home_link(options.links)
                                                               : deliveries_link(options.links);
  data["links"] = {{"page", page.empty() ? Json(nullptr) : Json(page)}};
  return envelope(notice_type(notice.kind), notice.at, std::move(data));
}

std::string webhook_test_body(const std::string& receiver, TimePoint at,
                              const MessageOptions& options) {
  const std::string home = home_link(options.links);
  return envelope(
      kTestType, at,
      {{"receiver", receiver}, {"links", {{"page", home.empty() ? Json(nullptr) : Json(home)}}}});
}

}  // namespace revisitd::daemon::notify
