#include "rules/condition_parser.h"

#include <optional>
#include <utility>

#include "rules/diagnostic.h"
#include "rules/findings.h"
#include "rules/functions.h"
#include "rules/lexer.h"
#include "rules/names.h"

namespace revisitd::rules {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string described(const Token& token) {
  return token.kind == TokenKind::end ? "the end" : in_quotes(token.text);
}

// Recursive descent. Every method returns false once error_ is set.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), lexer_(text) { advance(); }

  Result<Expression, ConditionError> run() {
    if (disjunction() && finished()) return std::move(nodes_);
    return *error_;
  }

 private:
  bool disjunction();
  bool conjunction();
  bool negation();
  bool comparison();
  bool sum();
  bool product();
  bool unary();
  bool primary();
  bool parenthesis();
  bool call(const Token& name);
  bool arguments(const Function& function, Node& node);
  bool signal_argument(const Function& function, Node& node);
  bool window_argument(const Function& function, Node& node);
  bool language_argument(const Function& function, Node& node);
  bool chained(const Node& first);
  bool finished();

  void advance() {
    last_ = std::move(token_);
    token_ = lexer_.next();
  }
  bool at(TokenKind kind) const { return token_.kind == kind; }
  bool fail(std::size_t offset, std::string message) {
    if (!error_) error_ = ConditionError{offset, std::move(message)};
    return false;
  }
  // Reports the token that stands where something else was expected.
  bool unexpected(const std::string& expected) {
    if (at(TokenKind::wrong)) return fail(token_.offset, token_.message);
    return fail(token_.offset, "expected " + expected + ", found " + described(token_));
  }
  bool deeper() {
    if (++depth_ <= kMaxConditionDepth) return true;
    return fail(token_.offset, "nested more than " + std::to_string(kMaxConditionDepth) + " deep");
  }
  void unary_node(NodeKind kind, std::size_t at);
  Node& binary_node(NodeKind kind, std::size_t at, Span left);

  std::string_view text_;
  Lexer lexer_;
  Token token_;  // the one to be read next
  Token last_;   // the one before it
  Expression nodes_;
  int depth_ = 0;
  std::optional<ConditionError> error_;
};

void Parser::unary_node(NodeKind kind, std::size_t at) {
  Node node;
  node.kind = kind;
  node.at = at;
  node.span = {at, nodes_.back().span.end};
  nodes_.push_back(std::move(node));
}

// The operand written last is the right side.
Node& Parser::binary_node(NodeKind kind, std::size_t at, Span left) {
  Node node;
  node.kind = kind;
  node.at = at;
  node.left = left;
  node.right = nodes_.back().span;
  node.span = {left.begin, node.right.end};
  return nodes_.emplace_back(std::move(node));
}

bool Parser::disjunction() {
  if (!conjunction()) return false;
  while (at(TokenKind::keyword_or)) {
    const Span left = nodes_.back().span;
    const std::size_t offset = token_.offset;
    advance();
    if (!conjunction()) return false;
    binary_node(NodeKind::logical_or, offset, left);
  }
  return true;
}

bool Parser::conjunction() {
  if (!negation()) return false;
  while (at(TokenKind::keyword_and)) {
    const Span left = nodes_.back().span;
    const std::size_t offset = token_.offset;
    advance();
    if (!negation()) return false;
    binary_node(NodeKind::logical_and, offset, left);
  }
  return true;
}

bool Parser::negation() {
  if (!at(TokenKind::keyword_not)) return comparison();
  const std::size_t offset = token_.offset;
  if (!deeper()) return false;
  advance();
  if (!negation()) return false;
  --depth_;
  unary_node(NodeKind::logical_not, offset);
  return true;
}

bool Parser::comparison() {
  if (!sum()) return false;
  if (!at(TokenKind::comparison)) return true;
  const Span left = nodes_.back().span;
  const Token op = token_;
  advance();
  if (!sum()) return false;
  Node& node = binary_node(NodeKind::comparison, op.offset, left);
  node.comparison = op.comparison;
  return at(TokenKind::comparison) ? chained(node) : true;
}

// "a < b < c": says how to write it. `first` is "a < b".
bool Parser::chained(const Node& first) {
  const Token op = token_;
  const std::string front = std::string(first.span.in(text_));
  const std::string middle = std::string(first.right.in(text_));
  std::string hint = "comparisons do not chain, join two of them with and";
  advance();
  if (sum()) {
    const std::string third =
        middle + ' ' + std::string(op.text) + ' ' + std::string(nodes_.back().span.in(text_));
    if (front.size() + third.size() < 100) {
      hint = "comparisons do not chain, did you mean " + printable(front + " and " + third) + "?";
    }
  }
  error_ = ConditionError{op.offset, hint};
  return false;
}

bool Parser::sum() {
  if (!product()) return false;
  while (at(TokenKind::plus) || at(TokenKind::minus)) {
    const Span left = nodes_.back().span;
    const Token op = token_;
    advance();
    if (!product()) return false;
    binary_node(NodeKind::arithmetic, op.offset, left).arithmetic =
        op.kind == TokenKind::plus ? Arithmetic::add : Arithmetic::subtract;
  }
  return true;
}

bool Parser::product() {
  if (!unary()) return false;
  while (at(TokenKind::star) || at(TokenKind::slash)) {
    const Span left = nodes_.back().span;
    const Token op = token_;
    advance();
    if (!unary()) return false;
    binary_node(NodeKind::arithmetic, op.offset, left).arithmetic =
        op.kind == TokenKind::star ? Arithmetic::multiply : Arithmetic::divide;
  }
  return true;
}

bool Parser::unary() {
  if (!at(TokenKind::minus)) return primary();
  const std::size_t offset = token_.offset;
  if (!deeper()) return false;
  advance();
  if (!unary()) return false;
  --depth_;
  unary_node(NodeKind::negate, offset);
  return true;
}

bool Parser::primary() {
  const Token token = token_;
  if (token.kind == TokenKind::open) return parenthesis();
  if (token.kind != TokenKind::number && token.kind != TokenKind::identifier) {
    return unexpected(nodes_.empty() && token.kind == TokenKind::end
                          ? "a comparison such as latency_p99 > 100ms"
                          : "a signal, a number or a function");
  }
  advance();
  if (token.kind == TokenKind::identifier && at(TokenKind::open)) return call(token);
  Node node;
  node.kind = token.kind == TokenKind::number ? NodeKind::constant : NodeKind::signal;
  node.at = token.offset;
  node.span = {token.offset, token.end};
  node.constant = token.quantity.value;
  node.unit = token.quantity.unit;
  if (node.kind == NodeKind::signal) node.name = token.text;
  nodes_.push_back(std::move(node));
  return true;
}

bool Parser::parenthesis() {
  const std::size_t open = token_.offset;
  if (!deeper()) return false;
  advance();
  if (!disjunction()) return false;
  --depth_;
  if (!at(TokenKind::close)) return unexpected("an operator or \")\"");
  nodes_.back().span = {open, token_.end};
  advance();
  return true;
}

bool Parser::call(const Token& name) {
  const Function* function = find_function(name.text);
  if (function == nullptr) {
    return fail(name.offset, "unknown function " + in_quotes(name.text) + ", " +
                                 suggestion(name.text, function_names()));
  }
  advance();
  Node node;
  node.kind = function->kind;
  node.at = name.offset;
  node.unit = function->unit;
  node.function = function->window;
  node.fact = function->fact;
  if (!arguments(*function, node)) return false;
  if (!at(TokenKind::close)) return unexpected("\")\" as in " + std::string(function->usage));
  node.span = {name.offset, token_.end};
  advance();
  nodes_.push_back(std::move(node));
  return true;
}

bool Parser::arguments(const Function& function, Node& node) {
  switch (function.arguments) {
    case Arguments::none:
      return true;
    case Arguments::signal:
      return signal_argument(function, node);
    case Arguments::signal_and_window:
      return signal_argument(function, node) && window_argument(function, node);
    case Arguments::language:
      return language_argument(function, node);
  }
  return false;
}

bool Parser::signal_argument(const Function& function, Node& node) {
  if (!at(TokenKind::identifier)) {
    return unexpected("the name of a signal as in " + std::string(function.usage));
  }
  node.name = token_.text;
  node.at = token_.offset;
  advance();
  return true;
}

bool Parser::window_argument(const Function& function, Node& node) {
  const std::string expected = "a window as in " + std::string(function.usage);
  if (!at(TokenKind::comma)) return unexpected("a comma and " + expected);
  advance();
  if (!at(TokenKind::number) || token_.quantity.unit != Unit::seconds) return unexpected(expected);
  const auto window = parse_duration(token_.text);
  if (!window) return fail(token_.offset, window.error().message);
  if (*window <= Duration{}) return fail(token_.offset, "a window must be longer than 0");
  node.window = *window;
  advance();
  return true;
}

bool Parser::language_argument(const Function& function, Node& node) {
  if (!at(TokenKind::string)) {
    return unexpected("a language in double quotes as in " + std::string(function.usage));
  }
  node.name = lower(token_.text);
  if (!is_language_name(node.name)) {
    return fail(token_.offset, in_quotes(token_.text) +
                                   " is no name of a language, expected as in " +
                                   std::string(function.usage));
  }
  advance();
  return true;
}

// Whether the text ends where the expression does; if not, the likely reason.
bool Parser::finished() {
  if (at(TokenKind::end)) return true;
  if (at(TokenKind::close)) return fail(token_.offset, "\")\" without a \"(\" before it");
  if (at(TokenKind::identifier)) {
    const std::string word = lower(token_.text);
    if (word == "and" || word == "or" || word == "not") {
      return fail(token_.offset, "keywords are lower case, did you mean " + word + "?");
    }
    const std::string joined = std::string(last_.text) + std::string(token_.text);
    if (last_.kind == TokenKind::number && parse_quantity(joined)) {
      return fail(token_.offset, "no blanks between number and unit, did you mean " + joined + "?");
    }
  }
  return unexpected("an operator, and, or, or the end");
}

}  // namespace

Result<Expression, ConditionError> parse_expression(std::string_view text) {
  if (text.size() > kMaxConditionBytes) {
    return ConditionError{kMaxConditionBytes, "a condition has at most " +
                                                  std::to_string(kMaxConditionBytes) + " bytes"};
  }
  return Parser(text).run();
}

}  // namespace revisitd::rules
