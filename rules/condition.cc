#include "rules/condition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "rules/condition_parser.h"
#include "rules/condition_text.h"
#include "rules/expression.h"
#include "rules/interval.h"
#include "rules/unit_check.h"

namespace revisitd::rules {

struct Condition::Body {
  std::string text;
  std::string meaning;
  Expression expression;
  std::set<std::string, std::less<>> signals;
  std::set<std::string, std::less<>> baselines;
  std::vector<WindowUse> windows;
  std::vector<Threshold> thresholds;
  std::vector<Constant> constants;
  std::vector<Span> constant_spans;  // of each, in text
  bool uses_roster = false;

  void collect_constants();
  void mark_negated();
};

namespace {

Interval look_up(const Node& node, const std::vector<WindowUse>& windows,
                 const ConditionInputs& inputs) {
  switch (node.kind) {
    case NodeKind::signal:
      return Interval::of(inputs.signal(node.name));
    case NodeKind::window:
      return Interval::of(inputs.window(windows[node.use]));
    case NodeKind::baseline:
      return Interval::exact(inputs.baseline(node.name));
    case NodeKind::fact:
      break;
    case NodeKind::constant:
    case NodeKind::negate:
    case NodeKind::arithmetic:
    case NodeKind::comparison:
    case NodeKind::logical_not:
    case NodeKind::logical_and:
    case NodeKind::logical_or:
      return Interval::missing();
  }
  switch (node.fact) {
    case Fact::members:
      return Interval::exact(inputs.members());
    case Fact::fluent:
      return Interval::exact(inputs.fluent(node.name));
    case Fact::shipped:
      return Interval::exact(inputs.shipped(node.name));
    case Fact::team_languages:
      return Interval::exact(inputs.team_languages());
    case Fact::fleet_share:
      return Interval::exact(inputs.fleet_share(node.name));
    case Fact::age:
      return Interval::exact(inputs.age());
    case Fact::support_left:
      return Interval::exact(inputs.support_left());
  }
  return Interval::missing();
}

// Runs the expression; `see` is called with every comparison's node, sides and truth. The unit
// check has bounded how many operands wait at once.
template <class See>
Truth run(const Expression& expression, const std::vector<WindowUse>& windows,
          const ConditionInputs& inputs, See see) {
  std::array<Interval, kMaxPending> numbers;
  std::array<Truth, kMaxPending> truths;
  std::size_t number = 0;  // how many there are
  std::size_t truth = 0;
  for (const Node& node : expression) {
    switch (node.kind) {
      case NodeKind::constant:
        numbers[number++] = Interval::exact(node.constant);
        break;
      case NodeKind::signal:
      case NodeKind::window:
      case NodeKind::baseline:
      case NodeKind::fact:
        numbers[number++] = look_up(node, windows, inputs);
        break;
      case NodeKind::negate:
        numbers[number - 1] = negate(numbers[number - 1]);
        break;
      case NodeKind::arithmetic:
        --number;
        numbers[number - 1] = compute(node.arithmetic, numbers[number - 1], numbers[number]);
        break;
      case NodeKind::comparison:
        number -= 2;
        truths[truth] = compare(node.comparison, numbers[number], numbers[number + 1]);
        see(node, numbers[number], numbers[number + 1], truths[truth]);
        ++truth;
        break;
      case NodeKind::logical_not:
        truths[truth - 1] = !truths[truth - 1];
        break;
      case NodeKind::logical_and:
        --truth;
        truths[truth - 1] = conjunction(truths[truth - 1], truths[truth]);
        break;
      case NodeKind::logical_or:
        --truth;
        truths[truth - 1] = disjunction(truths[truth - 1], truths[truth]);
        break;
    }
  }
  return truths[0];
}

bool asks_roster(Fact fact) {
  switch (fact) {
    case Fact::members:
    case Fact::fluent:
    case Fact::shipped:
    case Fact::team_languages:
    case Fact::fleet_share:
      return true;
    case Fact::age:
    case Fact::support_left:
      return false;
  }
  return false;
}

bool is_count(Fact fact) {
  switch (fact) {
    case Fact::members:
    case Fact::fluent:
    case Fact::shipped:
    case Fact::team_languages:
      return true;
    case Fact::fleet_share:
    case Fact::age:
    case Fact::support_left:
      return false;
  }
  return false;
}

// The first node of the operand that ends with node `last`.
std::size_t operand_begin(const Expression& expression, std::size_t last) {
  std::size_t begin = last;
  for (std::size_t operands = 1;; --begin) {
    const NodeKind kind = expression[begin].kind;
    if (kind == NodeKind::arithmetic) ++operands;
    if (kind != NodeKind::arithmetic && kind != NodeKind::negate && --operands == 0) return begin;
  }
}

std::size_t index_of(std::vector<WindowUse>& windows, const WindowUse& use) {
  const auto found = std::find(windows.begin(), windows.end(), use);
  if (found != windows.end()) return static_cast<std::size_t>(found - windows.begin());
  windows.push_back(use);
  return windows.size() - 1;
}

// A text that parses to exactly this quantity.
Result<std::string, ConditionError> literal(Quantity value) {
  if (!std::isfinite(value.value)) return ConditionError{0, "a threshold must be a finite number"};
  Quantity exact = value;
  // Steps of a sweep add up with rounding errors far below a millisecond.
  if (value.unit == Unit::seconds) exact.value = std::round(value.value * 1000) / 1000;
  if (value.unit == Unit::bytes) exact.value = std::round(value.value);
  if (std::abs(exact.value - value.value) > 1e-9 * std::max(1.0, std::abs(value.value))) {
    return ConditionError{0, "a threshold is in whole milliseconds or whole bytes"};
  }
  return spelled_text(exact);
}

}  // namespace

// Operands are folded, so a constant side is a single node.
void Condition::Body::collect_constants() {
  for (std::size_t i = 2; i < expression.size(); ++i) {
    const Node& comparison = expression[i];
    if (comparison.kind != NodeKind::comparison) continue;
    const Node& right = expression[i - 1];
    const Node& left = expression[operand_begin(expression, i - 1) - 1];
    const bool straight = right.kind == NodeKind::constant;
    if (straight == (left.kind == NodeKind::constant)) continue;
    const Node& measured = straight ? left : right;
    const Node& constant = straight ? right : left;
    const Quantity value{constant.constant, comparison.unit};
    if (measured.kind == NodeKind::signal) {
      const Comparison op = straight ? comparison.comparison : mirrored(comparison.comparison);
      thresholds.push_back({measured.name, std::string(spelling(op)), value, constants.size()});
    }
    const Span side = straight ? comparison.left : comparison.right;
    constants.push_back({std::string(side.in(text)), value,
                         measured.kind == NodeKind::fact && is_count(measured.fact)});
    constant_spans.push_back(constant.span);
  }
}

// Backwards, every operation comes before its operands; only truth values are counted.
void Condition::Body::mark_negated() {
  std::vector<bool> pending{false};
  for (auto node = expression.rbegin(); node != expression.rend(); ++node) {
    switch (node->kind) {
      case NodeKind::comparison:
        node->negated = pending.back();
        pending.pop_back();
        break;
      case NodeKind::logical_not:
        pending.back() = !pending.back();
        break;
      case NodeKind::logical_and:
      case NodeKind::logical_or:
        pending.push_back(pending.back());
        break;
      case NodeKind::constant:
      case NodeKind::signal:
      case NodeKind::window:
      case NodeKind::baseline:
      case NodeKind::fact:
      case NodeKind::negate:
      case NodeKind::arithmetic:
        break;
    }
  }
}

Result<Condition, ConditionError> Condition::parse(std::string_view text,
                                                   const SignalTable& signals) {
  auto parsed = parse_expression(text);
  if (!parsed) return parsed.error();
  auto checked = check_units(*std::move(parsed), text, signals);
  if (!checked) return checked.error();

  auto body = std::make_shared<Body>();
  body->text = text;
  body->expression = *std::move(checked);
  body->meaning = canonical_text(body->expression);
  for (Node& node : body->expression) {
    if (node.kind == NodeKind::signal || node.kind == NodeKind::window) {
      body->signals.insert(node.name);
    }
    if (node.kind == NodeKind::window) {
      node.use = index_of(body->windows, {node.function, node.name, node.window});
    }
    if (node.kind == NodeKind::baseline) body->baselines.insert(node.name);
    if (node.kind == NodeKind::fact && asks_roster(node.fact)) body->uses_roster = true;
  }
  body->collect_constants();
  body->mark_negated();
  return Condition(std::move(body));
}

Truth Condition::evaluate(const ConditionInputs& inputs) const {
  return run(body_->expression, body_->windows, inputs,
             [](const Node&, const Interval&, const Interval&, Truth) {});
}

std::vector<ComparisonReading> Condition::read(const ConditionInputs& inputs) const {
  std::vector<ComparisonReading> readings;
  run(body_->expression, body_->windows, inputs,
      [&](const Node& node, const Interval& left, const Interval& right, Truth truth) {
        readings.push_back({std::string(node.left.in(body_->text)),
                            std::string(spelling(node.comparison)),
                            std::string(node.right.in(body_->text)), left.slot_value(),
                            right.slot_value(), node.unit, truth, node.negated});
      });
  return readings;
}

const std::string& Condition::text() const { return body_->text; }
const std::string& Condition::meaning() const { return body_->meaning; }
const std::set<std::string, std::less<>>& Condition::signals() const { return body_->signals; }
const std::vector<WindowUse>& Condition::windows() const { return body_->windows; }
bool Condition::uses_roster() const { return body_->uses_roster; }
const std::set<std::string, std::less<>>& Condition::baselines() const { return body_->baselines; }
const std::vector<Condition::Threshold>& Condition::thresholds() const { return body_->thresholds; }

const std::vector<Condition::Constant>& Condition::constants() const { return body_->constants; }

Result<Condition, ConditionError> Condition::with_constant(std::size_t index, Quantity value,
                                                           const SignalTable& signals) const {
  const auto constant = literal(value);
  if (!constant) return constant.error();
  const Span span = body_->constant_spans.at(index);
  std::string text = body_->text;
  text.replace(span.begin, span.end - span.begin, *constant);
  return parse(text, signals);
}

Result<Condition, ConditionError> Condition::with_threshold(Quantity value,
                                                            const SignalTable& signals) const {
  const std::vector<Constant>& all = body_->constants;
  if (all.empty()) return ConditionError{0, "the condition compares nothing with a constant"};
  const auto of = [&](Unit unit) {
    return std::find_if(all.begin(), all.end(),
                        [&](const Constant& c) { return c.value.unit == unit; });
  };
  auto fits = of(value.unit);
  if (fits == all.end() && value.unit == Unit::number) fits = of(Unit::ratio);
  // A condition could be given a share for a plain number, but nobody means that of a request rate.
  if (fits == all.end() && value.unit == Unit::ratio && of(Unit::number) != all.end())
    return ConditionError{0, "the condition compares nothing with a share such as 80%"};
  // Where none fits, the first one's message says what was expected.
  if (fits == all.end()) fits = all.begin();
  return with_constant(static_cast<std::size_t>(fits - all.begin()), value, signals);
}

}  // namespace revisitd::rules
