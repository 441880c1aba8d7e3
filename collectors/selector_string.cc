#include "collectors/selector_string.h"

#include <charconv>
#include <cstdint>
#include <optional>

namespace revisitd::collectors {
namespace {

struct NumericEscape {
  std::size_t digits;
  int base;
  bool code_point;  // else one byte
};

std::optional<NumericEscape> numeric_escape(char letter) {
  if (letter >= '0' && letter <= '7') return NumericEscape{3, 8, false};
  if (letter == 'x') return NumericEscape{2, 16, false};
  if (letter == 'u') return NumericEscape{4, 16, true};
  if (letter == 'U') return NumericEscape{8, 16, true};
  return std::nullopt;
}

std::optional<char> simple_escape(char letter, char quote) {
  constexpr std::string_view kLetters = "abfnrtv\\";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
  if (letter == quote) return quote;
  const std::size_t at = kLetters.find(letter);
  if (at == std::string_view::npos) return std::nullopt;
  return kMeanings[at];
}

void append_utf8(std::uint32_t code_point, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

// Reads the escape at `text[0]` == '\\' and returns its length, 0 when it is none.
std::size_t read_escape(std::string_view text, char quote, std::string& out) {
  if (text.size() < 2) return 0;
  if (const auto simple = simple_escape(text[1], quote)) {
    out += *simple;
    return 2;
  }
  const auto numeric = numeric_escape(text[1]);
  if (!numeric) return 0;
  const std::size_t begin = numeric->base == 8 ? 1 : 2;
  if (text.size() < begin + numeric->digits) return 0;
  std::uint32_t value = 0;
  const char* const first = text.data() + begin;
  const auto [end, ec] = std::from_chars(first, first + numeric->digits, value, numeric->base);
  if (ec != std::errc{} || end != first + numeric->digits) return 0;
  if (numeric->code_point) {
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return 0;
    append_utf8(value, out);
  } else {
    if (value > 0xFF) return 0;
    out += static_cast<char>(value);
  }
  return begin + numeric->digits;
}

}  // namespace

Result<PromqlString, PromqlStringError> read_promql_string(std::string_view text) {
  const char quote = text[0];
  PromqlString result;
  for (std::size_t at = 1; at < text.size();) {
    if (text[at] == quote) {
      result.length = at + 1;
      return result;
    }
    if (quote == '`' || text[at] != '\\') {
      if (quote != '`' && text[at] == '\n') break;
      result.value += text[at++];
      continue;
    }
    const std::size_t length = read_escape(text.substr(at), quote, result.value);
    if (length == 0) return PromqlStringError{at, "expected an escape of PromQL after '\\'"};
    at += length;
  }
  return PromqlStringError{0, "expected a closing quote for this string"};
}

}  // namespace revisitd::collectors
