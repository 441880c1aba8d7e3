#include "rules/names.h"

#include <algorithm>

namespace revisitd::rules {
namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestLanguage = 32;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z'); }

bool consists_of(std::string_view text, bool (*fits)(char), std::string_view besides) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return fits(c) || besides.find(c) != std::string_view::npos; });
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_alphanumeric(text.front()) &&
         consists_of(text, is_alphanumeric, "._-");
}

bool is_language_name(std::string_view text) {
  const auto fits = [](char c) { return is_lower(c) || is_digit(c); };
  return !text.empty() && text.size() <= kLongestLanguage && is_lower(text.front()) &&
         consists_of(text, fits, "+#.-");
}

}  // namespace revisitd::rules
