#include "daemon/notify/slack.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/notify/text.h"
#include "daemon/notify/wording.h"

namespace revisitd::daemon::notify {
namespace {

using rules::Event;
using rules::EventType;
using Json = nlohmann::ordered_json;

constexpr std::size_t kHeaderLimit = 150;
constexpr std::size_t kSectionLimit = 2900;
constexpr std::size_t kFallbackLimit = 2900;
constexpr std::size_t kMessageLimit = 12'900;  // bytes of all blocks
constexpr std::size_t kReserve = 1'900;        // of them, for what follows the triggers
constexpr std::size_t kMostBlocks = 44;        // leaves room for what follows the triggers
constexpr std::size_t kWhyLimit = 900;
constexpr std::size_t kNameLimit = 120;
constexpr std::size_t kConditionLimit = 600;
constexpr std::size_t kLinkLimit = 1000;  // a longer URL is left out rather than cut

constexpr std::size_t kDigestBudget = 11'000;  // bytes of a digest's lines
constexpr std::size_t kDigestLine = 110;       // bytes of a line, unless its id alone is longer

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json plain(std::string_view text, std::size_t limit) {
  return {{"type", "plain_text"}, {"text", slack_escape(text, limit)}, {"emoji", false}};
}

Json mrkdwn(std::string text) {
  return {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}};
}

Json header(std::string_view text) {
  return {{"type", "header"}, {"text", plain(text, kHeaderLimit)}};
}

Json section(Json text) { return {{"type", "section"}, {"text", std::move(text)}}; }

Json context(Json element) {
  return {{"type", "context"}, {"elements", Json::array({std::move(element)})}};
}

// Only for URLs of ours, which are percent-encoded; the operator's part is still escaped.
void add_link(std::string& text, const std::string& url, std::string_view label) {
  const std::string target = slack_escape(url, kLinkLimit);
  if (url.empty() || target.ends_with("…") || url.find('|') != std::string::npos) return;
  if (!text.empty()) text += "  ·  ";
  text += '<' + target + '|' + std::string(label) + '>';
}

std::string joined(const std::vector<std::string>& phrases, std::string_view between) {
  std::string text;
  for (const std::string& phrase : phrases) {
    if (!text.empty()) text += between;
    text += phrase;
  }
  return text;
}

// "*tail-latency*: `latency_p99 > 100ms`", and under it what was measured.
std::string trigger_text(const rules::TriggerEvidence& e) {
  std::string text =
      slack_bold(e.name, kNameLimit) + ": " + slack_code(e.condition, kConditionLimit);
  if (!e.provided.empty()) text += " provided " + slack_code(e.provided, kConditionLimit);
  std::string measured;
  for (const std::string& phrase : measurements(e)) {
    const bool second_line = measured.find('\n') != std::string::npos;
    if (!measured.empty()) measured += second_line ? ", " : "\n";
    measured += slack_escape(phrase, kConditionLimit);
  }
  // A reading may hold text of the record; styles must not start in it.
  std::erase_if(measured, [](char c) { return c == '*' || c == '~' || c == '`'; });
  if (!measured.empty()) text += "\n" + measured;
  if (!e.favours.empty())
    text += "\nSpeaks for " + slack_bold(language_title(e.favours), kNameLimit);
  return text;
}

bool shows_triggers(EventType type) {
  return type == EventType::revisit_opened || type == EventType::revisit_worsened ||
         type == EventType::revisit_reopened || type == EventType::revisit_reminder ||
         type == EventType::revisit_snooze_ended || type == EventType::revisit_snooze_ending;
}

void add_triggers(Json& blocks, const std::vector<rules::TriggerEvidence>& triggers) {
  std::size_t shown = 0;
  for (const rules::TriggerEvidence& e : triggers) {
    Json more = Json::array({section(mrkdwn(trigger_text(e)))});
    const std::string why = one_line(e.why);
    if (!why.empty()) more.push_back(context(plain("Why it was written: " + why, kWhyLimit)));
    if (blocks.size() + more.size() > kMostBlocks ||
        dump(blocks).size() + dump(more).size() > kMessageLimit - kReserve) {
      break;
    }
    for (Json& block : more) blocks.push_back(std::move(block));
    ++shown;
  }
  if (shown == triggers.size()) return;
  std::string rest;
  for (std::size_t i = shown; i < triggers.size(); ++i) {
    rest += (rest.empty() ? "" : ", ") + one_line(triggers[i].name);
  }
  blocks.push_back(context(
      plain("And " + std::to_string(triggers.size() - shown) + " more: " + rest, kWhyLimit)));
}

std::string whereabouts(const Event& event) {
  std::vector<std::string> parts;
  if (!event.team.empty()) parts.push_back("Team " + cut(one_line(event.team), kNameLimit));
  if (!event.record.empty()) parts.push_back("Record " + cut(one_line(event.record), 300));
  if (is_of_revisit(event.type) && event.revisit) {
    parts.push_back("Revisit " + cut(one_line(event.revisit->id), 300));
  }
  return joined(parts, "  ·  ");
}

std::string link_line(const Event& event, const LinkOptions& options) {
  const Links links = links_for(options, event.service, event.record);
  std::string text;
  add_link(text, links.page, "Evidence and plots");
  add_link(text, links.record, "Record");
  if (is_of_revisit(event.type) && !is_resolution(event.type)) {
    add_link(text, links.draft, "Draft of the new decision");
  }
  return text;
}

// What a notification shows: the headline and, for a revisit, what tripped.
std::string fallback(const Event& event) {
  std::string text = headline(event);
  if (shows_triggers(event.type) && event.revisit) {
    for (const rules::TriggerEvidence& e : event.revisit->triggers) {
      text += "\n" + one_line(e.name) + ": " + one_line(e.condition) + "; " +
              joined(measurements(e), ", ");
    }
  } else {
    text += "\n" + lead(event);
  }
  return text;
}

std::string body(std::string_view text, Json blocks) {
  return dump({{"text", slack_escape(text, kFallbackLimit)}, {"blocks", std::move(blocks)}});
}

std::string digest_line(const DigestMember& member) {
  std::string line = one_line(member.revisit);
  if (member.known == nullptr) return slack_escape(line, std::string::npos);
  const rules::Revisit& revisit = *member.known;
  std::string detail = "  " + language_title(one_line(revisit.language));
  if (!revisit.favours.empty()) detail += " → " + language_title(one_line(revisit.favours)) + "?";
  for (const rules::TriggerEvidence& e : revisit.triggers) detail += "  " + one_line(e.name);
  line = slack_escape(line, std::string::npos);
  if (line.size() < kDigestLine) line += slack_escape(detail, kDigestLine - line.size());
  return line;
}

std::size_t digest_cost(const DigestMember& member) {
  return std::max(kDigestLine, slack_escape(one_line(member.revisit), std::string::npos).size()) +
         2;  // its line break, as JSON writes it
}

}  // namespace

std::string slack_body(const Event& event, const MessageOptions& options) {
  Json blocks = Json::array();
  blocks.push_back(header(headline(event)));
  blocks.push_back(section(plain(lead(event), kSectionLimit)));
  if (shows_triggers(event.type) && event.revisit) add_triggers(blocks, event.revisit->triggers);
  if (shows_triggers(event.type) && event.revisit && !event.revisit->assessment.summary.empty()) {
    blocks.push_back(section(plain(rerun(event.revisit->assessment), kSectionLimit)));
  }
  const std::string where = whereabouts(event);
  if (!where.empty()) blocks.push_back(context(plain(where, kSectionLimit)));
  const std::string links = link_line(event, options.links);
  if (!links.empty()) blocks.push_back(section(mrkdwn(links)));
  return body(fallback(event), std::move(blocks));
}

std::size_t slack_digest_capacity(const std::vector<DigestMember>& members, std::size_t first) {
  std::size_t count = 0;
  std::size_t cost = 0;
  for (std::size_t i = first; i < members.size(); ++i, ++count) {
    cost += digest_cost(members[i]);
    if (count > 0 && cost > kDigestBudget) break;
  }
  return count;
}

std::string slack_digest_body(const std::vector<DigestMember>& members,
                              const MessageOptions& options) {
  const std::string title = std::to_string(members.size()) +
                            (members.size() == 1 ? " decision" : " decisions") + " to revisit";
  Json blocks = Json::array();
  blocks.push_back(header(title));
  blocks.push_back(section(plain(
      "Many revisits opened at once, so here they are in one message. A cause that they share "
      "(a release, an outage, a roster change) is worth looking for first.",
      kSectionLimit)));
  std::string text;
  for (const DigestMember& member : members) {
    const std::string line = digest_line(member);
    if (!text.empty() && text.size() + 1 + line.size() > kSectionLimit) {
      blocks.push_back(section({{"type", "plain_text"}, {"text", text}, {"emoji", false}}));
      text.clear();
    }
    text += (text.empty() ? "" : "\n") + line;
  }
  blocks.push_back(section({{"type", "plain_text"}, {"text", text}, {"emoji", false}}));
  std::string links;
  add_link(links, home_link(options.links), "All decisions");
  if (!links.empty()) blocks.push_back(section(mrkdwn(links)));
  return body(title, std::move(blocks));
}

std::string slack_notice_body(const Notice& notice, const MessageOptions& options) {
  const std::string text = notice_headline(notice);
  Json blocks = Json::array();
  blocks.push_back(header(text));
  blocks.push_back(section(plain(notice_text(notice), kSectionLimit)));
  std::string links;
  const std::string home = home_link(options.links);
  if (notice.kind == NoticeKind::restarts) {
    add_link(links, home, "All decisions");
  } else {
    add_link(links, deliveries_link(options.links), "Deliveries");
  }
  if (!links.empty()) blocks.push_back(section(mrkdwn(links)));
  return body(text, std::move(blocks));
}

std::string slack_test_body(const std::string& receiver, const MessageOptions& options) {
  const std::string text = "Test message from revisitd";
  Json blocks = Json::array();
  blocks.push_back(header(text));
  blocks.push_back(section(
      plain("The receiver " + one_line(receiver) + " works. Nothing has happened to any decision.",
            kSectionLimit)));
  std::string links;
  add_link(links, home_link(options.links), "All decisions");
  if (!links.empty()) blocks.push_back(section(mrkdwn(links)));
  return body(text, std::move(blocks));
}

}  // namespace revisitd::daemon::notify
