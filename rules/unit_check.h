#pragma once

#include <string_view>

#include "rules/condition.h"
#include "rules/expression.h"
#include "rules/result.h"
#include "rules/signal.h"

// Names, types and units of a parsed condition.
namespace revisitd::rules {

// Operands that wait for their operation at once never exceed this, so evaluation needs no heap.
inline constexpr std::size_t kMaxPending = 128;

// Gives every node its unit and replaces what is made of constants only by its value. An unknown
// signal, a number where a truth value belongs or the other way round, units that do not go
// together, and arithmetic of constants that gives no finite number are errors. `text` is what the
// expression was parsed from.
Result<Expression, ConditionError> check_units(Expression parsed, std::string_view text,
                                               const SignalTable& signals);

}  // namespace revisitd::rules
