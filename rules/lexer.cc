#include "rules/lexer.h"

#include <algorithm>
#include <array>

#include "rules/diagnostic.h"

namespace revisitd::rules {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_word(char c) { return starts_word(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t length_while(std::string_view text, bool (*accept)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), accept) -
                                  text.begin());
}

// Signs of other languages, longest first where one starts another, and how ours spells them.
struct Foreign {
  std::string_view sign;
  std::string_view ours;
};
constexpr std::array<Foreign, 19> kForeign = {{
    {"===", "=="},   {"!==", "!="},   {"<>", "!="},     {"=>", ">="},     {"=<", "<="},
    {"=", "=="},     {"&&", "and"},   {"&", "and"},     {"||", "or"},     {"|", "or"},
    {"!", "not"},    {"**", "*"},     {"\u2265", ">="}, {"\u2264", "<="}, {"\u2260", "!="},
    {"\u00d7", "*"}, {"\u00f7", "/"}, {"\u2212", "-"},  {"\u2013", "-"},
}};

struct Sign {
  std::string_view sign;
  TokenKind kind;
  Comparison comparison;
};
constexpr std::array<Sign, 13> kSigns = {{
    {"<=", TokenKind::comparison, Comparison::less_equal},
    {">=", TokenKind::comparison, Comparison::greater_equal},
    {"==", TokenKind::comparison, Comparison::equal},
    {"!=", TokenKind::comparison, Comparison::not_equal},
    {"<", TokenKind::comparison, Comparison::less},
    {">", TokenKind::comparison, Comparison::greater},
    {"+", TokenKind::plus, {}},
    {"-", TokenKind::minus, {}},
    {"*", TokenKind::star, {}},
    {"/", TokenKind::slash, {}},
    {"(", TokenKind::open, {}},
    {")", TokenKind::close, {}},
    {",", TokenKind::comma, {}},
}};

TokenKind word_kind(std::string_view word) {
  if (word == "and") return TokenKind::keyword_and;
  if (word == "or") return TokenKind::keyword_or;
  if (word == "not") return TokenKind::keyword_not;
  return TokenKind::identifier;
}

std::size_t character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
    ++length;
  }
  return length;
}

// The length of a number with its unit: digits, letters, points, an exponent's sign and a percent
// sign.
std::size_t number_length(std::string_view text) {
  const auto plain = [](char c) { return is_digit(c) || c == '.'; };
  std::size_t length = length_while(text, plain);
  const bool exponent = length < text.size() && (text[length] == 'e' || text[length] == 'E');
  if (exponent && length + 2 < text.size() &&
      (text[length + 1] == '+' || text[length + 1] == '-') && is_digit(text[length + 2])) {
    length += 2;
  }
  length += length_while(text.substr(length), [](char c) { return continues_word(c) || c == '.'; });
  if (length < text.size() && text[length] == '%') ++length;
  return length;
}

}  // namespace

Token Lexer::next() {
  at_ += length_while(text_.substr(at_), is_blank);
  if (at_ == text_.size()) return token(TokenKind::end, 0);
  const char c = text_[at_];
  const bool point = c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
  if (is_digit(c) || point) return number();
  if (starts_word(c)) return identifier();
  if (c == '"' || c == '\'') return string();
  return sign();
}

Token Lexer::token(TokenKind kind, std::size_t length) {
  Token result;
  result.kind = kind;
  result.text = text_.substr(at_, length);
  result.offset = at_;
  at_ += length;
  result.end = at_;
  return result;
}

Token Lexer::wrong(std::size_t length, std::string message) {
  Token result = token(TokenKind::wrong, length);
  result.message = std::move(message);
  return result;
}

Token Lexer::number() {
  const std::size_t length = number_length(text_.substr(at_));
  const auto quantity = parse_quantity(text_.substr(at_, length));
  if (!quantity) return wrong(length, quantity.error().message);
  Token result = token(TokenKind::number, length);
  result.quantity = *quantity;
  return result;
}

Token Lexer::identifier() {
  const std::size_t length = length_while(text_.substr(at_), continues_word);
  return token(word_kind(text_.substr(at_, length)), length);
}

Token Lexer::string() {
  const std::size_t close = text_.find(text_[at_], at_ + 1);
  if (close == std::string_view::npos) {
    return wrong(text_.size() - at_, "the quotes are not closed");
  }
  const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
  const std::size_t length = inside.size() + 2;
  if (text_[at_] == '\'') {
    return wrong(length, "expected double quotes, did you mean " + in_quotes(inside) + "?");
  }
  Token result = token(TokenKind::string, length);
  result.text = inside;
  return result;
}

Token Lexer::sign() {
  const std::string_view rest = text_.substr(at_);
  const auto starts = [&](const auto& known) { return rest.starts_with(known.sign); };
  const auto ours = std::find_if(kSigns.begin(), kSigns.end(), starts);
  const auto foreign = std::find_if(kForeign.begin(), kForeign.end(), starts);
  const std::size_t ours_length = ours == kSigns.end() ? 0 : ours->sign.size();
  if (foreign != kForeign.end() && foreign->sign.size() > ours_length) {
    return wrong(foreign->sign.size(), "unknown sign " + in_quotes(foreign->sign) +
                                           ", did you mean " + std::string(foreign->ours) + "?");
  }
  if (ours == kSigns.end()) {
    const std::size_t length = character_length(rest);
    return wrong(length, "unexpected character " + in_quotes(rest.substr(0, length)));
  }
  Token result = token(ours->kind, ours_length);
  result.comparison = ours->comparison;
  return result;
}

bool is_value_word(std::string_view word) {
  constexpr std::array<std::string_view, 6> kWords{"nan",  "inf",   "infinity",
                                                   "true", "false", "null"};
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); };
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view known) {
    return std::equal(known.begin(), known.end(), word.begin(), word.end(), same);
  });
}

bool is_signal_name(std::string_view word) {
  return !word.empty() && starts_word(word.front()) &&
         length_while(word, continues_word) == word.size() &&
         word_kind(word) == TokenKind::identifier && !is_value_word(word);
}

}  // namespace revisitd::rules
