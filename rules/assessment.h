#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalogue.h"
#include "rules/decision.h"
#include "rules/quantity.h"
#include "rules/time.h"

// The decision rerun: what each language scores on the inputs of today, why, and what moved since
// the decision. A pure function of its arguments; the rules stand in rules/README.md, the numbers
// behind them in the catalogue.
namespace revisitd::rules {

// A number with where it comes from and when it was true.
struct Measured {
  Quantity quantity;
  std::string source;  // "scrape", "prometheus main", "record", "catalogue", …
  TimePoint at{};
  friend bool operator==(const Measured&, const Measured&) = default;
};

// People of the owning team, and of all teams, by language.
struct PeopleInputs {
  int members = 0;
  std::map<std::string, int, std::less<>> knows;    // on the team, at any level
  std::map<std::string, int, std::less<>> shipped;  // on the team, shipped or above
  std::map<std::string, int, std::less<>> fluent;   // on the team, know it cold
  std::map<std::string, int, std::less<>> staying;  // of the fluent, still there in 90 days
  std::map<std::string, int, std::less<>> around;   // on all teams, at any level
  std::string source;
  TimePoint at{};
  friend bool operator==(const PeopleInputs&, const PeopleInputs&) = default;
};

// The other services: what they run in.
struct FleetInputs {
  std::map<std::string, int, std::less<>> team;   // of the owning team, by language
  std::map<std::string, int, std::less<>> fleet;  // of everybody, by language
  friend bool operator==(const FleetInputs&, const FleetInputs&) = default;
};

// Everything an assessment looks at, at one time. Nothing in it is guessed: what is not known is
// absent.
struct DecisionInputs {
  TimePoint at{};
  std::map<std::string, Measured, std::less<>> signals;
  std::optional<PeopleInputs> people;
  std::optional<FleetInputs> fleet;
  friend bool operator==(const DecisionInputs&, const DecisionInputs&) = default;
};

// What is asked: a decision in force, or one that is still to be taken.
struct Candidate {
  std::string service;
  std::string decision;  // the record's id, "" when there is none yet
  std::string chosen;    // "" for a service that does not exist yet
  std::vector<std::string> alternatives;
  std::string workload;                      // "" if not known
  std::map<std::string, Quantity> envelope;  // signal -> budget
};
Candidate candidate_of(const Decision& decision);

// One input of a criterion, then or now, as it is shown.
struct InputValue {
  std::string name;               // "latency_p99", "fluent(python)", "workload"
  std::optional<Quantity> value;  // nothing: not known
  std::string text;               // for inputs that are words
  std::string source;
  TimePoint at{};
  friend bool operator==(const InputValue&, const InputValue&) = default;
};

struct Criterion {
  std::string name;             // "workload", "envelope/latency_p99", "footprint", "fluency", …
  std::optional<double> score;  // [0, 1]; nothing: left out for every language
  double weight = 0;            // share of the whole, in [0, 1]
  std::vector<InputValue> then, now;
  std::string why;  // one plain sentence
};

struct LanguageScore {
  std::string language;
  double score = 0;  // [0, 1]: the mean of the criteria by weight
  std::vector<Criterion> criteria;
};

// Why a language may not be recommended, whatever it scores.
struct GateEntry {
  std::string language;
  std::string over;  // the language that two on the team know cold
  std::string why;
};

// An input that is not what it was: counts that differ, measurements by a tenth or more.
struct MovedInput {
  std::string input;
  Quantity then, now;
};

enum class AssessmentResult { stands, leans, close };
// "stands", "leans", "close".
std::string_view assessment_result_name(AssessmentResult result);

struct Assessment {
  std::string service, decision, chosen;
  AssessmentResult result = AssessmentResult::stands;
  std::string leans;      // the language it leans to, "" unless result is leans
  double margin = 0;      // the leader's score less the next one's that passed the gate
  double confidence = 0;  // [0, 1]: the share of the weight whose inputs are known
  std::vector<GateEntry> gate;
  std::vector<LanguageScore> languages;  // the chosen one first, then as in the record
  std::vector<MovedInput> moved;
  std::vector<std::string> missing;  // inputs that are not known, each once
  TimePoint at{};
};

// `then` is absent where nothing was kept of the time of the decision.
Assessment assess(const Candidate& candidate, const std::optional<DecisionInputs>& then,
                  const DecisionInputs& now, const Catalogue& catalogue);

// One line: "leans go by 0.21: envelope/latency_p99 and workload speak for it".
std::string summary(const Assessment& assessment);

}  // namespace revisitd::rules
