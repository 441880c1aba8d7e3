#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/roster.h"

namespace revisitd::daemon {

// The roster in force as a text for the store, so that a restart neither forgets who was there nor
// takes an emptied file for the first one.
std::string roster_to_json(const rules::Roster& roster);
// Null when the text is none of ours.
std::shared_ptr<const rules::Roster> roster_from_json(std::string_view text);

// The same for the readings of several sources; none when the text is none of ours.
std::string rosters_to_json(const std::vector<std::shared_ptr<const rules::Roster>>& rosters);
std::vector<std::shared_ptr<const rules::Roster>> rosters_from_json(std::string_view text);

// The text is written when people change, but the same people were read again and again since: this
// one is valid for as long as if it had been read last at `last_read`. Slots of a gap are judged by
// it.
std::shared_ptr<const rules::Roster> read_again(const rules::Roster& roster, TimePoint last_read);

}  // namespace revisitd::daemon
