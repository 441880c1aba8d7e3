#include "rules/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "rules/quantity.h"

namespace revisitd::rules {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Interval bucket(double low, double high) {
  return Interval::of(SlotValue{std::isinf(high) ? low + 1 : high, low, high});
}

std::string shown(const Interval& a) {
  if (!a.known) return "missing";
  const auto number = [](double v) { return format_quantity(v, Unit::number); };
  return (a.low_open ? "(" : "[") + number(a.low) + ", " + number(a.high) +
         (a.high_open ? ")" : "]");
}

std::string computed(Interval a, Arithmetic op, Interval b) { return shown(compute(op, a, b)); }

constexpr auto kAdd = Arithmetic::add;
constexpr auto kSubtract = Arithmetic::subtract;
constexpr auto kMultiply = Arithmetic::multiply;
constexpr auto kDivide = Arithmetic::divide;

TEST(IntervalTest, AQuantileIsOpenBelowAndClosedAbove) {
  EXPECT_EQ(shown(bucket(1, 2)), "(1, 2]");
  EXPECT_EQ(shown(bucket(1, kInfinity)), "(1, +Inf)");
  EXPECT_EQ(shown(Interval::of(SlotValue::exact(3))), "[3, 3]");
}

TEST(IntervalTest, WhatIsNoNumberIsMissing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(shown(Interval::of(std::nullopt)), "missing");
  EXPECT_EQ(shown(Interval::of(SlotValue::exact(nan))), "missing");
  EXPECT_EQ(shown(Interval::of(SlotValue::exact(kInfinity))), "missing");
  EXPECT_EQ(shown(Interval::of(SlotValue{1, nan, 2})), "missing");
  EXPECT_EQ(shown(Interval::of(SlotValue{1, 2, 1})), "missing");
  EXPECT_EQ(shown(Interval::exact(std::optional<double>{})), "missing");
}

TEST(IntervalTest, SumsAddTheEnds) {
  EXPECT_EQ(computed(bucket(1, 2), kAdd, bucket(10, 20)), "(11, 22]");
  EXPECT_EQ(computed(bucket(1, 2), kAdd, Interval::exact(5.0)), "(6, 7]");
  EXPECT_EQ(computed(bucket(1, kInfinity), kAdd, bucket(1, 2)), "(2, +Inf)");
}

TEST(IntervalTest, DifferencesCrossTheEnds) {
  EXPECT_EQ(computed(bucket(1, 2), kSubtract, bucket(10, 20)), "(-19, -8)");
  EXPECT_EQ(computed(Interval::exact(5.0), kSubtract, bucket(1, 2)), "[3, 4)");
  EXPECT_EQ(shown(negate(bucket(1, 2))), "[-2, -1)");
}

TEST(IntervalTest, ProductsMayTurnAround) {
  EXPECT_EQ(computed(bucket(1, 2), kMultiply, bucket(3, 4)), "(3, 8]");
  EXPECT_EQ(computed(bucket(1, 2), kMultiply, Interval::exact(-3.0)), "[-6, -3)");
  EXPECT_EQ(computed(bucket(-1, 2), kMultiply, bucket(-3, 4)), "(-6, 8]");
}

TEST(IntervalTest, ZeroTimesAnythingIsZero) {
  EXPECT_EQ(computed(bucket(1, kInfinity), kMultiply, Interval::exact(0.0)), "[0, 0]");
  EXPECT_EQ(computed(bucket(0, 1), kMultiply, bucket(1, kInfinity)), "(0, +Inf)");
  EXPECT_EQ(computed(bucket(-1, 0), kMultiply, bucket(0, 1)), "(-1, 0]");
}

TEST(IntervalTest, QuotientsAwayFromZero) {
  EXPECT_EQ(computed(bucket(2, 4), kDivide, bucket(1, 2)), "(1, 4)");
  EXPECT_EQ(computed(Interval::exact(1.0), kDivide, bucket(1, kInfinity)), "(0, 1)");
  EXPECT_EQ(computed(Interval::exact(1.0), kDivide, bucket(0, 2)), "[0.5, +Inf)");
  EXPECT_EQ(computed(Interval::exact(-1.0), kDivide, bucket(0, 2)), "(-Inf, -0.5]");
}

TEST(IntervalTest, ADivisorThatMayBeZeroMakesItMissing) {
  EXPECT_EQ(computed(Interval::exact(1.0), kDivide, Interval::exact(0.0)), "missing");
  EXPECT_EQ(computed(Interval::exact(0.0), kDivide, Interval::exact(0.0)), "missing");
  EXPECT_EQ(computed(Interval::exact(1.0), kDivide, bucket(-1, 1)), "missing");
  EXPECT_EQ(computed(Interval::exact(1.0), kDivide, bucket(-1, 0)), "missing");
}

TEST(IntervalTest, WhatOverflowsIsMissing) {
  EXPECT_EQ(computed(Interval::exact(1e308), kMultiply, Interval::exact(10.0)), "missing");
  EXPECT_EQ(computed(bucket(1e307, 1e308), kMultiply, Interval::exact(100.0)), "missing");
}

TEST(IntervalTest, AnythingWithAMissingInputIsMissing) {
  for (const Arithmetic op : {kAdd, kSubtract, kMultiply, kDivide}) {
    EXPECT_EQ(computed(Interval::missing(), op, Interval::exact(1.0)), "missing");
    EXPECT_EQ(computed(Interval::exact(0.0), op, Interval::missing()), "missing");
  }
  EXPECT_EQ(shown(negate(Interval::missing())), "missing");
}

TEST(IntervalTest, EndsThatRoundingJoinsAreOneNumber) {
  EXPECT_EQ(computed(bucket(1, 2), kAdd, Interval::exact(1e300)), "[1e300, 1e300]");
}

Truth is(Interval a, Comparison op, double b) { return compare(op, a, Interval::exact(b)); }

TEST(IntervalTest, AnOpenEndIsNotReached) {
  EXPECT_EQ(is(bucket(1, 2), Comparison::greater, 1), Truth::yes);
  EXPECT_EQ(is(bucket(1, 2), Comparison::less_equal, 1), Truth::no);
  EXPECT_EQ(is(bucket(1, 2), Comparison::greater_equal, 1), Truth::yes);
  EXPECT_EQ(is(bucket(1, 2), Comparison::less, 1), Truth::no);
  EXPECT_EQ(is(bucket(1, 2), Comparison::equal, 1), Truth::no);
  EXPECT_EQ(is(bucket(1, 2), Comparison::not_equal, 1), Truth::yes);
}

TEST(IntervalTest, AClosedEndMayBeReached) {
  EXPECT_EQ(is(bucket(1, 2), Comparison::greater, 2), Truth::no);
  EXPECT_EQ(is(bucket(1, 2), Comparison::less_equal, 2), Truth::yes);
  EXPECT_EQ(is(bucket(1, 2), Comparison::greater_equal, 2), Truth::unknown);
  EXPECT_EQ(is(bucket(1, 2), Comparison::less, 2), Truth::unknown);
  EXPECT_EQ(is(bucket(1, 2), Comparison::equal, 2), Truth::unknown);
  EXPECT_EQ(is(bucket(1, 2), Comparison::not_equal, 2), Truth::unknown);
}

TEST(IntervalTest, TheLastBucketHasNoUpperEnd) {
  EXPECT_EQ(is(bucket(1, kInfinity), Comparison::greater, 1), Truth::yes);
  EXPECT_EQ(is(bucket(1, kInfinity), Comparison::greater, 1e300), Truth::unknown);
  EXPECT_EQ(is(bucket(1, kInfinity), Comparison::less, 1e300), Truth::unknown);
}

TEST(TruthTest, KleenesTables) {
  const auto no = Truth::no, yes = Truth::yes, unknown = Truth::unknown;
  EXPECT_EQ(conjunction(yes, yes), yes);
  EXPECT_EQ(conjunction(yes, unknown), unknown);
  EXPECT_EQ(conjunction(unknown, no), no);
  EXPECT_EQ(conjunction(no, yes), no);
  EXPECT_EQ(disjunction(no, no), no);
  EXPECT_EQ(disjunction(no, unknown), unknown);
  EXPECT_EQ(disjunction(unknown, yes), yes);
  EXPECT_EQ(disjunction(yes, no), yes);
  EXPECT_EQ(!yes, no);
  EXPECT_EQ(!no, yes);
  EXPECT_EQ(!unknown, unknown);
}

}  // namespace
}  // namespace revisitd::rules
