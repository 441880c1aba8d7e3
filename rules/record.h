#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/decision.h"
#include "rules/diagnostic.h"

// Text of a record in, decisions out. No file is opened here: the caller hands over what it read.
namespace revisitd::rules {

// What one record file says.
struct RecordReading {
  std::vector<Decision> decisions;      // of accepted status only, each complete and checked
  std::vector<Diagnostic> diagnostics;  // errors withhold the decision they stand in; warnings do not
  RecordStatus status = RecordStatus::unknown;
  std::string title;
  std::string superseded_by;            // link target or id, "" if none
  bool has_block = false;               // whether there is anything for revisitd in the file

  [[nodiscard]] bool ok() const;        // no diagnostic of severity error
};

struct RecordSource {
  std::string path;        // for messages and the decision's id
  std::string text;        // the file; UTF-8, a BOM is skipped
  std::string side_path;   // NAME.revisit.yaml beside it, "" if there is none
  std::string side_text;
};

// Reads a Markdown record (".md", ".markdown") or a YAML file of blocks, by the ending of its path. `signals`
// are the configuration's; a block's own `signals:` are merged over them before its conditions are checked.
RecordReading read_record(const RecordSource& source, const SignalTable& signals);

}  // namespace revisitd::rules
