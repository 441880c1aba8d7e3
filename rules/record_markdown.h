#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/findings.h"
#include "rules/record_header.h"
#include "rules/yaml.h"

// A Markdown record taken apart: what its header says, and the YAML of its blocks with their
// places.
namespace revisitd::rules {

// The YAML of one fenced block with the info string `yaml revisit`.
struct FencedBlock {
  std::string yaml;
  Place fence;            // of the opening fence
  int line_offset = 0;    // lines of the file before the first line of `yaml`
  int column_offset = 0;  // columns cut from the front of each line: the block's indentation
  bool closed = true;     // false: it runs to the end of the file, or of the list item it is in
};

struct FrontMatter {
  std::string_view yaml;  // between the fences
  std::size_t end = 0;    // where the Markdown begins
  int lines = 0;          // lines up to there
};

// The YAML between `---` on the first line and the next `---` or `...`; std::nullopt when there is
// none.
std::optional<FrontMatter> front_matter(std::string_view text);
// The text begins like front matter and no line ends it: a rule of Markdown, or a file cut short.
bool has_open_front_matter(std::string_view text);

// Takes title, status and date from front matter that was parsed.
void add_front_matter(RecordHeader& header, const YamlNode& front);

// What the Markdown itself says. Title: the first heading of the highest level. Status and date: a
// bullet or line "Status: …", a row or column of a table, or the text under a heading "Status" or
// "Date"; the first kind found counts, and nothing that `header` already holds is changed. Fenced
// blocks are appended to `blocks`; a fence that almost has the info string gets a warning. `lines`
// lines of the file stand before `markdown`. True when all fences are closed.
bool read_markdown(std::string_view markdown, int lines, RecordHeader& header,
                   std::vector<FencedBlock>& blocks, Findings& findings);

}  // namespace revisitd::rules
