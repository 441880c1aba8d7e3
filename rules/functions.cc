#include "rules/functions.h"

#include <algorithm>
#include <array>

namespace revisitd::rules {
namespace {

constexpr Function windowed(std::string_view name, WindowFunction window, std::string_view usage) {
  return {name, Arguments::signal_and_window, usage, NodeKind::window, window};
}

constexpr Function fact(std::string_view name, Arguments arguments, Fact which, Unit unit,
                        std::string_view usage) {
  return {name, arguments, usage, NodeKind::fact, {}, which, unit};
}

constexpr std::array<Function, 13> kFunctions = {{
    windowed("avg", WindowFunction::avg, "avg(signal, 7d)"),
    windowed("min", WindowFunction::min, "min(signal, 7d)"),
    windowed("max", WindowFunction::max, "max(signal, 7d)"),
    windowed("change", WindowFunction::change, "change(signal, 30d)"),
    windowed("forecast", WindowFunction::forecast, "forecast(signal, 90d)"),
    {"baseline", Arguments::signal, "baseline(signal)", NodeKind::baseline},
    fact("members", Arguments::none, Fact::members, Unit::number, "members()"),
    fact("fluent", Arguments::language, Fact::fluent, Unit::number, "fluent(\"go\")"),
    fact("shipped", Arguments::language, Fact::shipped, Unit::number, "shipped(\"go\")"),
    fact("team_languages", Arguments::none, Fact::team_languages, Unit::number, "team_languages()"),
    fact("fleet_share", Arguments::language, Fact::fleet_share, Unit::ratio, "fleet_share(\"go\")"),
    fact("age", Arguments::none, Fact::age, Unit::seconds, "age()"),
    fact("support_left", Arguments::none, Fact::support_left, Unit::seconds, "support_left()"),
}};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const Function& f) { return f.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names;
  for (const Function& function : kFunctions) names.push_back(function.name);
  return names;
}

}  // namespace revisitd::rules
