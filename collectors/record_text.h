#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectors/record_paths.h"
#include "collectors/safe_file.h"
#include "rules/record.h"
#include "rules/signal.h"

// The files of decision records as texts: a record and the side file beside it.
namespace revisitd::collectors {

struct RecordFilesOptions {
  std::vector<std::string> patterns;  // see list_records
  rules::SignalTable signals;
  rules::RecordOptions record;
  // False: no roster is configured, and triggers that ask about people get a warning.
  bool people_known = true;
  // Names the program that reads and what it reads with, so that what it read texts as can be kept
  // for its next start (kept_reading.h); "": nothing is kept.
  std::string reader;
  // A file that changed or went away this recently is left as it was, for its writer may not be
  // done.
  Duration settle{1000};
  // Times of change come from a clock that ticks, so that of two changes within one tick the second
  // may not show. A file read so soon after a change is read again.
  Duration tick{2000};
};

// NAME.revisit.yaml of NAME.md; "" for YAML files, which have none.
std::string side_path(const std::string& path);
// The record of a side file; "" when there is none.
std::string record_of(const std::string& side);
// What the patterns name, with records of side files among the files.
RecordPaths list_records_with_sides(const std::vector<std::string>& patterns);

// A record and its side file as they were read.
struct RecordText {
  rules::RecordSource source;
  ContentHash hash{};  // of record and side file together
  std::optional<FileMark> mark, side_mark;
  bool settled = false;  // a later change will show in the marks
  bool fresh = false;    // written a moment ago
};

// Of the two, the one that cannot be read gives the error.
Result<RecordText, FileError> read_record_text(const std::string& path, TimePoint now,
                                               const RecordFilesOptions& options);

}  // namespace revisitd::collectors
