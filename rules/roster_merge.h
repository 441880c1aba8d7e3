#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/roster.h"

// Several sources of people as one roster.
namespace revisitd::rules {

// The rosters come in the order in which they are believed. A person is the same in two of them
// when the names (whatever their case) or an e-mail address are, within one team. Members and
// e-mail addresses are those of all sources; a language's level, `since` and `until` are those of
// the first source that says one. Whom a source puts on no team only adds to the people whom
// another one does, by e-mail address, else by name; who is found nowhere stays `elsewhere`. The
// result was read when the newest of them was, and is valid as long as each of them is.
Roster merge_rosters(const std::vector<Roster>& rosters);

std::string lower_case(std::string_view text);  // ASCII
// Has an @ with something on both sides and no blanks; git's authors may have two.
bool is_email(std::string_view text);
// Unless the member has it already.
void add_email(Member& member, const std::string& email);

}  // namespace revisitd::rules
