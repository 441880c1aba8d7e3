#pragma once

#include <string>
#include <vector>

#include "daemon/notify/message.h"

// The native webhook body: {"type","timestamp","data"}, the shape Standard Webhooks recommends.
namespace revisitd::daemon::notify {

std::string webhook_body(const rules::Event& event, const MessageOptions& options);
std::string webhook_digest_body(const std::vector<DigestMember>& members, TimePoint at,
                                const MessageOptions& options);
// data: receiver (not of restarts), reason, text, since, why and starts where there are any, links.
std::string webhook_notice_body(const Notice& notice, const MessageOptions& options);
std::string webhook_test_body(const std::string& receiver, TimePoint at,
                              const MessageOptions& options);

}  // namespace revisitd::daemon::notify
