#pragma once

#include <optional>

#include "rules/slot.h"
#include "rules/truth.h"

// Numbers as the trigger language computes with them: a value that may be missing, and that may be
// known only to lie in an interval.
namespace revisitd::rules {

enum class Arithmetic { add, subtract, multiply, divide };
enum class Comparison { less, less_equal, greater, greater_equal, equal, not_equal };

// All numbers from `low` to `high`; an end that is open is not among them, nor is an infinite one.
// `value` is the best single guess. Exact numbers have low == high == value, both ends closed. When
// `known` is false the rest says nothing. Trivial on purpose: the evaluator keeps arrays of these
// on its stack.
struct Interval {
  double value;
  double low;
  double high;
  bool low_open;
  bool high_open;
  bool known;

  static Interval missing() { return {0, 0, 0, false, false, false}; }
  // A number that is not finite is a missing one.
  static Interval exact(double value);
  static Interval exact(std::optional<double> value);
  // (low, high] of a slot's value.
  static Interval of(const std::optional<SlotValue>& value);

  [[nodiscard]] bool is_exact() const { return low == high; }
  [[nodiscard]] std::optional<SlotValue> slot_value() const;
};

Interval negate(const Interval& a);
// Missing when an input is missing, when the divisor may be zero, and when the value is not finite.
Interval compute(Arithmetic op, const Interval& a, const Interval& b);

// yes when the comparison holds for all numbers of both intervals, no when for none, else unknown.
Truth compare(Comparison op, const Interval& a, const Interval& b);

}  // namespace revisitd::rules
