#include "rules/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "rules/diagnostic.h"
#include "rules/size_units.h"
#include "rules/time.h"

namespace revisitd {
namespace {

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
  for (const auto& table : {kBinarySizes, kDecimalSizes}) {
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
  for (const auto& table : {kDecimalSizes, kBinarySizes}) {
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
std::string whole_size(std::uint64_t bytes, const SizeUnits& table) {
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
    const auto& table =
        unit.name.find('i') == std::string_view::npos ? kDecimalSizes : kBinarySizes;
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

constexpr std::array<Unit, 4> kUnits = {Unit::number, Unit::seconds, Unit::bytes, Unit::ratio};

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

}  // namespace revisitd
