#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rules/result.h"

namespace revisitd::collectors {

struct PromqlString {
  std::string value;
  std::size_t length = 0;  // in the source, quotes included
};

struct PromqlStringError {
  std::size_t offset = 0;  // from the opening quote
  std::string message;
};

// Reads the PromQL string literal at the front of `text`, which must start with ", ' or `. Escapes
// are those of Go:
// \a \b \f \n \r \t \v \\ and the quote itself, \377, \xff, \uffff, \U0010ffff. A raw newline ends
// "…" and '…' in error.
Result<PromqlString, PromqlStringError> read_promql_string(std::string_view text);

}  // namespace revisitd::collectors
