#pragma once

#include <string_view>
#include <vector>

#include "rules/expression.h"

// The functions of the trigger language, one row each.
namespace revisitd::rules {

enum class Arguments {
  none,
  signal,
  signal_and_window,
  language,  // a string
};

struct Function {
  std::string_view name;
  Arguments arguments;
  std::string_view usage;    // for messages
  NodeKind kind;             // window, baseline or fact
  WindowFunction window{};   // kind window
  Fact fact{};               // kind fact
  Unit unit = Unit::number;  // kind fact; the others take after their signal
};

// nullptr when there is none of that name.
const Function* find_function(std::string_view name);
std::vector<std::string_view> function_names();

}  // namespace revisitd::rules
