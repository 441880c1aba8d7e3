#include "rules/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>

#include "rules/diagnostic.h"
#include "rules/time.h"

namespace revisitd {
namespace {

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr std::array<SizeUnit, 6> kBinary = {{{"PiB", 1ULL << 50},
                                              {"TiB", 1ULL << 40},
                                              {"GiB", 1ULL << 30},
                                              {"MiB", 1ULL << 20},
                                              {"KiB", 1ULL << 10},
                                              {"B", 1}}};
constexpr std::array<SizeUnit, 6> kDecimal = {{{"PB", 1'000'000'000'000'000},
                                               {"TB", 1'000'000'000'000},
                                               {"GB", 1'000'000'000},
                                               {"MB", 1'000'000},
                                               {"kB", 1'000},
                                               {"B", 1}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number as written, before any unit.
struct Written {
  std::string_view number;    // digits, point and decimals, with its sign and exponent
  std::string_view mantissa;  // the same without the exponent
  std::string_view unit;      // whatever follows
};

std::size_t digits_from(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// The end of an exponent that starts at `at`, or `at` if there is none ("2e" and "2exa" have none).
std::size_t exponent_end(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  std::size_t digits = at + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  const std::size_t end = digits_from(text, digits);
  return end > digits ? end : at;
}

std::optional<Written> split(std::string_view text) {
  const std::size_t begin = text.starts_with('-') ? 1 : 0;
  std::size_t end = digits_from(text, begin);
  if (end == begin) return std::nullopt;
  if (end < text.size() && text[end] == '.') {
    const std::size_t decimals = digits_from(text, end + 1);
    if (decimals == end + 1) return std::nullopt;
    end = decimals;
  }
  const std::size_t after = exponent_end(text, end);
  return Written{text.substr(0, after), text.substr(0, end), text.substr(after)};
}

Error bad(std::string_view text, const std::string& why) {
  return Error{in_quotes(text) + " is not a quantity: " + why};
}

Result<Quantity> read_double(std::string_view text, const std::string& number, Unit unit) {
  double value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  if (read.ec != std::errc{}) return bad(text, "it does not fit into a double");
  return Quantity{value + 0.0, unit};  // + 0.0 makes a negative zero positive
}

std::optional<SizeUnit> size_unit(std::string_view name) {
  for (const auto& table : {kBinary, kDecimal}) {
    for (const SizeUnit& unit : table) {
      if (unit.name == name) return unit;
    }
  }
  return std::nullopt;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// How "256M", "256Mi", "256mb" or "256KB" were probably meant: "256MB or 256MiB".
std::string meant_size(const Written& written) {
  std::string result;
  if (written.unit == "m" || written.number.size() > 20) return result;  // minutes; no guess
  const std::string wrong = lower(written.unit);
  for (const auto& table : {kDecimal, kBinary}) {
    for (const SizeUnit& unit : table) {
      const std::string name = lower(unit.name);
      const bool case_only = name == wrong;
      const bool no_b = name == wrong + "b";
      const bool no_ib = name == wrong + "ib" && wrong.size() == 1;
      if (unit.bytes == 1 ? !case_only : !case_only && !no_b && !no_ib) continue;
      if (!result.empty()) result += " or ";
      result += std::string(written.number) + std::string(unit.name);
    }
  }
  return result;
}

// A size that is a whole number of some unit of the table, in the largest such unit.
std::string whole_size(std::uint64_t bytes, const std::array<SizeUnit, 6>& table) {
  for (const SizeUnit& unit : table) {
    if (bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + std::string(unit.name);
  }
  return "";
}

std::string fraction_mistake(const Written& written, SizeUnit unit) {
  std::string why = "fractions are not allowed in sizes";
  double number = 0;
  std::from_chars(written.number.data(), written.number.data() + written.number.size(), number);
  const double exact = number * static_cast<double>(unit.bytes);
  if (exact >= 1 && exact < 1e18 && exact == std::floor(exact)) {
    const auto& table = unit.name.find('i') == std::string_view::npos ? kDecimal : kBinary;
    why += ", did you mean " + whole_size(static_cast<std::uint64_t>(exact), table) + "?";
  }
  return why;
}

Result<Quantity> parse_size(std::string_view text, const Written& written, SizeUnit unit) {
  if (written.number.starts_with('-')) return bad(text, "a size carries no sign");
  if (written.number.find_first_not_of("0123456789") != std::string_view::npos) {
    return bad(text, fraction_mistake(written, unit));
  }
  std::uint64_t count = 0;
  const auto* end = written.number.data() + written.number.size();
  if (std::from_chars(written.number.data(), end, count).ec != std::errc{}) {
    return bad(text, "it is too large");
  }
  // A product of two 64-bit integers is exact in 128 bits, so the double is the nearest one.
  const auto bytes = static_cast<unsigned __int128>(count) * unit.bytes;
  return Quantity{static_cast<double>(bytes), Unit::bytes};
}

Result<Quantity> parse_percentage(std::string_view text, const Written& written) {
  if (written.number != written.mantissa) {
    return bad(text, "a percentage has no exponent, expected such as 80% or 99.5%");
  }
  // Shifting the decimal exponent keeps the value exact where a division by 100 would round twice.
  return read_double(text, std::string(written.mantissa) + "e-2", Unit::ratio);
}

bool starts_like_a_duration_unit(std::string_view unit) {
  return std::string_view("ywdhms").find(unit.front()) != std::string_view::npos;
}

Result<Quantity> parse_seconds(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return duration.error();
  return Quantity{to_seconds(*duration), Unit::seconds};
}

std::string number_mistake(std::string_view text) {
  if (text.front() == '.' && text.size() > 1 && is_digit(text[1])) {
    return "expected a digit before the point, did you mean 0" + std::string(text.substr(0, 20)) +
           "?";
  }
  if (text.front() == '+') return "a leading + is not allowed";
  return "expected a number, a duration (100ms), a size (256MiB) or a percentage (80%)";
}

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
std::string size_in(double bytes, const std::array<SizeUnit, 6>& table) {
  for (const SizeUnit& unit : table) {
    const double value = bytes / static_cast<double>(unit.bytes);
    if (four_digits(value) >= 1) return format_number(value) + std::string(unit.name);
  }
  return format_number(bytes) + "B";
}

bool shown_exactly(double bytes, const std::array<SizeUnit, 6>& table) {
  for (const SizeUnit& unit : table) {
    const double value = bytes / static_cast<double>(unit.bytes);
    if (value >= 1) return four_digits(value) == value;
  }
  return false;
}

// Sizes written in powers of ten ("2GB") keep them; all others are shown in powers of two.
std::string format_bytes(double bytes) {
  const bool decimal = !shown_exactly(bytes, kBinary) && shown_exactly(bytes, kDecimal);
  return size_in(bytes, decimal ? kDecimal : kBinary);
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

constexpr std::array<Unit, 4> kUnits = {Unit::number, Unit::seconds, Unit::bytes, Unit::ratio};

long long power_of_ten(std::size_t exponent) {
  long long result = 1;
  while (exponent-- > 0) result *= 10;
  return result;
}

}  // namespace

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::number:
      return "number";
    case Unit::seconds:
      return "seconds";
    case Unit::bytes:
      return "bytes";
    case Unit::ratio:
      return "ratio";
  }
  return "";
}

Result<Unit> parse_unit(std::string_view name) {
  const auto unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](Unit u) { return unit_name(u) == name; });
  if (unit != kUnits.end()) return *unit;
  return Error{"unknown unit " + in_quotes(name) + ", expected number, seconds, bytes or ratio"};
}

Result<Quantity> parse_quantity(std::string_view text) {
  if (text.empty()) return Error{"expected a quantity such as 2000, 100ms, 256MiB or 80%"};
  const auto written = split(text);
  if (!written) return bad(text, number_mistake(text));
  const std::string_view unit = written->unit;
  if (unit.empty()) return read_double(text, std::string(written->number), Unit::number);
  if (unit == "%") return parse_percentage(text, *written);
  if (const auto size = size_unit(unit)) return parse_size(text, *written, *size);
  if (unit.find_first_of(" \t") != std::string_view::npos) {
    return bad(text, "no blanks between number and unit, expected such as 100ms or 256MiB");
  }
  if (const std::string meant = meant_size(*written); !meant.empty()) {
    return bad(text, "unknown unit " + in_quotes(unit) + ", did you mean " + meant + "?");
  }
  if (starts_like_a_duration_unit(unit)) return parse_seconds(text);
  return bad(text, "unknown unit " + in_quotes(unit) +
                       ", expected a duration (ms s m h d w y), a size (B kB MB KiB MiB ...) or %");
}

std::string format_quantity(double value, Unit unit) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const std::string positive = format_positive(std::abs(value), unit);
  return value < 0 ? '-' + positive : positive;
}

Result<Share> parse_share(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return Error{in_quotes(text) + " is not a share: " + why};
  };
  std::string_view number = text;
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  const auto written = split(number);
  if (!written || written->mantissa != number || number.front() == '-') {
    return wrong("expected a percentage from 0% to 100%, such as 95%");
  }
  const std::string_view whole = number.substr(0, number.find('.'));
  const std::string_view decimals = number.substr(std::min(number.size(), whole.size() + 1));
  if (decimals.size() > 9) return wrong("at most nine decimals");
  const std::string digits = std::string(whole) + std::string(decimals);
  Share share{0, power_of_ten(decimals.size() + (percent ? 2 : 0))};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), share.num);
  if (read.ec != std::errc{} || share.num > share.den) {
    const bool forgotten = !percent && read.ec == std::errc{} && share.num / share.den <= 100;
    return wrong(forgotten ? "did you mean " + std::string(text) + "%?" : "it is more than 100%");
  }
  const long long divisor = std::gcd(share.num, share.den);
  return Share{share.num / divisor, share.den / divisor};
}

std::string format_share(Share share) {
  const auto num = static_cast<__int128>(share.num) * 20'000 + share.den;
  const auto hundredths = static_cast<long long>(num / (static_cast<__int128>(share.den) * 2));
  std::string result = std::to_string(hundredths / 100);
  if (const long long rest = hundredths % 100; rest != 0) {
    result += rest < 10 ? ".0" : ".";
    result += std::to_string(rest % 10 == 0 ? rest / 10 : rest);
  }
  return result + '%';
}

double to_double(Share share) {
  return static_cast<double>(share.num) / static_cast<double>(share.den);
}

bool less(Share a, Share b) {
  return static_cast<__int128>(a.num) * b.den < static_cast<__int128>(b.num) * a.den;
}

}  // namespace revisitd
