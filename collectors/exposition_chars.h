#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// The character classes of both exposition formats, and UTF-8.
namespace revisitd::collectors {

enum CharClass : std::uint8_t {
  kLabelStart = 1,    // a letter or '_'
  kMetricStart = 2,   // or ':'
  kLabelInside = 4,   // or a digit
  kMetricInside = 8,  // any of these
  kQuoteStop = 16,    // what a scan for the end of a quoted string must look at
};

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  std::array<std::uint8_t, 256> table{};
  constexpr std::uint8_t kLetter = kLabelStart | kMetricStart | kLabelInside | kMetricInside;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = kLetter;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = kLabelInside | kMetricInside;
  table['_'] = kLetter;
  table[':'] = kMetricStart | kMetricInside;
  for (const unsigned c : {'"', '\\', '\n', '\0'}) table[c] = kQuoteStop;
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kCharClasses = make_char_classes();

constexpr bool is_class(char c, CharClass wanted) {
  return (kCharClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

// How many blanks and tabs stand at the front.
constexpr std::size_t count_blanks(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_blank(text[count])) ++count;
  return count;
}

// The length of the unquoted metric name or label name at the front of `text`, 0 if none is there.
std::size_t metric_name_length(std::string_view text);
std::size_t label_name_length(std::string_view text);

bool is_valid_utf8(std::string_view text);
// The number of code points in valid UTF-8.
std::size_t utf8_length(std::string_view text);

}  // namespace revisitd::collectors
