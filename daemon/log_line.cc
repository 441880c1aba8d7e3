#include <array>
#include <nlohmann/json.hpp>

#include "daemon/log.h"

namespace revisitd::daemon {
namespace {

constexpr std::size_t kMostBytes = 1024;  // of one value

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

// Length of the UTF-8 sequence at the front, 0 if there is none that is well formed.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogate
  if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  if (first == 0xF4 && byte(1) > 0x8F) return 0;  // past the last code point
  return length;
}

// C1 controls, zero-width and bidirectional marks, line and paragraph separators, the byte order
// mark.
bool misleads(std::string_view sequence) {
  if (sequence.size() == 2)
    return sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0;
  if (sequence == "\xEF\xBB\xBF") return true;
  if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(sequence[1]);
  const auto third = static_cast<unsigned char>(sequence[2]);
  if (second == 0x80) return (third >= 0x8B && third <= 0x8F) || (third >= 0xA8 && third <= 0xAE);
  return second == 0x81 && third >= 0xA0 && third <= 0xAF;
}

// A well-formed sequence as JSON and logfmt readers both undo it; a broken byte as U+FFFD.
void append_code(std::string& out, std::string_view sequence) {
  constexpr std::string_view kHex = "0123456789abcdef";
  unsigned code = 0xFFFD;
  if (!sequence.empty()) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    code = sequence.size() == 1 ? first : first & (0x3Fu >> (sequence.size() - 1));
    for (const char c : sequence.substr(1))
      code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[code >> shift & 15];
}

// The text as it may stand on one line: safe bytes as they are, the rest escaped, cut when too
// long.
std::string tame(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), kMostBytes));
  while (!text.empty()) {
    if (out.size() >= kMostBytes) return out + "…";
    const std::size_t length = sequence_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    const char c = sequence[0];
    if (length == 1 && c == '\n') {
      out += "\\n";
    } else if (length == 1 && c == '\t') {
      out += "\\t";
    } else if (length == 1 && c == '\\') {
      out += "\\\\";
    } else if (length == 0) {
      append_code(out, {});
    } else if (misleads(sequence) ||
               (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F))) {
      append_code(out, sequence);
    } else {
      out += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  return out;
}

void append_value(std::string& line, std::string_view value) {
  const bool bare = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
  const std::string tamed = tame(value);
  if (bare && tamed.size() == value.size()) {
    line += tamed;
    return;
  }
  line += '"';
  for (const char c : tamed) {
    if (c == '"') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (name == kLevels[i]) return static_cast<LogLevel>(i);
  }
  return Error{"expected debug, info, warn or error, not '" + std::string(name) + "'"};
}

Result<LogFormat> parse_log_format(std::string_view name) {
  if (name == "logfmt") return LogFormat::logfmt;
  if (name == "json") return LogFormat::json;
  return Error{"expected logfmt or json, not '" + std::string(name) + "'"};
}

std::string format_log_line(LogFormat format, TimePoint at, LogLevel level,
                            std::string_view message, LogFields fields) {
  const std::string_view level_name = kLevels[static_cast<std::size_t>(level)];
  if (format == LogFormat::json) {
    nlohmann::ordered_json json{
        {"ts", format_time(at)}, {"level", level_name}, {"msg", tame(message)}};
    for (const LogField& f : fields) json[std::string(f.key)] = tame(f.value);
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  std::string line = "ts=" + format_time(at) + " level=";
  line += level_name;
  line += " msg=";
  append_value(line, message);
  for (const LogField& f : fields) {
    line += ' ';
    line += f.key;
    line += '=';
    append_value(line, f.value);
  }
  return line;
}

}  // namespace revisitd::daemon
