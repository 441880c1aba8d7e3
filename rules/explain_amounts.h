#pragma once

#include <functional>
#include <optional>

#include "rules/quantity.h"

// Numbers of flips: found by halving, rounded for people.
namespace revisitd::rules {

// A flip lies between an offset that does not do it and one that does; both have the same sign.
struct Edge {
  double no = 0, yes = 0;
};

// The nearest offset of that sign for which `does` holds, if it does so at all within 1,000 times
// `scale`. Conditions are mostly monotone in an offset: one that is not gets one of its edges.
std::optional<Edge> find_edge(double scale, double sign, const std::function<bool(double)>& does);

// The nearest number at or beyond `value`, away from zero, that format_quantity() shows without
// rounding.
double readable_beyond(double value, Unit unit);

// How finely a threshold near `value` is told that takes the place of `written`: whole milliseconds
// below a minute, from there on as format_quantity() shows durations; whole units of the written
// size's family, three digits or more; whole numbers where the threshold is one of people or
// languages; nothing finer than four digits.
double threshold_step(double value, const Quantity& written, bool whole);

// The nearest multiple of `step` at or beyond `value` in the direction of `sign` that `does`;
// nothing when none near does.
std::optional<double> readable_threshold(double value, double sign, double step,
                                         const std::function<bool(double)>& does);

}  // namespace revisitd::rules
