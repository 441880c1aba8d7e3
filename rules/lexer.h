#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rules/interval.h"
#include "rules/quantity.h"

// Words of the trigger language.
namespace revisitd::rules {

enum class TokenKind {
  number,      // with its unit, if any
  identifier,  // a signal or a function
  string,      // in double quotes
  keyword_and,
  keyword_or,
  keyword_not,
  comparison,
  plus,
  minus,
  star,
  slash,
  open,
  close,
  comma,
  end,    // of the text
  wrong,  // no word of the language; `message` says what was expected
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;   // as written; of a string: without its quotes
  std::size_t offset = 0;  // of its first byte
  std::size_t end = 0;     // behind its last byte
  Quantity quantity;       // number
  Comparison comparison = Comparison::less;
  std::string message;  // wrong
};

// Hands out the tokens of `text`, which must outlive it, one by one; after the last one, `end` for
// ever.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next();

 private:
  Token token(TokenKind kind, std::size_t length);
  Token wrong(std::size_t length, std::string message);
  Token number();
  Token identifier();
  Token string();
  Token sign();

  std::string_view text_;
  std::size_t at_ = 0;
};

// A word for a value that no number equals or exceeds, or that is none: nan, inf, infinity, true,
// false, null, in any case. It stands where a number was meant, so it names no signal.
bool is_value_word(std::string_view word);

// Whether the word could name a signal: [a-zA-Z_][a-zA-Z0-9_]*, no keyword and no word for a value.
bool is_signal_name(std::string_view word);

}  // namespace revisitd::rules
