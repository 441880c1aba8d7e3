#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/record.h"

namespace revisitd::daemon {

// The last good text of a record for the store, so that a typo that is there when the daemon starts
// does not take the decision out of force.
std::string record_to_json(const rules::RecordSource& source);
// Nothing when the text is none of ours.
std::optional<rules::RecordSource> record_from_json(std::string_view text);

}  // namespace revisitd::daemon
