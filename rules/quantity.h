#pragma once

#include <string>
#include <string_view>

#include "rules/result.h"

// Numbers with units, as records write them: "100ms", "256MiB", "80%", "2000".
namespace revisitd {

// What a number measures. Values are always kept in the base unit named here.
enum class Unit {
  number,   // a plain number: counts, requests per second
  seconds,  // durations, in seconds
  bytes,    // sizes, in bytes
  ratio,    // shares, 1.0 = 100 %
};

// "number", "seconds", "bytes", "ratio": the spelling of `unit:` in the configuration.
std::string_view unit_name(Unit unit);
Result<Unit> parse_unit(std::string_view name);

struct Quantity {
  double value = 0;  // in the unit's base
  Unit unit = Unit::number;

  friend bool operator==(const Quantity&, const Quantity&) = default;
};

// Parses a plain decimal number ("2000", "0.5", "1e3"), a duration of the Prometheus family
// ("100ms", "1h30m"), a size ("512B", "256MiB", "2GB": B, kB MB GB TB PB and KiB MiB GiB TiB PiB)
// or a percentage ("80%", "99.5%"). Numbers and percentages may be negative. The value is the
// double nearest to what is written, so "100ms" equals the double 0.1 and "99.9%" the double 0.999.
// Units are case-sensitive. Fractions of durations and sizes ("1.5h", "1.5GiB"), bare suffixes
// ("256M"), hex, NaN, infinities and values that overflow a double are errors; the message says
// what was expected.
Result<Quantity> parse_quantity(std::string_view text);

// For people, in the unit's own words and at most four significant digits: "131ms", "1.5s",
// "1h30m", "256MiB", "2GB", "82.4%", "2100". Non-finite values print as "NaN", "+Inf", "-Inf".
std::string format_quantity(double value, Unit unit);

// An exact share of slots, 0 ≤ num ≤ den, den > 0. Shares are compared as fractions, never as
// doubles.
struct Share {
  long long num = 1;
  long long den = 1;

  friend bool operator==(const Share& a, const Share& b) {
    return static_cast<__int128>(a.num) * b.den == static_cast<__int128>(b.num) * a.den;
  }
};

// Parses "95%", "99.95%" or "0.95" (at most nine decimals) into an exact fraction; outside [0, 1]
// is an error.
Result<Share> parse_share(std::string_view text);
// "95%", "99.95%", "33.33%" (rounded to two decimals).
std::string format_share(Share share);
// The share as a double in [0, 1], for JSON and metrics only.
double to_double(Share share);
// a < b, exactly.
bool less(Share a, Share b);

}  // namespace revisitd
