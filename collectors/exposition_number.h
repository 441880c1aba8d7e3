#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

// Numbers as Prometheus' parsers take them, free of any locale.
namespace revisitd::collectors {

enum class NumberFault {
  none,
  not_a_number,  // no number as it is written
  out_of_range,  // a number, but beyond what a double or an int64 holds
};

struct ParsedFloat {
  double value = 0;
  NumberFault fault = NumberFault::none;
};

// A sample's value. Taken: decimal with optional sign, fraction and exponent ("1", "+.5", "1.",
// "1e-3"), "Inf" and "Infinity" with optional sign and "NaN" without one, all in any case. Refused:
// hex floats, digit separators, blanks, and magnitudes above the largest double ("1e999"); those
// below the smallest become zero.
ParsedFloat parse_sample_value(std::string_view text);

// A text 0.0.4 timestamp: digits alone. Empty when the value overflows int64.
std::optional<std::int64_t> parse_millis(std::string_view digits);

// Seconds as OpenMetrics writes them to whole milliseconds, cut toward zero; beyond int64 the
// nearest end. `seconds` must be finite.
std::int64_t millis_of_seconds(double seconds);

// Two decimals (optional sign, fraction and exponent) by what they say exactly, however many digits
// that takes: doubles would take two timestamps in nanoseconds for one.
std::strong_ordering compare_decimals(std::string_view a, std::string_view b);

}  // namespace revisitd::collectors
