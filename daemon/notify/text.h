#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rules/time.h"

// Text from records, rosters and people, made safe for messages.
namespace revisitd::daemon::notify {

// One line of valid UTF-8: line breaks and tabs become blanks, runs of blanks one, other control
// characters and invalid bytes '?', ends trimmed. Text past 8 KiB is left out.
std::string one_line(std::string_view text);

// At most `most` bytes of valid UTF-8, never cut inside a code point; what is left out is shown by
// "…".
std::string cut(std::string_view text, std::size_t most);

// Slack's three control characters as entities, so that no mention, link or date can be written; at
// most `most` bytes (Slack counts characters, so this errs on the short side), never cut inside a
// code point or an entity.
std::string slack_escape(std::string_view text, std::size_t most);
// `text` as an inline code span of Slack's mrkdwn, in which nothing else is interpreted.
std::string slack_code(std::string_view text, std::size_t most);
// `text` in bold. Characters that would end or nest a style are dropped.
std::string slack_bold(std::string_view text, std::size_t most);

// "Python" for "python": a language as people write it.
std::string language_title(std::string_view language);

// "2026-05-12 06:10 UTC".
std::string people_time(TimePoint time);

}  // namespace revisitd::daemon::notify
