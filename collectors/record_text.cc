#include "collectors/record_text.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace revisitd::collectors {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::string_view kSideEnding = ".revisit.yaml";

bool is_fresh(TimePoint modified, TimePoint now, Duration settle) {
  const Duration age = now >= modified ? now - modified : modified - now;
  return age < settle;
}

}  // namespace

std::string side_path(const std::string& path) {
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return "";
  const std::size_t dot = path.rfind('.');
  return path.substr(0, dot) + std::string(kSideEnding);
}

std::string record_of(const std::string& side) {
  const std::string stem = side.substr(0, side.size() - kSideEnding.size());
  std::error_code error;
  for (const char* ending : {".md", ".markdown"}) {
    if (std::filesystem::exists(stem + ending, error)) return stem + ending;
  }
  return "";
}

// Who names a side file means the record it belongs to.
RecordPaths list_records_with_sides(const std::vector<std::string>& patterns) {
  RecordPaths paths = list_records(patterns);
  std::vector<std::string> records;
  for (const std::string& path : paths.files) {
    if (!rules::is_side_path(path)) continue;
    std::string record = record_of(path);
    if (!record.empty() && !std::binary_search(paths.files.begin(), paths.files.end(), record))
      records.push_back(std::move(record));
  }
  if (records.empty()) return paths;
  paths.files.insert(paths.files.end(), records.begin(), records.end());
  std::sort(paths.files.begin(), paths.files.end());
  return paths;
}

Result<RecordText, FileError> read_record_text(const std::string& path, TimePoint now,
                                               const RecordFilesOptions& options) {
  RecordText text;
  auto record = read_file(path, kMostBytes);
  if (!record) return record.error();
  text.source.path = path;
  text.source.text = std::move(record->text);
  text.hash = record->hash;
  text.mark = record->mark;
  text.settled = record->unchanged >= options.tick;
  text.fresh = is_fresh(record->modified, now, options.settle);
  const std::string side = side_path(path);
  if (side.empty()) return text;
  auto beside = read_file(side, kMostBytes);
  if (beside) {
    text.source.side_path = side;
    text.source.side_text = std::move(beside->text);
    text.hash = hash_content(hex_of(record->hash) + hex_of(beside->hash));
    text.side_mark = beside->mark;
    text.settled &= beside->unchanged >= options.tick;
    text.fresh |= is_fresh(beside->modified, now, options.settle);
  } else if (beside.error().problem != FileProblem::missing) {
    return beside.error();
  }
  return text;
}

}  // namespace revisitd::collectors
