#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/record_paths.h"
#include "collectors/record_text.h"
#include "collectors/records_ahead.h"
#include "collectors/safe_file.h"
#include "rules/boxed.h"
#include "rules/condition_table.h"
#include "rules/decision.h"
#include "rules/diagnostic.h"
#include "rules/record.h"
#include "rules/signal.h"

// The decision records of a configuration, read again and again while people edit them.
namespace revisitd::collectors {

// One file as it stands, for `check records` and the page.
struct RecordState {
  std::vector<Diagnostic> diagnostics;  // of the text as it is now
  rules::RecordStatus status = rules::RecordStatus::unknown;
  bool has_block = false;  // there is something for revisitd in it
  bool decides = false;    // it gave decisions
  bool kept = false;       // has errors, and decisions of an earlier text stay in force

  [[nodiscard]] bool ok() const { return !has_error(diagnostics); }
};

struct RecordScan {
  // In force, by service, each service once. Not null; the same object as long as they are the
  // same.
  std::shared_ptr<const rules::Decisions> decisions;
  bool changed = false;  // they differ from those of the scan before
  // Paths whose text is new since the scan before.
  std::vector<std::string> added, edited, removed;
  // Paths whose last_good() is another one than before, or than was given to the constructor.
  std::vector<std::string> renewed;
  // By path, of texts that were decoded: what to keep for AheadReader::know() at the next start.
  std::vector<std::pair<std::string, std::string>> readings;
  // Of all files, by path: what is wrong with their texts, and services decided in more than one.
  std::vector<Diagnostic> diagnostics;
  std::size_t read = 0;   // files whose text was read
  bool settling = false;  // something was left for later: scan again after `settle`
};

// Looks at every file at every scan, so lost hints do not matter. A file whose identity, size and
// times are those of its last reading counts as unchanged; every twelfth look at one reads it all
// the same and tells by the content alone, so neither do odd clocks and file systems. Rules:
// - A text with errors keeps the decisions it had in its last good text, apart from those it still
// gives rightly.
// - A text that looks cut short against its last good one gives nothing new: it is blank, or ends
// inside front matter, a fenced block or a line that was longer.
// - A file that cannot be read, and files below a directory that cannot be listed, stay as they
// were.
// - A file that is gone takes its decisions along.
// - What was last good before a restart or a reload is known from the start, as if it had been read
// here.
// - Of two accepted records for one service the one with the newer date counts, with a warning for
// the other;
//   with the same date the first by path counts and the other is an error.
// - NAME.revisit.yaml is read with NAME.md beside it, whichever of the two is named, and is an
// error without.
class RecordFiles {
 public:
  // `last_good` is what last_good() of an earlier object gave, by absolute_path() or by the same
  // paths as there; the first scan takes what is in
  // `ahead`, which was read with the same options, for what the files say.
  explicit RecordFiles(RecordFilesOptions options,
                       const std::vector<rules::RecordSource>& last_good = {},
                       RecordsAhead ahead = {});

  // Where to look. In turn is for rounds that no hint has asked for: of 200 files and more only
  // some are looked at, so that each is at the latest in the twelfth round, as long as their
  // directories stand as they did.
  enum class Look { everywhere, in_turn };
  // Reads files as they are at `now`, which is compared with their times of change.
  RecordScan scan(TimePoint now, Look look = Look::everywhere);

  // After a scan: every file that was read, by path. Valid until the next scan.
  [[nodiscard]] std::map<std::string_view, const RecordState*> files() const;
  // The newest text of a file that had no error and was in force, to be kept for the next start;
  // nothing when there is none.
  [[nodiscard]] std::optional<rules::RecordSource> last_good(const std::string& path) const;
  // The same of all files.
  [[nodiscard]] std::vector<rules::RecordSource> last_good() const;
  // After a scan: where files may come and go.
  [[nodiscard]] const std::vector<std::string>& directories() const { return paths_.directories; }

 private:
  using Good = std::vector<std::shared_ptr<const rules::Decision>>;  // by service, each once

  // Thousands of them are held: what few files have is boxed.
  struct Known {
    RecordState state;
    ContentHash hash{};  // of record and side file together
    std::optional<FileMark> mark;
    rules::Boxed<FileMark> side_mark;  // that they were read with
    Good good;
    std::optional<std::string> text;      // the last good one
    rules::Boxed<std::string> side_text;  // and what its side file said
    unsigned looks = 0;                   // at it, since it was settled
    bool settled = false;                 // the marks would show a later change
    bool read = false;                    // `state` is of a text that was read here
    bool unread = false;                  // `good` does not hold the last good text yet
  };

  // Lists the files, unless nothing shows that other ones are there; gives in how many rounds each
  // is to be looked at.
  unsigned list(Look look);
  // What was last good under the file's absolute path is that of the path it is listed by.
  void adopt(const std::string& path);
  // Whether the file at this place of the list is known and settled; then it is left as it was
  // unless it is `due`.
  bool visit(std::size_t place, TimePoint now, bool due, RecordScan& scan);
  // What is known of that file; null where nothing is yet.
  Known* known_at(std::size_t place);
  std::optional<RecordText> read(const std::string& path, TimePoint now, RecordScan& scan);
  rules::RecordReading decode(const RecordText& text, RecordScan& scan);
  void take(RecordText text, RecordScan& scan);
  // What was last good before this object is read when it is needed: mostly the file still says the
  // same.
  void read_good(const std::string& path, Known& known);
  void forget_missing(TimePoint now, RecordScan& scan);
  // Takes the decisions out of the reading.
  Good decisions_of(rules::RecordReading& reading);
  static void remember(Known& known, const RecordText& text);
  static void keep_good(Known& known, Good& good);
  [[nodiscard]] static rules::RecordSource source_of(const std::string& path, const Known& known);
  [[nodiscard]] bool unmoved(const std::string& path, const Known& known) const;
  // The decisions in force; notes what is wrong with the texts, and conflicts.
  rules::Decisions choose();
  void warn_of_people(const rules::Decision& decision);

  RecordFilesOptions options_;
  RecordsAhead ahead_;  // until the first scan is done
  bool first_ = true;
  unsigned scans_ = 0;
  bool touched_ = false;  // by this scan: something was taken or forgotten
  std::map<std::string, Known> known_;
  RecordPaths paths_;
  std::vector<Known*> known_at_;  // by its files: where known_at() found it; null: not yet
  std::vector<std::optional<FileMark>> directory_marks_;  // of its directories
  bool listed_anew_ = true;                               // by this scan
  // What is known and not there, and since when.
  std::map<std::string, TimePoint> missing_;
  bool restless_ = true;  // at the last scan some were not settled, or could not be read
  // Records of a fleet are much alike, and what they have in common is kept once.
  std::unique_ptr<rules::ConditionTable> conditions_;
  rules::SignalTables tables_;
  std::set<std::string> gone_;      // of this scan: listed, but nothing is there
  std::vector<Diagnostic> unread_;  // of this scan: files and directories that could not be read
  // As of the last choice:
  std::shared_ptr<const rules::Decisions> in_force_ = std::make_shared<rules::Decisions>();
  std::vector<Diagnostic> problems_;  // of the texts, and conflicts
};

}  // namespace revisitd::collectors
