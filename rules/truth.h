#pragma once

// Kleene's three-valued logic: "unknown" is what missing data makes of a statement.
namespace revisitd::rules {

enum class Truth { no, yes, unknown };

constexpr Truth operator!(Truth a) {
  if (a == Truth::unknown) return a;
  return a == Truth::yes ? Truth::no : Truth::yes;
}

constexpr Truth conjunction(Truth a, Truth b) {
  if (a == Truth::no || b == Truth::no) return Truth::no;
  return a == Truth::yes && b == Truth::yes ? Truth::yes : Truth::unknown;
}

constexpr Truth disjunction(Truth a, Truth b) { return !conjunction(!a, !b); }

}  // namespace revisitd::rules
