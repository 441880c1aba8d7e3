#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/interval.h"
#include "rules/quantity.h"
#include "rules/time.h"

// A condition as a flat list of nodes in postorder: operands stand before the operation that takes
// them, so every walk is a loop with a stack and no text, however long, can exhaust the machine's.
namespace revisitd::rules {

enum class NodeKind {
  constant,
  signal,
  window,    // a function of a signal over a window
  baseline,  // of a signal
  fact,      // a slow fact about the team, the fleet or the decision
  negate,
  arithmetic,
  comparison,
  logical_not,
  logical_and,
  logical_or,
};

enum class Fact { members, fluent, shipped, team_languages, fleet_share, age, support_left };

// Bytes [begin, end) of the condition's text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::string_view in(std::string_view text) const {
    return text.substr(begin, end - begin);
  }
};

// Which members count is said by `kind`.
struct Node {
  NodeKind kind = NodeKind::constant;
  Span span;           // of the whole subexpression, its parentheses included
  std::size_t at = 0;  // the token that names the operation

  double constant = 0;
  Unit unit = Unit::number;  // of the result; of a comparison: of both its sides
  std::string name;          // signal, or lower-case language of a fact
  WindowFunction function = WindowFunction::avg;
  Duration window{};
  std::size_t use = 0;  // window: its index in Condition::windows()
  Fact fact = Fact::members;
  Arithmetic arithmetic = Arithmetic::add;
  Comparison comparison = Comparison::less;
  Span left, right;      // comparison: its sides
  bool negated = false;  // comparison: it stands under an odd number of `not`
};

using Expression = std::vector<Node>;

std::string_view spelling(Arithmetic op);
std::string_view spelling(Comparison op);
// a OP b is b mirrored(OP) a.
Comparison mirrored(Comparison op);

}  // namespace revisitd::rules
