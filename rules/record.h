#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/decision.h"
#include "rules/diagnostic.h"

// Text of a record in, decisions out. No file is opened here: the caller hands over what it read.
namespace revisitd::rules {

class ConditionTable;

// What one record file says.
struct RecordReading {
  std::vector<Decision> decisions;  // of accepted status only, each complete and checked
  std::vector<Diagnostic>
      diagnostics;  // errors withhold the decision they stand in; warnings do not
  RecordStatus status = RecordStatus::unknown;
  std::string title;
  std::string superseded_by;  // link target or id, "" if none
  bool has_block = false;     // whether there is anything for revisitd in the file
  // The text is blank, or ends inside front matter or a fenced block, as one does whose writing
  // broke off: what it does not hold, nobody has taken out.
  bool unfinished = false;

  [[nodiscard]] bool ok() const;  // no diagnostic of severity error
};

struct RecordSource {
  std::string path;       // for messages and the decision's id
  std::string text;       // the file; UTF-8, a BOM is skipped
  std::string side_path;  // NAME.revisit.yaml beside it, "" if there is none
  std::string side_text;

  friend bool operator==(const RecordSource&, const RecordSource&) = default;
};

struct RecordOptions {
  Duration shortest_slot{60'000};    // of the ladder: no window is shorter
  Duration longest_slot{3'600'000};  // no window is longer than 16,000 of these
  // There is no configuration: a signal that nobody declares has the unit that its budget or its
  // conditions ask for (rules/signal_inference.h).
  bool infer_signals = false;
  // Remembers the conditions of one record for the next; null: each is parsed by itself.
  ConditionTable* conditions = nullptr;
};

// Reads a Markdown record (".md", ".markdown") or a YAML file of blocks, by the ending of its path.
// `signals` are the configuration's; a block's own `signals:` are merged over them before its
// conditions are checked. A block whose record names no status is taken as accepted, with a
// warning; a status that is not understood, such as a template's `{proposed | accepted}`, is not
// watched, with a warning. Blocks of proposed records are checked, those of rejected, deprecated
// and superseded ones are not read. Front matter that holds `revisit:` and blocks of ours must be
// closed: the end of the file closes neither.
RecordReading read_record(const RecordSource& source, const SignalTable& signals,
                          const RecordOptions& options = {});

// Whether a path names a YAML file of blocks, a Markdown record or a side file, by its ending.
bool is_record_path(std::string_view path);
bool is_side_path(std::string_view path);

}  // namespace revisitd::rules
