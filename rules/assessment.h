#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalogue.h"
#include "rules/decision.h"
#include "rules/decision_inputs.h"

// The decision rerun: what each language scores on the inputs of today, why, and what moved since
// the decision. A pure function of its arguments; the rules stand in rules/ASSESSMENT.md, the
// numbers behind them in the catalogue.
namespace revisitd::rules {

// The signals a footprint is made of, beside what the envelope names.
inline constexpr std::array<std::string_view, 4> kFootprintSignals = {
    "containers_per_gib", "containers_per_node", "cost", "memory"};

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
  // The catalogue's: never measured, so it has no value of the decision's time.
  [[nodiscard]] bool believed() const { return source == "catalogue"; }
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
  double score = 0;      // [0, 1]: the mean of the criteria by weight
  bool compared = true;  // false: the catalogue does not describe it, so it is shown and no more
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
  std::string leans;  // the language it leans to, "" unless result is leans
  std::string near;   // another that is too close to that one to tell them apart, or ""
  // The leader's score less the next one's that passed the gate; nothing when no other did.
  std::optional<double> margin;
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

// One line: "leans go by 0.21", "python stands: go is behind the fluency gate".
std::string summary(const Assessment& assessment);

}  // namespace revisitd::rules
