#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "collectors/record_text.h"
#include "rules/condition_table.h"
#include "rules/record.h"

// Records that are read before there is anything to compare them with: at a start, while the
// database is opened.
namespace revisitd::collectors {

// Files that were read and decoded, by path.
struct RecordsAhead {
  struct Entry {
    RecordText text;
    rules::RecordReading reading;
  };
  std::map<std::string, Entry> files;
  // Of readings, for those to come.
  std::unique_ptr<rules::ConditionTable> conditions = std::make_unique<rules::ConditionTable>();
};

// Reads all files that can be read, on as many threads as lend a hand.
class AheadReader {
 public:
  AheadReader(RecordFilesOptions options, TimePoint now);

  // Takes one file after the other until none is left. On any thread; others may be at it, and may
  // not be done yet when this returns.
  void work();
  // What was read. Once, after the last work() has returned.
  RecordsAhead take() { return std::move(read_); }

 private:
  RecordFilesOptions options_;
  TimePoint now_;
  std::once_flag listed_;
  std::vector<std::string> paths_;
  std::atomic<std::size_t> next_ = 0;  // of paths_
  std::mutex mutex_;                   // of read_
  RecordsAhead read_;
};

}  // namespace revisitd::collectors
