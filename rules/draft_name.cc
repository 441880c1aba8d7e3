#include "rules/draft_name.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "rules/record_header.h"

namespace revisitd::rules {
namespace {

// Longer ones are no numbers that anybody counts.
constexpr std::size_t kLongestNumber = 6;
// After letters fewer digits belong to a word ("python3-for-glue"), but for "adr".
constexpr std::size_t kLeastAfterLetters = 3;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "2026-05-04" in front.
bool begins_with_date(std::string_view name) {
  if (name.size() < 10 || name[4] != '-' || name[7] != '-') return false;
  return parse_time(std::string(name.substr(0, 10))).has_value();
}

// A number in front of a name or a title.
struct Number {
  std::string_view prefix;  // "ADR-", "adr", ""
  std::string_view digits;
  std::string_view rest;  // what follows, with the separator
};

std::optional<Number> number_in(std::string_view text) {
  if (begins_with_date(text) || date_of_name(text)) return std::nullopt;
  std::size_t at = 0;
  while (at < text.size() && is_letter(text[at])) ++at;
  const std::string_view word = text.substr(0, at);
  if (at > 0 && at < text.size() && std::string_view("-_. ").find(text[at]) != text.npos) ++at;
  const std::string_view prefix = text.substr(0, at);
  while (at < text.size() && is_digit(text[at])) ++at;
  const std::string_view digits = text.substr(prefix.size(), at - prefix.size());
  if (digits.empty() || digits.size() > kLongestNumber) return std::nullopt;
  if (!word.empty() && digits.size() < kLeastAfterLetters && to_lower(word) != "adr")
    return std::nullopt;
  if (at < text.size() && is_letter(text[at])) return std::nullopt;
  return Number{prefix, digits, text.substr(at)};
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string slug_of(const std::string& title) {
  std::string slug;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 && byte < 0x80) {
      slug += static_cast<char>(std::tolower(byte));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug;
}

std::string padded(int number, std::size_t width) {
  std::string digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

int value_of(std::string_view digits) { return std::stoi(std::string(digits)); }

}  // namespace

std::string next_record_name(std::string_view old_id, const std::vector<std::string>& neighbours,
                             const std::string& title, TimePoint at) {
  const std::string file = slug_of(title) + ".md";
  std::string today = format_date(at);
  if (begins_with_date(old_id)) return today + "-" + file;
  if (date_of_name(old_id)) {
    std::erase(today, '-');
    return today + "-" + file;
  }
  const auto old = number_in(old_id);
  if (!old) return file;
  int highest = value_of(old->digits);
  for (const std::string& path : neighbours) {
    const auto other = number_in(file_name(path));
    if (!other || to_lower(other->prefix) != to_lower(old->prefix)) continue;
    highest = std::max(highest, value_of(other->digits));
  }
  const bool separated = !old->rest.empty() && (old->rest[0] == '_' || old->rest[0] == '.');
  return std::string(old->prefix) + padded(highest + 1, old->digits.size()) +
         (separated ? old->rest[0] : '-') + file;
}

std::string next_title_number(std::string_view old_title, std::string_view old_id,
                              std::string_view new_name) {
  const auto old = number_in(old_id), titled = number_in(old_title), next = number_in(new_name);
  if (!old || !titled || !next || value_of(old->digits) != value_of(titled->digits)) return "";
  std::string text =
      std::string(titled->prefix) + padded(value_of(next->digits), titled->digits.size());
  const std::size_t end = titled->rest.find_first_not_of(".:-) ");
  const std::string_view mark = titled->rest.substr(0, std::min(end, titled->rest.size()));
  return text + (mark.empty() ? " " : std::string(mark));
}

std::string number_of_name(std::string_view name) {
  const auto number = number_in(name);
  return number ? std::to_string(value_of(number->digits)) : "";
}

}  // namespace revisitd::rules
