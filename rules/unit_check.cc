#include "rules/unit_check.h"

#include <cmath>
#include <optional>

#include "rules/diagnostic.h"
#include "rules/findings.h"
#include "rules/functions.h"
#include "rules/lexer.h"

namespace revisitd::rules {
namespace {

std::string measured(Unit unit) {
  switch (unit) {
    case Unit::number:
      return "a plain number";
    case Unit::seconds:
      return "in seconds";
    case Unit::bytes:
      return "in bytes";
    case Unit::ratio:
      return "a ratio";
  }
  return "";
}

std::string example(Unit unit) {
  switch (unit) {
    case Unit::number:
      return "a plain number such as 2000";
    case Unit::seconds:
      return "a duration such as 100ms or 5m";
    case Unit::bytes:
      return "a size such as 256MiB";
    case Unit::ratio:
      return "a ratio such as 80%";
  }
  return "";
}

bool is_dimensionless(Unit unit) { return unit == Unit::number || unit == Unit::ratio; }

// Ratios are plain numbers that are shown as percentages, so the two mix.
std::optional<Unit> common_unit(Unit a, Unit b) {
  if (a == b) return a;
  if (is_dimensionless(a) && is_dimensionless(b)) return Unit::ratio;
  return std::nullopt;
}

// What is known of an operand that waits for its operation.
struct Operand {
  bool truth = false;  // a truth value, not a number
  bool constant = false;
  Unit unit = Unit::number;
  Span span;
};

class Checker {
 public:
  Checker(std::string_view text, const SignalTable& signals) : text_(text), signals_(signals) {}

  Result<Expression, ConditionError> run(Expression parsed) {
    for (Node& node : parsed) {
      if (!check(node)) return *error_;
      checked_.push_back(std::move(node));
      if (fold_ > 0 && !fold()) return *error_;
      if (operands_.size() > kMaxPending) {
        fail(checked_.back().at, "nested too deeply");
        return *error_;
      }
    }
    if (!operands_.back().truth) {
      fail(operands_.back().span.begin, "expected a comparison, " + quote(operands_.back()) +
                                            " alone is neither true nor false");
      return *error_;
    }
    return std::move(checked_);
  }

 private:
  bool check(Node& node);
  bool check_signal(Node& node);
  bool check_negation(Node& node);
  bool check_arithmetic(Node& node);
  bool check_sum(Node& node, const Operand& left, const Operand& right);
  bool check_product(Node& node, const Operand& left, const Operand& right);
  bool check_quotient(Node& node, const Operand& left, const Operand& right);
  bool check_comparison(Node& node);
  bool check_logic(const Node& node, std::size_t operands);
  bool fold();

  bool push(const Node& node, bool constant) {
    operands_.push_back({false, constant, node.unit, node.span});
    return true;
  }
  bool push_truth(const Node& node) {
    operands_.push_back({true, false, Unit::number, node.span});
    return true;
  }
  Operand pop() {
    const Operand top = operands_.back();
    operands_.pop_back();
    return top;
  }
  bool fail(std::size_t offset, std::string message) {
    error_ = ConditionError{offset, std::move(message)};
    return false;
  }
  std::string quote(const Operand& operand) const { return in_quotes(operand.span.in(text_)); }
  bool need_number(const Operand& operand) {
    if (!operand.truth) return true;
    return fail(operand.span.begin, "expected a number, " + quote(operand) + " is true or false");
  }
  bool mismatch(const Operand& left, const Operand& right);

  std::string_view text_;
  const SignalTable& signals_;
  Expression checked_;
  std::vector<Operand> operands_;
  std::size_t fold_ = 0;  // operands of the node just checked, when all of them are constants
  std::optional<ConditionError> error_;
};

bool Checker::check(Node& node) {
  fold_ = 0;
  switch (node.kind) {
    case NodeKind::constant:
      return push(node, true);
    case NodeKind::signal:
    case NodeKind::window:
    case NodeKind::baseline:
      return check_signal(node);
    case NodeKind::fact:
      return push(node, false);
    case NodeKind::negate:
      return check_negation(node);
    case NodeKind::arithmetic:
      return check_arithmetic(node);
    case NodeKind::comparison:
      return check_comparison(node);
    case NodeKind::logical_not:
      return check_logic(node, 1);
    case NodeKind::logical_and:
    case NodeKind::logical_or:
      return check_logic(node, 2);
  }
  return false;
}

std::string unknown_signal(std::string_view name, const SignalTable& signals) {
  if (const Function* function = find_function(name)) {
    return in_quotes(name) + " is a function, write it as in " + std::string(function->usage);
  }
  if (is_value_word(name)) {
    return in_quotes(name) + " is no number that a value can be compared with";
  }
  const std::string unknown = "unknown signal " + in_quotes(name);
  if (signals.empty()) return unknown + ", no signals are declared";
  std::vector<std::string_view> known;
  for (const auto& [signal, spec] : signals) known.push_back(signal);
  if (known.size() > 8 && nearest(name, known).empty()) return unknown;
  return unknown + ", " + suggestion(name, known);
}

bool Checker::check_signal(Node& node) {
  const auto signal = signals_.find(node.name);
  if (signal == signals_.end() || is_value_word(node.name))
    return fail(node.at, unknown_signal(node.name, signals_));
  const bool relative = node.kind == NodeKind::window && node.function == WindowFunction::change;
  node.unit = relative ? Unit::ratio : signal->second.unit;
  return push(node, false);
}

bool Checker::check_negation(Node& node) {
  const Operand operand = pop();
  if (!need_number(operand)) return false;
  node.unit = operand.unit;
  fold_ = operand.constant ? 1 : 0;
  return push(node, operand.constant);
}

bool Checker::check_arithmetic(Node& node) {
  const Operand right = pop();
  const Operand left = pop();
  if (!need_number(left) || !need_number(right)) return false;
  const bool constant = left.constant && right.constant;
  bool fits = false;
  switch (node.arithmetic) {
    case Arithmetic::add:
    case Arithmetic::subtract:
      fits = check_sum(node, left, right);
      break;
    case Arithmetic::multiply:
      fits = check_product(node, left, right);
      break;
    case Arithmetic::divide:
      fits = check_quotient(node, left, right);
      break;
  }
  if (!fits) return false;
  fold_ = constant ? 2 : 0;
  return push(node, constant);
}

bool Checker::mismatch(const Operand& left, const Operand& right) {
  const bool blame_left = left.constant && !right.constant;
  const Operand& wrong = blame_left ? left : right;
  const Operand& other = blame_left ? right : left;
  return fail(wrong.span.begin, "expected " + example(other.unit) + ": " + quote(other) + " is " +
                                    measured(other.unit) + ", " + quote(wrong) + " is " +
                                    measured(wrong.unit));
}

bool Checker::check_sum(Node& node, const Operand& left, const Operand& right) {
  const auto unit = common_unit(left.unit, right.unit);
  if (!unit) return mismatch(left, right);
  node.unit = *unit;
  return true;
}

// Of two dimensionless sides the one that is not constant says how the product is shown: 2 *
// error_ratio is a ratio, 80% * rps a number.
bool Checker::check_product(Node& node, const Operand& left, const Operand& right) {
  const bool left_plain = is_dimensionless(left.unit);
  const bool right_plain = is_dimensionless(right.unit);
  if (!left_plain && !right_plain) {
    return fail(node.at, "cannot multiply " + quote(left) + " by " + quote(right) +
                             ": the first is " + measured(left.unit) + ", the second " +
                             measured(right.unit));
  }
  if (left_plain && right_plain) {
    if (left.unit == right.unit || (right.constant && !left.constant)) {
      node.unit = left.unit;
    } else {
      node.unit = left.constant && !right.constant ? right.unit : Unit::number;
    }
    return true;
  }
  node.unit = left_plain ? right.unit : left.unit;
  return true;
}

bool Checker::check_quotient(Node& node, const Operand& left, const Operand& right) {
  if (right.constant && checked_.back().constant == 0) {
    return fail(right.span.begin, "division by zero");
  }
  if (is_dimensionless(right.unit)) {
    node.unit = left.unit;
    return true;
  }
  if (left.unit == right.unit) {
    node.unit = Unit::ratio;
    return true;
  }
  return fail(node.at, "cannot divide " + quote(left) + " by " + quote(right) + ": the first is " +
                           measured(left.unit) + ", the second " + measured(right.unit));
}

bool Checker::check_comparison(Node& node) {
  const Operand right = pop();
  const Operand left = pop();
  if (!need_number(left) || !need_number(right)) return false;
  const auto unit = common_unit(left.unit, right.unit);
  if (!unit) return mismatch(left, right);
  node.unit = *unit;
  return push_truth(node);
}

bool Checker::check_logic(const Node& node, std::size_t operands) {
  const auto first = operands_.end() - static_cast<std::ptrdiff_t>(operands);
  for (auto operand = first; operand != operands_.end(); ++operand) {
    if (operand->truth) continue;
    return fail(operand->span.begin,
                "expected a comparison, " + quote(*operand) + " alone is neither true nor false");
  }
  operands_.erase(first, operands_.end());
  return push_truth(node);
}

// Replaces the operation at the end of checked_ and its constants by one constant.
bool Checker::fold() {
  Node operation = std::move(checked_.back());
  checked_.pop_back();
  const double right = checked_.back().constant;
  Interval value = negate(Interval::exact(right));
  if (operation.kind == NodeKind::arithmetic) {
    checked_.pop_back();
    value = compute(operation.arithmetic, Interval::exact(checked_.back().constant),
                    Interval::exact(right));
  }
  checked_.pop_back();
  if (!value.known) {
    return fail(operation.at, in_quotes(operation.span.in(text_)) + " gives no finite number");
  }
  operation.kind = NodeKind::constant;
  operation.constant = value.value + 0.0;  // + 0.0 makes a negative zero positive
  checked_.push_back(std::move(operation));
  return true;
}

}  // namespace

Result<Expression, ConditionError> check_units(Expression parsed, std::string_view text,
                                               const SignalTable& signals) {
  return Checker(text, signals).run(std::move(parsed));
}

}  // namespace revisitd::rules
