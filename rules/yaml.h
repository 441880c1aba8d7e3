#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/findings.h"

// A strict reading of YAML, and of JSON as the subset of YAML it is: text in, a plain tree out.
// Refused, each with its place: duplicate keys, tags, merge keys, keys that are not text, anchors
// and aliases (unless allowed), more than one document (unless allowed), control characters, text
// that is not UTF-8, and everything over a limit. What the scalars mean is said by
// rules/yaml_decode.h; here `010` is the text "010".
namespace revisitd::rules {

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string text;  // scalar: the decoded text
  bool quoted =
      false;    // scalar: written in quotes or as a block, so it cannot be a number or a boolean
  Place place;  // of the value in the file; of its key when nothing is written after it
  std::vector<YamlNode> items;     // list
  std::vector<YamlEntry> entries;  // map, in the order written

  // The value of a key of a map, nullptr when there is none.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Place place;  // of the key
  YamlNode value;
};

struct YamlOptions {
  std::size_t max_bytes = 1 << 20;
  int max_depth = 32;
  std::size_t max_nodes = 100'000;  // values visited, the targets of aliases counted each time
  bool aliases = false;             // anchors and aliases are allowed
  bool documents = false;           // more than one document is allowed
  bool json = false;                // the text is JSON: its surrogate escapes are understood
  // Where the text stands in the file that the findings speak of, when it is a part of it: lines
  // before its first line, and columns that were cut from the front of each line.
  int line_offset = 0;
  int column_offset = 0;
};

// The documents of `text`, in order; at least one (a null node for an empty text) unless it cannot
// be read, then none and an error in `findings`. A duplicate key is an error, too, but the rest can
// be read: its first value stands there. A BOM at the front is skipped.
std::vector<YamlNode> parse_yaml(std::string_view text, const YamlOptions& options,
                                 Findings& findings);

// The place in the file of a byte of a scalar's decoded text, however it is written: plain, in
// quotes or as a block, on one line or several; the start of the scalar where the file says
// something else. The end of the text is behind its last byte that is no blank, and the blanks that
// belong to it on that line. `file_text` is the whole file.
Place place_in_scalar(const YamlNode& scalar, std::size_t offset, std::string_view file_text);

// The one-based place of the first byte that is no UTF-8 or a control character other than tab and
// line ends, with a message; std::nullopt when the text is clean. UTF-16 and UTF-32 are recognised
// and named.
std::optional<std::pair<Place, std::string>> unclean(std::string_view text);

// The text without a UTF-8 byte order mark at its front.
std::string_view without_bom(std::string_view text);

}  // namespace revisitd::rules
