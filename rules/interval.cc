#include "rules/interval.h"

#include <array>
#include <cmath>
#include <limits>

namespace revisitd::rules {
namespace {

// One end of an interval, or a candidate for one.
struct End {
  double at;
  bool open;
};

bool contains_zero(const Interval& a) {
  const bool above = a.low > 0 || (a.low == 0 && a.low_open);
  const bool below = a.high < 0 || (a.high == 0 && a.high_open);
  return !above && !below;
}

// An end at zero makes the product zero whatever the other end is, even an infinite one that is
// never reached.
End product(End a, End b) {
  if (a.at == 0 || b.at == 0) {
    const bool reached = (a.at == 0 && !a.open) || (b.at == 0 && !b.open);
    return {0, !reached};
  }
  return {a.at * b.at, a.open || b.open};
}

// `sign` is that of the divisor's other numbers, which tells where a division by its end at zero
// tends to.
End quotient(End a, End b, double sign) {
  if (a.at == 0) return {0, a.open};
  if (b.at == 0) return {std::copysign(std::numeric_limits<double>::infinity(), a.at * sign), true};
  if (std::isinf(b.at)) return {0, true};
  return {a.at / b.at, a.open || b.open};
}

Interval spanned(double value, const std::array<End, 4>& ends) {
  End low = ends[0];
  End high = ends[0];
  for (const End end : ends) {
    if (end.at < low.at) low = end;
    if (end.at > high.at) high = end;
    if (end.at == low.at) low.open = low.open && end.open;
    if (end.at == high.at) high.open = high.open && end.open;
  }
  return {value, low.at, high.at, low.open, high.open, true};
}

Interval sum(const Interval& a, const Interval& b) {
  return {a.value + b.value,          a.low + b.low, a.high + b.high, a.low_open || b.low_open,
          a.high_open || b.high_open, true};
}

Interval multiply(const Interval& a, const Interval& b) {
  const End al{a.low, a.low_open}, ah{a.high, a.high_open};
  const End bl{b.low, b.low_open}, bh{b.high, b.high_open};
  return spanned(a.value * b.value,
                 {product(al, bl), product(al, bh), product(ah, bl), product(ah, bh)});
}

Interval divide(const Interval& a, const Interval& b) {
  if (contains_zero(b)) return Interval::missing();
  const double sign = b.high > 0 ? 1 : -1;
  const End al{a.low, a.low_open}, ah{a.high, a.high_open};
  const End bl{b.low, b.low_open}, bh{b.high, b.high_open};
  return spanned(a.value / b.value, {quotient(al, bl, sign), quotient(al, bh, sign),
                                     quotient(ah, bl, sign), quotient(ah, bh, sign)});
}

double compute(Arithmetic op, double a, double b) {
  switch (op) {
    case Arithmetic::add:
      return a + b;
    case Arithmetic::subtract:
      return a - b;
    case Arithmetic::multiply:
      return a * b;
    case Arithmetic::divide:
      return a / b;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Interval compute_intervals(Arithmetic op, const Interval& a, const Interval& b) {
  switch (op) {
    case Arithmetic::add:
      return sum(a, b);
    case Arithmetic::subtract:
      return sum(a, negate(b));
    case Arithmetic::multiply:
      return multiply(a, b);
    case Arithmetic::divide:
      return divide(a, b);
  }
  return Interval::missing();
}

bool all_less(const Interval& a, const Interval& b) {
  return a.high < b.low || (a.high == b.low && (a.high_open || b.low_open));
}

bool all_less_equal(const Interval& a, const Interval& b) { return a.high <= b.low; }

Truth truth(bool always, bool never) {
  if (always) return Truth::yes;
  return never ? Truth::no : Truth::unknown;
}

Truth equal(const Interval& a, const Interval& b) {
  const bool always = a.is_exact() && b.is_exact() && a.low == b.low;
  return truth(always, all_less(a, b) || all_less(b, a));
}

}  // namespace

Interval Interval::exact(double value) {
  if (!std::isfinite(value)) return missing();
  return {value, value, value, false, false, true};
}

Interval Interval::exact(std::optional<double> value) { return value ? exact(*value) : missing(); }

Interval Interval::of(const std::optional<SlotValue>& value) {
  if (!value || !std::isfinite(value->value)) return missing();
  if (value->is_exact()) return exact(value->value);
  if (!(value->low < value->high)) return missing();  // also when an end is NaN
  return {value->value, value->low, value->high, true, std::isinf(value->high), true};
}

std::optional<SlotValue> Interval::slot_value() const {
  if (!known) return std::nullopt;
  return SlotValue{value, low, high};
}

Interval negate(const Interval& a) {
  return {-a.value, -a.high, -a.low, a.high_open, a.low_open, a.known};
}

Interval compute(Arithmetic op, const Interval& a, const Interval& b) {
  if (!a.known || !b.known) return Interval::missing();
  if (a.is_exact() && b.is_exact()) return Interval::exact(compute(op, a.value, b.value));
  const Interval result = compute_intervals(op, a, b);
  if (!result.known) return result;
  if (result.low == result.high) return Interval::exact(result.low);  // rounding closed the gap
  return std::isfinite(result.value) ? result : Interval::missing();
}

Truth compare(Comparison op, const Interval& a, const Interval& b) {
  if (!a.known || !b.known) return Truth::unknown;
  switch (op) {
    case Comparison::less:
      return truth(all_less(a, b), all_less_equal(b, a));
    case Comparison::less_equal:
      return truth(all_less_equal(a, b), all_less(b, a));
    case Comparison::greater:
      return truth(all_less(b, a), all_less_equal(a, b));
    case Comparison::greater_equal:
      return truth(all_less_equal(b, a), all_less(a, b));
    case Comparison::equal:
      return equal(a, b);
    case Comparison::not_equal:
      return !equal(a, b);
  }
  return Truth::unknown;
}

}  // namespace revisitd::rules
