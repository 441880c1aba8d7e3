#include "daemon/notify/attempt.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "collectors/retry_after.h"
#include "daemon/notify/text.h"

namespace revisitd::daemon::notify {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kShortest = seconds(1);
constexpr Duration kLongestBackoff = minutes(15);
constexpr Duration kUnsaid = seconds(30);
constexpr std::size_t kShownBody = 200;

std::string with_body(std::string text, const std::string& body) {
  const std::string shown = cut(one_line(body), kShownBody);
  return shown.empty() ? text : text + ": " + shown;
}

std::string status_text(const Reply& reply) { return "HTTP " + std::to_string(reply.status); }

// `ok` is what an incoming webhook says; Slack's other methods and its look-alikes say {"ok":true}.
bool slack_agrees(const std::string& body) {
  if (one_line(body) == "ok") return true;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  return json.is_object() && json.value("ok", nlohmann::json()) == true;
}

Judgement rejected(std::string reason) {
  return {AttemptVerdict::rejected, std::nullopt, std::move(reason)};
}

Judgement success(ReceiverKind kind, const Reply& reply) {
  if (kind == ReceiverKind::slack && !slack_agrees(reply.body)) {
    return rejected(
        with_body("Slack answered " + std::to_string(reply.status) + " without ok", reply.body));
  }
  return {AttemptVerdict::accepted, std::nullopt, {}};
}

}  // namespace

const char* attempt_verdict_name(AttemptVerdict verdict) {
  switch (verdict) {
    case AttemptVerdict::accepted:
      return "accepted";
    case AttemptVerdict::retry:
      return "retry";
    case AttemptVerdict::rate_limited:
      return "rate_limited";
    case AttemptVerdict::rejected:
      return "rejected";
  }
  return "";
}

Judgement judge(ReceiverKind kind, const Reply& reply, TimePoint now) {
  const int status = reply.status;
  if (status == 0 && reply.configuration) return rejected(reply.trouble);
  if (status == 0) return {AttemptVerdict::retry, std::nullopt, reply.trouble};
  if (status >= 200 && status < 300) return success(kind, reply);
  if (status >= 300 && status < 400) {
    const std::string where = cut(one_line(reply.location), kShownBody);
    return rejected(status_text(reply) + ", redirects are not followed" +
                    (where.empty() ? "" : " (to " + where + ")"));
  }
  const std::string reason = with_body(status_text(reply), reply.body);
  if (status == 429) {
    return {AttemptVerdict::rate_limited, retry_after_wait(reply.retry_after, now), reason};
  }
  if (status == 408 || status == 425 || status < 200 || status >= 500) {
    Judgement again{AttemptVerdict::retry, std::nullopt, reason};
    if (reply.retry_after) again.wait = retry_after_wait(reply.retry_after, now);
    return again;
  }
  return rejected(reason);
}

Duration retry_after_wait(const std::optional<std::string>& value, TimePoint now) {
  return value ? collectors::parse_retry_after(*value, now).value_or(kUnsaid) : kUnsaid;
}

Duration backoff(int failures, double jitter) {
  Duration wait = kShortest;
  for (int i = 1; i < failures && wait < kLongestBackoff; ++i) wait *= 2;
  wait = std::min(wait, kLongestBackoff);
  const Duration spread((wait.count() / 4));
  return std::max(
      kShortest,
      wait - Duration(static_cast<Duration::rep>(static_cast<double>(spread.count()) * jitter)));
}

}  // namespace revisitd::daemon::notify
