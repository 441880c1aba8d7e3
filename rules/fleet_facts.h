#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/decision_state.h"

namespace revisitd::rules {

// What the whole fleet says, for conditions that ask beyond their own service: the decisions that
// are in force when the slot is judged, also for a slot that is judged late.
struct FleetFacts {
  std::map<std::string, std::map<std::string, int>, std::less<>>
      languages_by_team;  // team -> language -> decisions; decisions without a team are left out
  std::map<std::string, int, std::less<>> services_by_language;
  int services = 0;
  // When support ends for what each service runs. Not in it: nobody knows.
  std::map<std::string, TimePoint, std::less<>> support_ends;
  // Languages that each service runs in. Not in it: nobody knows.
  std::map<std::string, std::vector<std::string>, std::less<>> running;

  static FleetFacts of(const std::map<std::string, DecisionState, std::less<>>& decisions);
};

}  // namespace revisitd::rules
