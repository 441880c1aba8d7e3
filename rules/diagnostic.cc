#include "rules/diagnostic.h"

#include <algorithm>
#include <cstdint>

namespace revisitd {
namespace {

constexpr std::size_t kQuotedBytes = 60;
constexpr std::size_t kShownCharacters = 100;
constexpr std::size_t kContextCharacters = 40;  // kept before the caret when a long line is cut

// The length in bytes of the well-formed UTF-8 sequence at the front of `text`, 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool beyond = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

// Characters that steer a terminal or reorder what a reader sees, given as one UTF-8 sequence.
bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  const auto second = static_cast<unsigned char>(sequence[1]);
  if (sequence.size() == 2) return first == 0xC2 && second < 0xA0;
  if (sequence.size() != 3 || first != 0xE2) return false;
  const auto third = static_cast<unsigned char>(sequence[2]);
  const bool line_or_embedding = second == 0x80 && third >= 0xA8 && third <= 0xAE;
  const bool isolate = second == 0x81 && third >= 0xA6 && third <= 0xA9;
  return line_or_embedding || isolate;
}

// What one sequence at the front of `text` is shown as, and how many bytes it takes.
std::pair<std::string_view, std::size_t> shown(std::string_view text) {
  const std::size_t length = sequence_length(text);
  if (length == 0) return {"?", 1};
  const std::string_view sequence = text.substr(0, length);
  if (sequence == "\t") return {" ", 1};
  return {is_control(sequence) ? "?" : sequence, length};
}

std::vector<std::string_view> characters(std::string_view text, std::size_t column,
                                         std::size_t* caret) {
  std::vector<std::string_view> result;
  for (std::size_t at = 0; at < text.size();) {
    if (at < column) *caret = result.size();
    const auto [show, length] = shown(text.substr(at));
    result.push_back(show);
    at += length;
  }
  if (column > text.size()) *caret = result.size();
  return result;
}

}  // namespace

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto newlines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(newlines) + 1, static_cast<int>(before.size() - line_begin) + 1};
}

std::string line_of(std::string_view text, Place place) {
  if (place.line < 1) return "";
  for (int line = 1; line < place.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return std::string(text);
}

bool has_error(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

std::string format_location(const Diagnostic& diagnostic) {
  std::string result;
  if (!diagnostic.file.empty()) result += printable(diagnostic.file) + ':';
  if (diagnostic.place.line > 0) {
    result += std::to_string(diagnostic.place.line) + ':';
    if (diagnostic.place.column > 0) result += std::to_string(diagnostic.place.column) + ':';
  }
  if (!result.empty()) result += ' ';
  if (diagnostic.severity == Severity::warning) result += "warning: ";
  return result + printable(diagnostic.message);
}

std::string format_diagnostic(const Diagnostic& diagnostic) {
  std::string result = format_location(diagnostic);
  if (diagnostic.source.empty()) return result;

  std::size_t caret = 0;
  const auto column = static_cast<std::size_t>(std::max(diagnostic.place.column, 0));
  const std::vector<std::string_view> line = characters(diagnostic.source, column, &caret);
  const std::size_t begin =
      line.size() > kShownCharacters && caret > kContextCharacters ? caret - kContextCharacters : 0;
  const std::size_t end = std::min(line.size(), begin + kShownCharacters);

  const std::string_view front = begin > 0 ? "..." : "";
  result.append("\n  ").append(front);
  for (std::size_t i = begin; i < end; ++i) result += line[i];
  if (end < line.size()) result += "...";
  if (column > 0) result.append("\n  ").append(front.size() + caret - begin, ' ').append("^");
  return result;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [show, length] = shown(text);
    result += show;
    text.remove_prefix(length);
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  if (text.size() <= kQuotedBytes) return '"' + printable(text) + '"';
  std::size_t cut = kQuotedBytes;
  while (cut > kQuotedBytes - 4 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return '"' + printable(text.substr(0, cut)) + "...\"";
}

}  // namespace revisitd
