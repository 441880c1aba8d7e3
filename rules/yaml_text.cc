#include <cstdint>

#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

// Bytes of the UTF-8 sequence at the front of `text`, 0 when it is malformed, overlong or a
// surrogate.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  std::uint32_t code = byte(0) & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < kLeast[length] || surrogate || code > 0x10FFFF ? 0 : length;
}

bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (first < 0x80) {
    return (first < 0x20 && first != '\t' && first != '\n' && first != '\r') || first == 0x7F;
  }
  return first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

const char* wide_encoding(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\xFF\xFE\0\0"sv) || text.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32";
  if (text.starts_with("\xFF\xFE"sv) || text.starts_with("\xFE\xFF"sv)) return "UTF-16";
  if (text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0')) return "UTF-16";
  return nullptr;
}

// Whether all is what most texts are made of: ASCII without control characters, in lines that end
// with a newline alone. To the end in any case, which a compiler turns into whole vectors at a
// time.
bool is_plain(std::string_view text) {
  std::uint8_t odd = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    odd |= static_cast<std::uint8_t>((byte < 0x20 && byte != '\t' && byte != '\n') || byte >= 0x7F);
  }
  return odd == 0;
}

std::string hex(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 0xF]};
}

}  // namespace

std::string_view without_bom(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

std::optional<std::pair<Place, std::string>> unclean(std::string_view text) {
  if (is_plain(text)) return std::nullopt;
  if (const char* encoding = wide_encoding(text)) {
    return {{Place{1, 1}, std::string("the text is ") + encoding + ", expected UTF-8"}};
  }
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = sequence_length(text.substr(at));
    if (length == 0) {
      return {{place_of(text, at), "byte " + hex(byte) + " is not UTF-8, expected UTF-8 text"}};
    }
    const bool lone_return = byte == '\r' && (at + 1 == text.size() || text[at + 1] != '\n');
    if (lone_return || is_control(text.substr(at, length))) {
      const auto code = static_cast<unsigned char>(text[at + length - 1]);
      return {{place_of(text, at), "control character " + hex(code) + ", expected plain text"}};
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace revisitd::rules
