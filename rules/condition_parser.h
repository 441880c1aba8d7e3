#pragma once

#include <string_view>

#include "rules/condition.h"
#include "rules/expression.h"
#include "rules/result.h"

// Text of a condition to its expression: syntax only. Names, types and units are for
// rules/unit_check.h.
namespace revisitd::rules {

inline constexpr std::size_t kMaxConditionBytes = 4096;
inline constexpr int kMaxConditionDepth = 32;  // of parentheses, `not` and unary minus together

Result<Expression, ConditionError> parse_expression(std::string_view text);

}  // namespace revisitd::rules
