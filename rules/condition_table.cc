#include "rules/condition_table.h"

#include <utility>

namespace revisitd::rules {
namespace {

constexpr std::size_t kMost = 20'000;  // then all are forgotten

// Ends at the first name that is not declared.
std::vector<Unit> units_of(const Condition& condition, const SignalTable& signals) {
  std::vector<Unit> units;
  for (const auto* names : {&condition.signals(), &condition.baselines()}) {
    for (const std::string& name : *names) {
      const auto signal = signals.find(name);
      if (signal == signals.end()) return units;
      units.push_back(signal->second.unit);
    }
  }
  return units;
}

}  // namespace

Result<Condition, ConditionError> ConditionTable::parse(std::string_view text,
                                                        const SignalTable& signals) {
  const auto [first, last] = known_.equal_range(text);
  for (auto known = first; known != last; ++known) {
    const auto& [condition, units] = known->second;
    if (units_of(condition, signals) == units) return condition;
  }
  auto parsed = Condition::parse(text, signals);
  if (!parsed) return parsed;
  if (known_.size() >= kMost) known_.clear();
  known_.emplace(parsed->text(), Known{*parsed, units_of(*parsed, signals)});
  return parsed;
}

}  // namespace revisitd::rules
