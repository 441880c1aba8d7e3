#include "collectors/records_ahead.h"

#include <utility>

namespace revisitd::collectors {

AheadReader::AheadReader(RecordFilesOptions options, TimePoint now)
    : options_(std::move(options)), now_(now) {
  options_.record.conditions = read_.conditions.get();
}

void AheadReader::work() {
  std::call_once(listed_, [this] {
    paths_ = list_records_with_sides(options_.patterns).files;
    std::erase_if(paths_, rules::is_side_path);
  });
  std::map<std::string, RecordsAhead::Entry> mine;
  for (std::size_t i = next_++; i < paths_.size(); i = next_++) {
    auto text = read_record_text(paths_[i], now_, options_);
    if (!text) continue;
    rules::RecordReading reading =
        rules::read_record(text->source, options_.signals, options_.record);
    mine.emplace_hint(mine.end(), paths_[i],
                      RecordsAhead::Entry{*std::move(text), std::move(reading)});
  }
  const std::lock_guard lock(mutex_);
  read_.files.merge(mine);
}

}  // namespace revisitd::collectors
