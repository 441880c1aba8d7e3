#include "collectors/exposition_chars.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "collectors/exposition_block.h"

namespace revisitd::collectors {
namespace {

std::size_t name_length(std::string_view text, CharClass start, CharClass inside) {
  if (text.empty() || !is_class(text[0], start)) return 0;
  std::size_t length = 0;
  for (; text.size() - length >= Block::kBytes; length += Block::kBytes) {
    const std::uint32_t name = Block(text.data() + length).name(inside == kMetricInside);
    const auto more = static_cast<std::size_t>(std::countr_one(name));
    if (more < Block::kBytes) return length + more;
  }
  while (length < text.size() && is_class(text[length], inside)) ++length;
  return length;
}

bool is_ascii_word(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080ULL) == 0;
}

// The length of the well-formed sequence of two to four bytes at the front of `text`, 0 if there is
// none.
std::size_t multibyte_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  const unsigned second = byte(1);
  if (!continues(1)) return 0;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second >= 0xA0;
    return continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && second < 0x90;
    const bool beyond = lead == 0xF4 && second >= 0x90;
    return continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t metric_name_length(std::string_view text) {
  return name_length(text, kMetricStart, kMetricInside);
}

std::size_t label_name_length(std::string_view text) {
  return name_length(text, kLabelStart, kLabelInside);
}

bool is_valid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (at + 8 <= text.size() && is_ascii_word(text.data() + at)) {
      at += 8;
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else {
      const std::size_t length = multibyte_length(text.substr(at));
      if (length == 0) return false;
      at += length;
    }
  }
  return true;
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace revisitd::collectors
