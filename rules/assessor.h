#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rules/assessment.h"
#include "rules/engine.h"

namespace revisitd::rules {

// Reruns decisions on what the engine knows at one time. Cheap to ask for many decisions: what
// they share is counted once.
class Assessor {
 public:
  // The engine must outlive it and not change meanwhile.
  Assessor(const Engine& engine, TimePoint at);

  // The state's decision must be in force.
  [[nodiscard]] Assessment assess(const DecisionState& state) const;
  // For a service that does not exist yet: `now` holds people and fleet of the team, "" = of
  // nobody.
  [[nodiscard]] DecisionInputs of_team(std::string_view team) const;
  [[nodiscard]] DecisionInputs now(const DecisionState& state) const;
  // The record's `inputs:` over what the snapshot holds; nothing when nothing is known of then.
  [[nodiscard]] std::optional<DecisionInputs> then(const DecisionState& state) const;
  [[nodiscard]] TimePoint at() const { return at_; }

 private:
  const Engine& engine_;
  TimePoint at_;
  std::map<std::string, int, std::less<>> around_;
};

// People on all teams by language, at any level.
std::map<std::string, int, std::less<>> people_around(const Roster& roster, TimePoint at);
// The people of a team as an assessment counts them; nothing when the roster does not know it.
std::optional<PeopleInputs> people_inputs(const Roster& roster, std::string_view team, TimePoint at,
                                          std::map<std::string, int, std::less<>> around);
// The other services of a decision in force.
FleetInputs fleet_inputs(const FleetFacts& fleet, const Decision& decision);

}  // namespace revisitd::rules
