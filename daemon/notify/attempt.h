#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/notify/receiver.h"
#include "rules/time.h"

// What the answer to one attempt means: the one table from status codes and failures to what
// happens next.
namespace revisitd::daemon::notify {

enum class AttemptVerdict {
  accepted,      // delivered
  retry,         // again later, with growing waits, until it is too old
  rate_limited,  // again when the receiver said; counts as no attempt
  rejected,      // no retry will help: dead letter
};
const char* attempt_verdict_name(AttemptVerdict verdict);

// An answer, as far as there was one.
struct Reply {
  int status = 0;              // 0 = none came; `trouble` says why
  bool configuration = false;  // none came, and only a change of the configuration can help
  std::string trouble;
  std::string body;      // its first 64 KiB
  std::string location;  // of a redirect
  std::optional<std::string> retry_after;
};

struct Judgement {
  AttemptVerdict verdict = AttemptVerdict::retry;
  std::optional<Duration> wait;  // the receiver's wish, in [1 s, 1 h]; always set when rate_limited
  std::string reason;            // one line for people, "" when accepted
};

// 2xx: accepted; from Slack only with the body `ok`, anything else is rejected. 3xx: rejected,
// redirects are not followed. 408, 425 and 5xx: retry. 429: rate_limited. Other 4xx: rejected. No
// answer: retry, but for a URL that cannot be used: rejected.
Judgement judge(ReceiverKind kind, const Reply& reply, TimePoint now);

// Retry-After in seconds or as an HTTP date, as a wait in [1 s, 1 h]; 30 s when it is absent or
// cannot be read.
Duration retry_after_wait(const std::optional<std::string>& value, TimePoint now);

// The wait after the n-th failed attempt (n >= 1): doubles from 1 s to 15 min; `jitter` in [0, 1)
// takes away up to a quarter, never below 1 s.
Duration backoff(int failures, double jitter);

}  // namespace revisitd::daemon::notify
