#pragma once

#include <string>

#include "rules/expression.h"
#include "rules/quantity.h"

// Conditions back to text.
namespace revisitd::rules {

// The canonical text of a checked expression: one blank around operators, no parenthesis that the
// rules of precedence make needless, durations as format_duration() writes them, sizes in bytes,
// ratios as plain numbers.
std::string canonical_text(const Expression& expression);

// A constant as canonical_text() writes it; parse_quantity() reads it back as the same value
// wherever a duration is in whole milliseconds and a size in whole bytes.
std::string canonical_text(Quantity constant);

// A constant as people write it, in a form that parse_quantity() reads back as exactly this value,
// where there is one: "1s500ms", "228MiB", "2GB", "8.2%", "2100"; else its canonical text. Sizes
// have the unit that leaves the fewest digits.
std::string spelled_text(Quantity constant);

}  // namespace revisitd::rules
