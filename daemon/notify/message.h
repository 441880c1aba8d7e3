#pragma once

#include <string>
#include <string_view>

#include "daemon/notify/links.h"
#include "daemon/notify/notice.h"
#include "daemon/notify/receiver.h"
#include "rules/event.h"

// From what happened to the bytes a receiver gets. Pure: the same input gives the same bytes.
namespace revisitd::daemon::notify {

// What every message needs beside its event.
struct MessageOptions {
  LinkOptions links;
};

// One revisit of a digest: its id is always named, the rest only while the revisit is known.
struct DigestMember {
  std::string revisit;
  std::string service;
  const rules::Revisit* known = nullptr;  // not owned, outlives the call
};

// The body to POST for an event, in the receiver's own format.
std::string event_body(const Receiver& receiver, const rules::Event& event,
                       const MessageOptions& options);

// One message for many new revisits. Every member is named.
std::string digest_body(const Receiver& receiver, const std::vector<DigestMember>& members,
                        TimePoint at, const MessageOptions& options);
// How many of the members from `first` on fit one message; at least one. Depends on their ids
// alone, so a digest that is rendered anew keeps its members.
std::size_t digest_capacity(const Receiver& receiver, const std::vector<DigestMember>& members,
                            std::size_t first);

// What the daemon says of itself.
std::string notice_body(const Receiver& receiver, const Notice& notice,
                        const MessageOptions& options);

// A message that says the receiver is reachable and asks for nothing.
std::string test_body(const Receiver& receiver, TimePoint at, const MessageOptions& options);

// Types of messages that are no event of the engine.
inline constexpr std::string_view kTestType = "test";
inline constexpr std::string_view kDigestType = "digest";

}  // namespace revisitd::daemon::notify
