#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace revisitd::rules {

// The conditions of many records, each parsed and held once: those of a fleet are much alike. What
// a text means depends on nothing but itself and the units of the signals it names.
class ConditionTable {
 public:
  // As Condition::parse() gives it.
  Result<Condition, ConditionError> parse(std::string_view text, const SignalTable& signals);

  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    Condition condition;
    std::vector<Unit> units;  // of its signals and baselines, in their order
  };

  std::multimap<std::string_view, Known> known_;  // by text, which the condition holds
};

}  // namespace revisitd::rules
