#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/secret.h"
#include "rules/time.h"

// Signatures of the Standard Webhooks specification (https://www.standardwebhooks.com).
namespace revisitd::daemon::notify {

// The value of `webhook-signature`: "v1,BASE64" per key, separated by blanks, each the HMAC-SHA256
// of "ID.SECONDS.BODY". A key "whsec_BASE64" stands for the decoded bytes, any other key for its
// own bytes.
std::string webhook_signature(const std::vector<Secret>& keys, std::string_view id,
                              TimePoint timestamp, std::string_view body);
// The value of `webhook-timestamp`: whole seconds since the epoch.
std::string webhook_timestamp(TimePoint timestamp);

// The first `bytes` bytes of the SHA-256 of the parts in lower-case hex. Each part is hashed with
// its length, so that
// ("ab", "c") and ("a", "bc") differ.
std::string short_hash(const std::vector<std::string>& parts, std::size_t bytes);
// RFC 4648 with padding.
std::string base64(std::string_view bytes);

}  // namespace revisitd::daemon::notify
