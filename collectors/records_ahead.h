#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collectors/kept_reading.h"
#include "collectors/record_text.h"
#include "rules/condition_table.h"
#include "rules/record.h"
#include "rules/time.h"

// Records that are read before there is anything to compare them with: at a start, while the
// database is opened.
namespace revisitd::collectors {

// Files that were read and decoded, by path.
struct RecordsAhead {
  struct Entry {
    RecordText text;
    rules::RecordReading reading;
    std::optional<std::string> to_keep;  // of a reading that was not kept before
  };
  std::map<std::string, Entry> files;
  // Of readings, for those to come.
  std::unique_ptr<rules::ConditionTable> conditions = std::make_unique<rules::ConditionTable>();
  // Absolute paths of which a reading was kept, and which are none of the files any more.
  std::vector<std::string> gone;
};

// Reads all files that can be read, on as many threads as lend a hand.
class AheadReader {
 public:
  AheadReader(RecordFilesOptions options, TimePoint now);

  // What was kept of an earlier start. At most once, on any thread; what is decoded until then is
  // decoded from its text.
  void know(KeptReadings kept);
  // Takes one file after the other until none is left. On any thread; others may be at it, and may
  // not be done yet when this returns.
  void work();
  // Whether all files are read and decoded, since work() has returned once; false while others are
  // at it.
  [[nodiscard]] bool done();
  // What was read. Once, when it is done or the last work() has returned.
  RecordsAhead take();

 private:
  struct Text {
    std::optional<RecordText> text;  // nothing when it cannot be read
    std::atomic<bool> read = false;
  };

  void read(Text& text, const std::string& path);
  RecordsAhead::Entry decode(RecordText text, const rules::RecordOptions& record);

  RecordFilesOptions options_;
  rules::SharedSignals signals_;  // those of the options
  TimePoint now_;
  std::once_flag listed_;
  std::vector<std::string> paths_;
  std::vector<Text> texts_;                                    // of paths_
  std::atomic<std::size_t> next_read_ = 0, next_decoded_ = 0;  // of paths_
  KeptReadings kept_;
  std::atomic<bool> known_ = false;  // kept_ is there, and changes no more
  std::mutex mutex_;                 // of what follows
  std::size_t decoded_ = 0;          // files, those that cannot be read among them
  RecordsAhead read_;
};

}  // namespace revisitd::collectors
