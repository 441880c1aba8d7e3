#include "rules/condition_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "rules/size_units.h"
#include "rules/time.h"

namespace revisitd::rules {
namespace {

constexpr double kReadableMillis = 1e15;  // far from where a double or an int64 loses milliseconds

// How tightly a piece of text holds together, loosest first.
enum Precedence { kOr, kAnd, kNot, kComparison, kSum, kProduct, kUnary, kPrimary };

struct Piece {
  std::string text;
  Precedence precedence = kPrimary;
};

std::string shortest(double value) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.begin(), text.end(), value);
  return {text.begin(), end.ptr};
}

// Whole numbers keep out of the exponent form, which units do not take.
std::string whole(double value) {
  std::array<char, 400> text;
  const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::fixed, 0);
  return {text.begin(), end.ptr};
}

std::string seconds_text(double value) {
  const double millis = std::round(value * 1000);
  if (millis / 1000 != value) return shortest(value) + "s";
  if (std::abs(millis) > kReadableMillis) return whole(millis) + "ms";
  return format_duration(Duration{static_cast<std::int64_t>(millis)});
}

std::string size_text(double bytes) {
  std::string best = whole(bytes) + "B";
  for (const SizeUnits* table : {&kBinarySizes, &kDecimalSizes}) {
    for (const SizeUnit& unit : *table) {
      const double count = bytes / static_cast<double>(unit.bytes);
      if (count == 0 || count != std::floor(count)) continue;
      const std::string text = whole(count) + std::string(unit.name);
      if (text.size() < best.size()) best = text;
      break;
    }
  }
  return best;
}

std::string window_text(const Node& node) {
  const std::string arguments = '(' + node.name + ", " + format_duration(node.window) + ')';
  switch (node.function) {
    case WindowFunction::avg:
      return "avg" + arguments;
    case WindowFunction::min:
      return "min" + arguments;
    case WindowFunction::max:
      return "max" + arguments;
    case WindowFunction::change:
      return "change" + arguments;
    case WindowFunction::forecast:
      return "forecast" + arguments;
  }
  return "";
}

std::string fact_text(const Node& node) {
  const std::string language = "(\"" + node.name + "\")";
  switch (node.fact) {
    case Fact::members:
      return "members()";
    case Fact::fluent:
      return "fluent" + language;
    case Fact::shipped:
      return "shipped" + language;
    case Fact::team_languages:
      return "team_languages()";
    case Fact::fleet_share:
      return "fleet_share" + language;
    case Fact::age:
      return "age()";
    case Fact::support_left:
      return "support_left()";
  }
  return "";
}

std::string wrapped(const Piece& piece, Precedence least) {
  return piece.precedence < least ? '(' + piece.text + ')' : piece.text;
}

Piece joined(const Piece& left, std::string_view op, const Piece& right, Precedence precedence,
             Precedence right_least) {
  return {wrapped(left, precedence) + ' ' + std::string(op) + ' ' + wrapped(right, right_least),
          precedence};
}

Piece binary(const Node& node, const Piece& left, const Piece& right) {
  switch (node.kind) {
    case NodeKind::logical_or:
      return joined(left, "or", right, kOr, kOr);  // associative, also with three values
    case NodeKind::logical_and:
      return joined(left, "and", right, kAnd, kAnd);
    case NodeKind::comparison:
      return joined(left, spelling(node.comparison), right, kComparison, kSum);
    case NodeKind::arithmetic: {
      const bool sum =
          node.arithmetic == Arithmetic::add || node.arithmetic == Arithmetic::subtract;
      return joined(left, spelling(node.arithmetic), right, sum ? kSum : kProduct,
                    sum ? kProduct : kUnary);
    }
    case NodeKind::constant:
    case NodeKind::signal:
    case NodeKind::window:
    case NodeKind::baseline:
    case NodeKind::fact:
    case NodeKind::negate:
    case NodeKind::logical_not:
      break;
  }
  return {};
}

Piece leaf(const Node& node) {
  switch (node.kind) {
    case NodeKind::constant:
      return {canonical_text(Quantity{node.constant, node.unit}),
              std::signbit(node.constant) ? kUnary : kPrimary};
    case NodeKind::signal:
      return {node.name};
    case NodeKind::window:
      return {window_text(node)};
    case NodeKind::baseline:
      return {"baseline(" + node.name + ')'};
    case NodeKind::fact:
      return {fact_text(node)};
    case NodeKind::negate:
    case NodeKind::arithmetic:
    case NodeKind::comparison:
    case NodeKind::logical_not:
    case NodeKind::logical_and:
    case NodeKind::logical_or:
      break;
  }
  return {};
}

std::size_t operand_count(NodeKind kind) {
  switch (kind) {
    case NodeKind::constant:
    case NodeKind::signal:
    case NodeKind::window:
    case NodeKind::baseline:
    case NodeKind::fact:
      return 0;
    case NodeKind::negate:
    case NodeKind::logical_not:
      return 1;
    case NodeKind::arithmetic:
    case NodeKind::comparison:
    case NodeKind::logical_and:
    case NodeKind::logical_or:
      return 2;
  }
  return 0;
}

}  // namespace

std::string canonical_text(Quantity constant) {
  switch (constant.unit) {
    case Unit::number:
    case Unit::ratio:
      return shortest(constant.value);
    case Unit::seconds:
      return seconds_text(constant.value);
    case Unit::bytes:
      return (constant.value == std::floor(constant.value) ? whole(constant.value)
                                                           : shortest(constant.value)) +
             "B";
  }
  return "";
}

std::string spelled_text(Quantity constant) {
  const bool size = constant.unit == Unit::bytes && constant.value == std::floor(constant.value);
  const std::string shown = constant.unit == Unit::seconds ? canonical_text(constant)
                            : size                         ? size_text(constant.value)
                                   : format_quantity(constant.value, constant.unit);
  const bool negative = shown.starts_with('-');
  const auto back = parse_quantity(std::string_view(shown).substr(negative ? 1 : 0));
  const bool same = back && back->unit == constant.unit &&
                    (negative ? -back->value : back->value) == constant.value;
  return same ? shown : canonical_text(constant);
}

std::string canonical_text(const Expression& expression) {
  std::vector<Piece> pieces;
  for (const Node& node : expression) {
    const std::size_t operands = operand_count(node.kind);
    Piece made;
    if (operands == 0) {
      made = leaf(node);
    } else if (operands == 2) {
      made = binary(node, pieces[pieces.size() - 2], pieces.back());
    } else if (node.kind == NodeKind::negate) {
      made = {'-' + wrapped(pieces.back(), kUnary), kUnary};
    } else {
      made = {"not " + wrapped(pieces.back(), kNot), kNot};
    }
    pieces.resize(pieces.size() - operands);
    pieces.push_back(std::move(made));
  }
  return pieces.empty() ? "" : std::move(pieces.back().text);
}

}  // namespace revisitd::rules
