#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/notify/message.h"

// Messages for a Slack incoming webhook: Block Kit, and plain `text` beside it for notifications
// and screen readers.
//
// What is safe and why: every text from a record, a person or the roster stands in a plain_text
// object, or, where its form is known (names, conditions), in bold or code with Slack's control
// characters as entities and `verbatim`, so that no mention, channel or link can be smuggled in.
// Slack's limits: 50 blocks, 150 characters in a header, 3,000 in a section, and, found by
// measuring, some 13,200 characters of blocks in all; we stay below 13,000 bytes. Links are mrkdwn
// links, not buttons: pressing a link button makes Slack call back the app, and shows a warning to
// the reader when no app answers.
namespace revisitd::daemon::notify {

std::string slack_body(const rules::Event& event, const MessageOptions& options);
std::string slack_digest_body(const std::vector<DigestMember>& members,
                              const MessageOptions& options);
std::size_t slack_digest_capacity(const std::vector<DigestMember>& members, std::size_t first);
std::string slack_notice_body(const Notice& notice, const MessageOptions& options);
std::string slack_test_body(const std::string& receiver, const MessageOptions& options);

}  // namespace revisitd::daemon::notify
