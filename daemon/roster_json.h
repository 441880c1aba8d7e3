#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/roster_source.h"
#include "rules/roster.h"

namespace revisitd::daemon {

// The roster in force as a text for the store, so that a restart neither forgets who was there nor
// takes an emptied file for the first one.
std::string roster_to_json(const rules::Roster& roster);
// Null when the text is none of ours.
std::shared_ptr<const rules::Roster> roster_from_json(std::string_view text);

// The same for the readings of several sources, with the services they list; none when the text is
// none of ours.
std::string readings_to_json(const std::vector<collectors::LastReading>& readings);
std::vector<collectors::LastReading> readings_from_json(std::string_view text);

// Those texts are written when people or services change, but the same were read again and again
// since. When that was last, a short text says that is written every minute.
struct RosterReadTimes {
  TimePoint read_at{};                   // of the roster in force
  std::optional<TimePoint> valid_until;  // of it; earlier versions did not write this
  std::map<std::string, TimePoint, std::less<>> sources;  // of the readings, by source; nor this
};
std::string read_times_to_json(const RosterReadTimes& times);
// All at the epoch when the text is none of ours.
RosterReadTimes read_times_from_json(std::string_view text);

// The roster as it was read first, valid for as long as it was when it was read last: slots of a
// gap are judged by it.
std::shared_ptr<const rules::Roster> read_again(const rules::Roster& roster,
                                                const RosterReadTimes& times);
// The same as it was read last.
std::shared_ptr<const rules::Roster> read_last(const rules::Roster& roster,
                                               const RosterReadTimes& times);
// A source's reading as it was read last.
void set_read_last(collectors::LastReading& reading, const RosterReadTimes& times);

}  // namespace revisitd::daemon
