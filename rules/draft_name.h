#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/time.h"

// What a new record is called, in the manner of the one it supersedes.
namespace revisitd::rules {

// The next file name: a number counts on over those of `neighbours` (paths) with the same prefix
// and keeps prefix, width and separator ("ADR-0012-use-python" to "ADR-0014-use-go.md"), a date
// becomes today's. `title` is without a number. A name that has neither has none afterwards.
std::string next_record_name(std::string_view old_id, const std::vector<std::string>& neighbours,
                             const std::string& title, TimePoint at);

// The number that the old title begins with, where it is that of its name, as it begins the new
// one: "ADR-0014: ", "12. ". "" where the old one has none.
std::string next_title_number(std::string_view old_title, std::string_view old_id,
                              std::string_view new_name);

// The number in a name as people write it, without zeros before it: "12" of "0012-use-go.md"; ""
// for none.
std::string number_of_name(std::string_view name);

}  // namespace revisitd::rules
