#pragma once

#include <map>
#include <optional>
#include <string>

#include "collectors/record_text.h"
#include "rules/condition_table.h"
#include "rules/record.h"
#include "rules/shared_signals.h"

// What texts of records were read as, kept from one start to the next: most records of a fleet
// stand as they stood, and parsing their Markdown and YAML is what a start would take the longest
// for.
namespace revisitd::collectors {

// By the record's absolute_path(), as keep_reading() gives it.
using KeptReadings = std::map<std::string, std::string, std::less<>>;

// To be kept of a reading of the text; nothing where no reader is named, where the text has errors,
// which are told anew at every start, or where it holds signs that are none of text.
std::optional<std::string> keep_reading(const RecordText& text, const rules::RecordReading& reading,
                                        const RecordFilesOptions& options);
// The reading, where what was kept is of the same reader and the same text. `signals` are those of
// the options.
std::optional<rules::RecordReading> kept_reading(const std::string& kept, const RecordText& text,
                                                 const RecordFilesOptions& options,
                                                 const rules::SharedSignals& signals,
                                                 rules::ConditionTable& conditions);

}  // namespace revisitd::collectors
