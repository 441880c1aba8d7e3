#include "collectors/records_ahead.h"

#include <set>
#include <utility>

namespace revisitd::collectors {

AheadReader::AheadReader(RecordFilesOptions options, TimePoint now)
    : options_(std::move(options)), signals_(options_.signals), now_(now) {}

void AheadReader::know(KeptReadings kept) {
  kept_ = std::move(kept);
  known_ = true;
}

void AheadReader::work() {
  std::call_once(listed_, [this] {
    paths_ = list_records_with_sides(options_.patterns).files;
    std::erase_if(paths_, rules::is_side_path);
    texts_ = std::vector<Text>(paths_.size());
  });
  // All texts first: what is known of them may come meanwhile.
  for (std::size_t i = next_read_++; i < paths_.size(); i = next_read_++)
    read(texts_[i], paths_[i]);
  // Conditions and signals of its own: what each thread holds twice is little, and waiting for the
  // other is not.
  RecordsAhead mine;
  rules::SignalTables tables;
  rules::RecordOptions record = options_.record;
  record.conditions = mine.conditions.get();
  std::size_t count = 0;
  for (std::size_t i = next_decoded_++; i < paths_.size(); i = next_decoded_++, ++count) {
    texts_[i].read.wait(false);  // whoever took it is at it
    if (!texts_[i].text) continue;
    RecordsAhead::Entry entry = decode(*std::move(texts_[i].text), record);
    for (rules::Decision& decision : entry.reading.decisions) tables.share(decision.signals);
    mine.files.emplace_hint(mine.files.end(), paths_[i], std::move(entry));
  }
  if (count == 0) return;  // what was read may have been taken
  const std::lock_guard lock(mutex_);
  decoded_ += count;
  if (read_.files.empty()) std::swap(read_, mine);
  read_.files.merge(mine.files);
}

void AheadReader::read(Text& text, const std::string& path) {
  // Also where reading throws: others must not wait for ever.
  struct Done {
    std::atomic<bool>& flag;
    ~Done() {
      flag = true;
      flag.notify_all();
    }
  };
  const Done done{text.read};
  if (auto found = read_record_text(path, now_, options_)) text.text = *std::move(found);
}

RecordsAhead::Entry AheadReader::decode(RecordText text, const rules::RecordOptions& record) {
  if (known_) {
    const auto kept = kept_.find(absolute_path(text.source.path));
    auto reading = kept == kept_.end()
                       ? std::nullopt
                       : kept_reading(kept->second, text, options_, signals_, *record.conditions);
    if (reading) return {std::move(text), *std::move(reading), std::nullopt};
  }
  rules::RecordReading reading = rules::read_record(text.source, options_.signals, record);
  auto to_keep = keep_reading(text, reading, options_);
  return {std::move(text), std::move(reading), std::move(to_keep)};
}

bool AheadReader::done() {
  const std::lock_guard lock(mutex_);
  return decoded_ == paths_.size();
}

RecordsAhead AheadReader::take() {
  const std::lock_guard lock(mutex_);
  // What was decoded before it was known that it need not be.
  for (auto& [path, entry] : read_.files) {
    const auto kept = kept_.find(absolute_path(path));
    if (kept != kept_.end() && entry.to_keep == kept->second) entry.to_keep.reset();
  }
  std::set<std::string> there;
  for (const std::string& path : paths_) there.insert(there.end(), absolute_path(path));
  for (const auto& [path, kept] : kept_) {
    if (!there.contains(path)) read_.gone.push_back(path);
  }
  return std::move(read_);
}

}  // namespace revisitd::collectors
