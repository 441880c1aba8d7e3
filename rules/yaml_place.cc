#include <algorithm>

#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

std::size_t line_begin(std::string_view text, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return at;
}

// Bytes of source behind the decoded byte at the front of `source`; 0 when that cannot be told.
std::size_t source_length(std::string_view source, char quote) {
  if (source.empty()) return 0;
  if (quote == '\'' && source.starts_with("''")) return 2;
  if (quote != '"' || source[0] != '\\') return 1;
  constexpr std::string_view kOneByte = "0abt\tnvfre \"'/\\";
  return source.size() > 1 && kOneByte.find(source[1]) != std::string_view::npos ? 2 : 0;
}

}  // namespace

Place place_in_scalar(const YamlNode& scalar, std::size_t offset, std::string_view file_text) {
  if (scalar.place.line < 1 || scalar.text.find('\n') != std::string::npos) return scalar.place;
  std::string_view line = file_text.substr(line_begin(file_text, scalar.place.line));
  line = line.substr(0, line.find('\n'));
  std::size_t at = static_cast<std::size_t>(std::max(scalar.place.column, 1)) - 1;
  if (at >= line.size()) return scalar.place;
  char quote = '\0';
  if (scalar.quoted) {
    quote = line[at++];
    if (quote != '\'' && quote != '"') return scalar.place;  // a block scalar
  }
  for (std::size_t i = 0; i < std::min(offset, scalar.text.size()); ++i) {
    const std::size_t length = source_length(line.substr(at), quote);
    // A plain scalar reads as written; where it does not, it goes on in the next line.
    if (length == 0 || (length == 1 && line[at] != scalar.text[i])) return scalar.place;
    at += length;
  }
  return {scalar.place.line, static_cast<int>(at) + 1};
}

}  // namespace revisitd::rules
