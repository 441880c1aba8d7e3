#include "collectors/records_ahead.h"

#include <utility>

namespace revisitd::collectors {

AheadReader::AheadReader(RecordFilesOptions options, TimePoint now)
    : options_(std::move(options)), now_(now) {}

void AheadReader::work() {
  std::call_once(listed_, [this] {
    paths_ = list_records_with_sides(options_.patterns).files;
    std::erase_if(paths_, rules::is_side_path);
  });
  // Conditions and signals of its own: what each thread holds twice is little, and waiting for the
  // other is not.
  RecordsAhead mine;
  rules::SignalTables tables;
  rules::RecordOptions record = options_.record;
  record.conditions = mine.conditions.get();
  for (std::size_t i = next_++; i < paths_.size(); i = next_++) {
    auto text = read_record_text(paths_[i], now_, options_);
    if (!text) continue;
    rules::RecordReading reading = rules::read_record(text->source, options_.signals, record);
    for (rules::Decision& decision : reading.decisions) tables.share(decision.signals);
    mine.files.emplace_hint(mine.files.end(), paths_[i],
                            RecordsAhead::Entry{*std::move(text), std::move(reading)});
  }
  const std::lock_guard lock(mutex_);
  if (read_.files.empty()) std::swap(read_, mine);
  read_.files.merge(mine.files);
}

}  // namespace revisitd::collectors
