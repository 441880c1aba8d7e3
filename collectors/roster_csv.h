#pragma once

#include <string>
#include <string_view>

#include "rules/roster_decode.h"

namespace revisitd::collectors {

// A table of skills, as spreadsheets and HR systems export it, one language of one person a line:
//
//   team,name,language,level,since,until,email
//   payments,Ana,Python,fluent,2024-02-01,,ana@a.example
//   payments,Ana,Go,shipped,,,
//
// The header names the columns in any order and case; `name` is required, `language` and `level` go
// together, and without a language a line only places the person. Without a team (no column, or an
// empty cell) it only says what the person knows, and another source where they are. Lines of one
// person must not contradict each other. Separated by commas, semicolons or tabs, as the header is;
// a byte order mark, CRLF, Excel's `sep=;` and empty cells behind the last column are fine. At most
// 4 MiB and 100,000 lines. Messages name places and never people, for pages show them.
rules::RosterReading decode_skills_csv(std::string_view text, const std::string& file,
                                       TimePoint read_at,
                                       Duration validity = rules::kRosterValidity);

}  // namespace revisitd::collectors
