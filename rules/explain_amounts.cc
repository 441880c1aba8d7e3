#include "rules/explain_amounts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "rules/size_units.h"

namespace revisitd::rules {
namespace {

double four_digits(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::scientific, 3);
  double rounded = 0;
  std::from_chars(text.begin(), end.ptr, rounded);
  return rounded;
}

// The least of four digits that is not below `value`, which is positive.
double four_digits_up(double value) {
  const double rounded = four_digits(value);
  if (rounded >= value) return rounded;
  return four_digits(rounded + std::pow(10, std::floor(std::log10(rounded)) - 3));
}

// From a minute on: what format_quantity() shows of so many seconds.
double minutes_step(double seconds) {
  return seconds < 3'600 ? 1 : seconds < 86'400 ? 60 : seconds < 8'640'000 ? 3'600 : 86'400;
}

// The largest unit that the size is a whole number of; 1 where it has none.
std::uint64_t whole_unit(double size, const SizeUnits& table) {
  for (const SizeUnit& unit : table) {
    if (size != 0 && std::fmod(size, static_cast<double>(unit.bytes)) == 0) return unit.bytes;
  }
  return 1;
}

// Of the family that the written size is in, the largest unit that leaves three digits or more.
double size_unit(double size, double written) {
  // 256MB is 250000KiB, too: the family is the one that takes fewer of its units.
  const bool decimal = whole_unit(written, kDecimalSizes) > whole_unit(written, kBinarySizes);
  for (const SizeUnit& unit : decimal ? kDecimalSizes : kBinarySizes) {
    if (size >= 100 * static_cast<double>(unit.bytes)) return static_cast<double>(unit.bytes);
  }
  return 1;
}

}  // namespace

std::optional<Edge> find_edge(double scale, double sign, const std::function<bool(double)>& does) {
  Edge edge;
  bool found = false;
  for (const double step : {1e-6, 1e-4, 1e-2, 0.1, 0.3, 1.0, 3.0, 30.0, 1000.0}) {
    edge.yes = sign * scale * step;
    found = does(edge.yes);
    if (found) break;
    edge.no = edge.yes;
  }
  if (!found) return std::nullopt;
  for (int i = 0; i < 40 && std::abs(edge.yes - edge.no) > 1e-7 * std::abs(edge.yes); ++i) {
    const double middle = (edge.no + edge.yes) / 2;
    (does(middle) ? edge.yes : edge.no) = middle;
  }
  return edge;
}

double readable_beyond(double value, Unit unit) {
  const double size = std::abs(value);
  if (size == 0 || !std::isfinite(size)) return value;
  double result = 0;
  if (unit == Unit::bytes) {
    double factor = 1;
    while (size / factor >= 1024) factor *= 1024;
    result = four_digits_up(size / factor) * factor;
  } else if (unit == Unit::seconds && size >= 60) {
    const double step = minutes_step(size);
    result = std::ceil(size / step) * step;
  } else {
    result = four_digits_up(size);
  }
  return value < 0 ? -result : result;
}

double threshold_step(double value, const Quantity& written, bool whole) {
  const double size = std::abs(value);
  if (size == 0) return 1;
  const auto four_of = [&](double unit) {
    return unit * std::pow(10, std::floor(std::log10(size / unit)) - 3);
  };
  switch (written.unit) {
    case Unit::seconds:
      return size < 60 ? std::max(1e-3, four_of(1)) : minutes_step(size);
    case Unit::bytes: {
      const double unit = size_unit(size, written.value);
      return std::max(unit, four_of(unit));
    }
    case Unit::number:
    case Unit::ratio:
      break;
  }
  return whole ? std::max(1.0, four_of(1)) : four_of(1);
}

std::optional<double> readable_threshold(double value, double sign, double step,
                                         const std::function<bool(double)>& does) {
  if (value == 0) return std::nullopt;
  const double steps = sign > 0 ? std::floor(value / step) : std::ceil(value / step);
  for (int i = 0; i < 3; ++i) {
    const double exact = (steps + sign * i) * step;
    // Whole numbers of whole units are exact; below that, the decimal that is meant.
    const double candidate = step >= 1 ? exact : four_digits(exact);
    if (does(candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace revisitd::rules
