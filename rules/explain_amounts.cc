#include "rules/explain_amounts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

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
    const double step = size < 3'600 ? 1 : size < 86'400 ? 60 : size < 8'640'000 ? 3'600 : 86'400;
    result = std::ceil(size / step) * step;
  } else {
    result = four_digits_up(size);
  }
  return value < 0 ? -result : result;
}

std::optional<double> readable_threshold(double value, double sign, Unit unit,
                                         const std::function<bool(double)>& does) {
  if (value == 0) return std::nullopt;
  const double unit_step = unit == Unit::seconds ? 1e-3 : unit == Unit::bytes ? 1 : 0;
  const double digits = std::pow(10, std::floor(std::log10(std::abs(value))) - 3);
  const double step = std::max(unit_step, digits);
  const double steps = sign > 0 ? std::floor(value / step) : std::ceil(value / step);
  for (int i = 0; i < 3; ++i) {
    double candidate = four_digits((steps + sign * i) * step);
    if (unit == Unit::seconds) candidate = std::round(candidate * 1000) / 1000;
    if (unit == Unit::bytes) candidate = std::round(candidate);
    if (does(candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace revisitd::rules
