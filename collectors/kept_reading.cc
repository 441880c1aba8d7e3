#include "collectors/kept_reading.h"

#include <string_view>

#include "rules/saved_reading.h"
#include "rules/yaml.h"

namespace revisitd::collectors {
namespace {

// What stands before the reading, and must be the same for it to hold.
std::string stamp(const RecordText& text, const RecordFilesOptions& options) {
  return options.reader + ' ' + hex_of(text.hash) + ' ';
}

}  // namespace

std::optional<std::string> keep_reading(const RecordText& text, const rules::RecordReading& reading,
                                        const RecordFilesOptions& options) {
  if (options.reader.empty() || !reading.ok()) return std::nullopt;
  // JSON has no room for bytes that are no UTF-8, which titles and the lines of warnings may hold.
  if (rules::unclean(text.source.text) || rules::unclean(text.source.side_text))
    return std::nullopt;
  return stamp(text, options) + rules::save_reading(reading, options.signals);
}

std::optional<rules::RecordReading> kept_reading(const std::string& kept, const RecordText& text,
                                                 const RecordFilesOptions& options,
                                                 const rules::SharedSignals& signals,
                                                 rules::ConditionTable& conditions) {
  const std::string front = stamp(text, options);
  if (options.reader.empty() || !kept.starts_with(front)) return std::nullopt;
  return rules::restore_reading(std::string_view(kept).substr(front.size()), text.source.path,
                                signals, conditions);
}

}  // namespace revisitd::collectors
