#include "collectors/exposition_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace revisitd::collectors {
namespace {

constexpr std::size_t kExactDigits = 15;  // integers this long are exact as doubles

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `word` must be lower case.
bool equals_ignoring_case(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != word[i]) return false;
  }
  return true;
}

std::size_t count_digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

// Whether `text` is digits with an optional fraction and exponent, and nothing else.
bool is_decimal(std::string_view text) {
  std::size_t at = count_digits(text, 0);
  std::size_t digits = at;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = count_digits(text, at + 1);
    digits += fraction;
    at += 1 + fraction;
  }
  if (digits == 0) return false;
  if (at == text.size()) return true;
  if ((text[at] | 0x20) != 'e') return false;
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  const std::size_t exponent = count_digits(text, at);
  return exponent > 0 && at + exponent == text.size();
}

// Of a decimal that no double holds: whether it is too large rather than too small. The exponent of
// ten of its first significant digit decides.
bool is_large(std::string_view text) {
  std::int64_t exponent = 0;
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (ec != std::errc{}) return !digits.starts_with('-');
  }
  const std::string_view mantissa = text.substr(0, e);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const auto first = static_cast<std::int64_t>(mantissa.find_first_of("123456789"));
  const std::int64_t lead = first < point ? point - first - 1 : point - first;
  return lead > -exponent;
}

ParsedFloat parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec == std::errc::result_out_of_range) {
    if (is_large(text)) return {0, NumberFault::out_of_range};
    return {0, NumberFault::none};
  }
  if (std::isinf(value)) return {0, NumberFault::out_of_range};
  return {value, NumberFault::none};
}

std::optional<double> exact_integer(std::string_view text) {
  if (text.empty() || text.size() > kExactDigits) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return static_cast<double>(value);
}

// A decimal as 0.DIGITS times ten to the power of `exponent`.
struct Decimal {
  int sign = 0;        // 0: zero
  std::string digits;  // begins and ends with another than '0'
  std::int64_t exponent = 0;
};

Decimal decimal_of(std::string_view text) {
  constexpr std::int64_t kEnd = std::int64_t{1} << 40;  // no text has so many digits
  Decimal decimal{text.starts_with('-') ? -1 : 1, {}, 0};
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  if (std::string_view power = text.substr(std::min(e + 1, text.size())); !power.empty()) {
    if (power.starts_with('+')) power.remove_prefix(1);
    const bool fits =
        std::from_chars(power.data(), power.data() + power.size(), decimal.exponent).ec ==
        std::errc{};
    if (!fits) decimal.exponent = power.starts_with('-') ? -kEnd : kEnd;
    decimal.exponent = std::clamp(decimal.exponent, -kEnd, kEnd);
  }
  bool fraction = false;
  for (const char c : text.substr(0, e)) {
    fraction = fraction || c == '.';
    if (!is_digit(c)) continue;
    if (c != '0' || !decimal.digits.empty()) decimal.digits += c;
    if (!fraction && !decimal.digits.empty()) ++decimal.exponent;
    if (fraction && decimal.digits.empty()) --decimal.exponent;
  }
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  if (decimal.digits.empty()) decimal.sign = 0;
  return decimal;
}

}  // namespace

ParsedFloat parse_sample_value(std::string_view text) {
  if (const auto integer = exact_integer(text)) return {*integer, NumberFault::none};
  if (equals_ignoring_case(text, "nan")) return {std::numeric_limits<double>::quiet_NaN()};

  std::string_view magnitude = text;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) magnitude.remove_prefix(1);
  const double sign = negative ? -1.0 : 1.0;
  if (equals_ignoring_case(magnitude, "inf") || equals_ignoring_case(magnitude, "infinity")) {
    return {sign * std::numeric_limits<double>::infinity()};
  }
  if (!is_decimal(magnitude)) return {0, NumberFault::not_a_number};
  ParsedFloat parsed = parse_decimal(magnitude);
  parsed.value *= sign;
  return parsed;
}

std::optional<std::int64_t> parse_millis(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::int64_t millis_of_seconds(double seconds) {
  constexpr double kEnd = 9223372036854775808.0;  // 2^63
  const double millis = seconds * 1000;
  if (millis >= kEnd) return std::numeric_limits<std::int64_t>::max();
  if (millis < -kEnd) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(millis);
}

std::strong_ordering compare_decimals(std::string_view a, std::string_view b) {
  const Decimal left = decimal_of(a);
  const Decimal right = decimal_of(b);
  if (left.sign != right.sign) return left.sign <=> right.sign;
  if (left.sign == 0) return std::strong_ordering::equal;
  const std::strong_ordering size = left.exponent != right.exponent
                                        ? left.exponent <=> right.exponent
                                        : left.digits <=> right.digits;
  return left.sign > 0 ? size : 0 <=> size;
}

}  // namespace revisitd::collectors
