#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "rules/quantity.h"
#include "rules/size_units.h"
#include "rules/time.h"

namespace revisitd {
namespace {

std::string strip_exponent_zeros(std::string text) {
  const std::size_t exponent = text.find('e');
  if (exponent == std::string::npos) return text;
  std::size_t digits = exponent + 1;
  if (text[digits] == '+') text.erase(digits, 1);
  if (text[digits] == '-') ++digits;
  while (text[digits] == '0' && digits + 1 < text.size()) text.erase(digits, 1);
  return text;
}

double four_digits(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::scientific, 3);
  double rounded = 0;
  std::from_chars(text.begin(), end.ptr, rounded);
  return rounded;
}

// The value at four significant digits, without an exponent wherever that can be read.
std::string format_number(double value) {
  const double rounded = four_digits(value) + 0.0;
  const double size = std::abs(rounded);
  const bool readable = size == 0 || (size >= 1e-6 && size < 1e15);
  std::array<char, 64> text;
  const auto format = readable ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(text.begin(), text.end(), rounded, format);
  return strip_exponent_zeros(std::string(text.begin(), end.ptr));
}

// `seconds` is not negative.
std::string format_seconds(double seconds) {
  const double rounded = four_digits(seconds);
  if (rounded == 0) return "0s";
  if (rounded < 1) return format_number(seconds * 1000) + "ms";
  if (rounded < 60) return format_number(seconds) + "s";
  // From a minute on two neighbouring units say enough; beyond 100 days, days alone.
  const double step = seconds < 3'600       ? 1
                      : seconds < 86'400    ? 60
                      : seconds < 8'640'000 ? 3'600
                                            : 86'400;
  const double whole = std::round(seconds / step) * step;
  if (whole >= 1e15) return format_number(seconds / 86'400) + "d";
  return format_duration(std::chrono::seconds{static_cast<std::int64_t>(whole)});
}

// The size in the largest unit of the table that leaves at least 1 of it.
std::string size_in(double bytes, const SizeUnits& table) {
  for (const SizeUnit& unit : table) {
    const double value = bytes / static_cast<double>(unit.bytes);
    if (four_digits(value) >= 1) return format_number(value) + std::string(unit.name);
  }
  return format_number(bytes) + "B";
}

bool shown_exactly(double bytes, const SizeUnits& table) {
  for (const SizeUnit& unit : table) {
    const double value = bytes / static_cast<double>(unit.bytes);
    if (value >= 1) return four_digits(value) == value;
  }
  return false;
}

// Sizes written in powers of ten ("2GB") keep them; all others are shown in powers of two.
std::string format_bytes(double bytes) {
  const bool decimal = !shown_exactly(bytes, kBinarySizes) && shown_exactly(bytes, kDecimalSizes);
  return size_in(bytes, decimal ? kDecimalSizes : kBinarySizes);
}

std::string format_positive(double value, Unit unit) {
  switch (unit) {
    case Unit::number:
      return format_number(value);
    case Unit::seconds:
      return format_seconds(value);
    case Unit::bytes:
      return format_bytes(value);
    case Unit::ratio:
      return format_number(value * 100) + "%";
  }
  return "";
}

}  // namespace

std::string format_quantity(double value, Unit unit) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const std::string positive = format_positive(std::abs(value), unit);
  return value < 0 ? '-' + positive : positive;
}

}  // namespace revisitd
