#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/roster.h"

// The native roster, YAML or JSON:
//
//   validity: 30d     # optional: how long a reading may be relied on
//   people: 2         # optional: how many entries follow, proof that nothing was cut off
//   teams:
//     payments:
//       members:
//         - {name: ana, languages: {python: fluent, go: shipped}, since: 2024-02-01}
//         - {name: ben, languages: {python: learning}, until: 2026-12-31, emails: [ben@a.example]}
//
// Levels are learning, shipped and fluent. At most 4 MiB, 100,000 values, 32 levels deep; aliases
// are allowed. A YAML text that does not end with a line end was cut off and is refused.
namespace revisitd::rules {

inline constexpr Duration kRosterValidity = std::chrono::days(7);
inline constexpr std::size_t kRosterBytes = 4 << 20;

struct RosterReading {
  std::optional<Roster> roster;         // only when there is no error
  std::vector<Diagnostic> diagnostics;  // every error of the file
};

// `file` names the source; a name that ends in ".json", or a `{` in front, makes the text JSON.
// `validity` counts where the file says none itself.
RosterReading decode_roster(std::string_view text, const std::string& file, TimePoint read_at,
                            Duration validity = kRosterValidity);

}  // namespace revisitd::rules
