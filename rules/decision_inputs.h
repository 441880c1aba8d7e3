#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>

#include "rules/quantity.h"
#include "rules/time.h"

// What an assessment looks at, as plain data: measurements, people and the rest of the fleet at one
// time.
namespace revisitd::rules {

// A number with where it comes from and when it was true.
struct Measurement {
  Quantity quantity;
  std::string source;  // "scrape", "prometheus main", "record", "catalogue", …
  TimePoint at{};
  friend bool operator==(const Measurement&, const Measurement&) = default;
};

// People of the owning team, and of all teams, by language.
struct PeopleInputs {
  int members = 0;
  std::map<std::string, int, std::less<>> knows;  // on the team, at any level
  // On the team, shipped or above; nothing where what git saw counts and is not known.
  std::optional<std::map<std::string, int, std::less<>>> shipped;
  std::map<std::string, int, std::less<>> fluent;   // on the team, know it cold
  std::map<std::string, int, std::less<>> staying;  // of the fluent, still there in 90 days
  std::map<std::string, int, std::less<>> around;   // on all teams, at any level
  std::string source;
  TimePoint at{};
  friend bool operator==(const PeopleInputs&, const PeopleInputs&) = default;
  friend auto operator<=>(const PeopleInputs&, const PeopleInputs&) = default;
};

// The other services: what they run in.
struct FleetInputs {
  std::map<std::string, int, std::less<>> team;   // of the owning team, by language
  std::map<std::string, int, std::less<>> fleet;  // of everybody, by language
  friend bool operator==(const FleetInputs&, const FleetInputs&) = default;
  friend auto operator<=>(const FleetInputs&, const FleetInputs&) = default;
};

// Everything an assessment looks at, at one time. Nothing in it is guessed: what is not known is
// absent.
struct DecisionInputs {
  TimePoint at{};
  std::map<std::string, Measurement, std::less<>> signals;
  std::string language;  // that ran when the signals were measured, "" = the chosen one
  std::optional<PeopleInputs> people;
  std::optional<FleetInputs> fleet;
  friend bool operator==(const DecisionInputs&, const DecisionInputs&) = default;
};

}  // namespace revisitd::rules
