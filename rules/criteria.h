#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/assessment.h"

// The criteria of an assessment, each one rule from inputs to a score per language. Private to the
// assessment's source files.
namespace revisitd::rules {

// What a criterion may look at.
struct CriterionContext {
  const Candidate& candidate;
  const DecisionInputs* then;  // null: not known
  const DecisionInputs& now;
  const Catalogue& catalogue;
};

// One criterion over all languages. `scores` is empty when an input is missing that it cannot do
// without: the criterion is then left out for every language, so that what is not known counts for
// nobody. Where the catalogue lacks an alternative, only that one has no score: it is not compared.
struct CriterionResult {
  std::string name;
  double weight = 0;              // as the catalogue has it
  double quality = 1;             // how much of what it wants to know is known, in [0, 1]
  std::vector<Criterion> scores;  // one per language, in the order of `languages`

  // The next language is not in the catalogue: `input` is missing, of it alone.
  void leave_out(const std::string& input);
  std::vector<std::string> missing;  // also what it did without
};

// The chosen language first, then the alternatives, each once.
std::vector<std::string> languages_of(const Candidate& candidate);

CriterionResult judge_workload(const CriterionContext& context);
// One per budget of the envelope, in the order of their names.
std::vector<CriterionResult> judge_envelope(const CriterionContext& context);
// Over kFootprintSignals.
CriterionResult judge_footprint(const CriterionContext& context);
CriterionResult judge_fluency(const CriterionContext& context);
CriterionResult judge_consolidation(const CriterionContext& context);
CriterionResult judge_hiring(const CriterionContext& context);

// Languages that may not be recommended: fewer than two on the team know them and nobody has
// shipped them, while two know another candidate cold.
std::vector<GateEntry> judge_gate(const CriterionContext& context);

// 1 at half the budget and under, 0.5 on it, 0 at twice the budget and over; falls in between with
// the logarithm of measured / budget.
double headroom_score(double ratio);

// Whether more of a signal is better: containers per something.
bool more_is_better(std::string_view signal);

}  // namespace revisitd::rules
