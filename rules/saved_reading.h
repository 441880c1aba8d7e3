#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/record.h"
#include "rules/shared_signals.h"

// What a record was read as, as text, so that a start need not read a fleet's records again. It
// holds for the same text read by the same program with the same signals and options; who keeps it
// sees to that.
namespace revisitd::rules {

// The whole reading, as JSON, which has no room for bytes that are no UTF-8: of a clean text
// (rules/yaml.h) it comes back as it was. `signals` are those it was read with: of a decision's
// own, what they say otherwise is saved.
std::string save_reading(const RecordReading& reading, const SignalTable& signals);
// The same reading again, of the record at `path`. Conditions are parsed, or taken from the table.
// Nothing when the text is none of ours.
std::optional<RecordReading> restore_reading(std::string_view text, const std::string& path,
                                             const SharedSignals& signals,
                                             ConditionTable& conditions);

// All that is declared of the signals, as JSON: the same text for the same table only.
std::string save_signals(const SignalTable& signals);

}  // namespace revisitd::rules
