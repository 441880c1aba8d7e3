#include <algorithm>
#include <optional>

#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t line_begin(std::string_view text, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return at;
}

// What is written for the next decoded bytes.
struct Unit {
  std::size_t written = 1, decoded = 1;  // bytes
  bool blank = false;
};

Unit code_point(std::string_view source, std::size_t digits) {
  unsigned long code = 0;
  for (const char c : source.substr(2, digits)) {
    const std::size_t digit = std::string_view("0123456789abcdefABCDEF").find(c);
    if (digit == std::string_view::npos) break;
    code = code * 16 + (digit < 16 ? digit : digit - 6);
  }
  const std::size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  return {digits + 2, bytes, bytes == 1 && is_blank(static_cast<char>(code))};
}

// Behind a backslash in double quotes, at the front of `source`; nothing when YAML knows no such
// escape.
std::optional<Unit> escape(std::string_view source) {
  if (source.size() < 2) return std::nullopt;
  switch (source[1]) {
    case 'x':
      return code_point(source, 2);
    case 'u':
      return code_point(source, 4);
    case 'U':
      return code_point(source, 8);
    case 'N':
    case '_':
      return Unit{2, 2, false};
    case 'L':
    case 'P':
      return Unit{2, 3, false};
    case 't':
    case 'n':
    case 'r':
    case ' ':
    case '\t':
    case '\n':
    case '\r':
      return Unit{2, 1, true};
  }
  if (std::string_view("0abvfe\"/\\").find(source[1]) == std::string_view::npos)
    return std::nullopt;
  return Unit{2, 1, false};
}

std::optional<Unit> unit_at(std::string_view source, char quote) {
  if (source.empty()) return std::nullopt;
  if (quote == '\'' && source.starts_with("''")) return Unit{2, 1, false};
  if (quote == '"' && source[0] == '\\') return escape(source);
  return Unit{1, 1, is_blank(source[0])};
}

// Where the scalar's first byte is written, and its quotes, '\0' for none.
std::pair<std::size_t, char> begin_of(const YamlNode& scalar, std::string_view file_text) {
  const std::size_t at = line_begin(file_text, scalar.place.line) +
                         static_cast<std::size_t>(std::max(scalar.place.column, 1)) - 1;
  if (!scalar.quoted || at >= file_text.size()) return {at, '\0'};
  if (file_text[at] == '\'' || file_text[at] == '"') return {at + 1, file_text[at]};
  return {file_text.find('\n', at), '\0'};  // a block begins below its sign
}

}  // namespace

// Line ends, indentation and folding change nothing but blanks, so what is written and what was
// decoded are the same bytes in the same order once blanks are left out.
Place place_in_scalar(const YamlNode& scalar, std::size_t offset, std::string_view file_text) {
  if (scalar.place.line < 1) return scalar.place;
  auto [at, quote] = begin_of(scalar, file_text);
  const std::string_view text = scalar.text;
  std::size_t behind = 0;  // of the decoded text, the last byte that was met and is no blank
  std::size_t next = 0;
  std::size_t last = at;  // where that one ends as it is written
  while (true) {
    while (next < text.size() && is_blank(text[next])) ++next;
    if (next > offset || next >= text.size()) break;
    std::optional<Unit> unit;
    while (at < file_text.size()) {
      unit = unit_at(file_text.substr(at), quote);
      if (!unit || !unit->blank) break;
      at += unit->written;
    }
    if (at >= file_text.size() || !unit) return scalar.place;
    if (unit->written == 1 && file_text[at] != text[next]) return scalar.place;
    if (offset < next + unit->decoded) return place_of(file_text, at);
    at += unit->written;
    next += unit->decoded;
    behind = next;
    last = at;
  }
  // Among blanks, or at the end.
  for (; behind < offset && last < file_text.size(); ++behind, ++last) {
    if (file_text[last] != ' ' && file_text[last] != '\t') break;
  }
  return last <= file_text.size() ? place_of(file_text, last) : scalar.place;
}

}  // namespace revisitd::rules
