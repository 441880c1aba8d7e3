#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/assessment.h"
#include "rules/quantity.h"
#include "rules/time.h"

// What other teams chose for work of the same kind, how long it held and what ended it: read from
// the trail, which keeps what records themselves forget.
namespace revisitd::rules {

// One event of the trail as far as precedents look at it; oldest first, as the trail has them.
struct TrailNote {
  TimePoint at{};
  std::string type;  // "decision.added", "decision.edited", "decision.removed", "revisit.opened",
                     // "revisit.worsened", "revisit.concluded"; others are passed over
  std::string service, team, language, record;
  std::optional<TimePoint> date;             // of the decision
  std::string workload;                      // of decision.*
  std::map<std::string, Quantity> envelope;  // of decision.*
  std::string trigger;                       // of revisit.opened and revisit.worsened
  std::string outcome, by, why;              // of revisit.concluded
};

// One language that was chosen for one service, for as long as it was in force.
struct Precedent {
  std::string service, team, language, workload, record;
  std::map<std::string, Quantity> envelope;
  TimePoint decided{};
  std::optional<TimePoint> ended;  // nothing while it is in force
  std::string ending;              // "changed to go", "no longer watched"; "" while it is in force
  // Triggers that opened or worsened its last revisit before it ended; what flipped it.
  std::vector<std::string> flipped_by;
  int reaffirmed = 0;   // times a revisit ended with the choice standing
  double distance = 0;  // from what is asked: 0 is the same workload and the same budgets

  [[nodiscard]] Duration held(TimePoint at) const { return ended.value_or(at) - decided; }
};

// Precedents near the candidate, the nearest first, at most `most`. Near is another service with
// the same workload, or with budgets that are on average within a factor of two of those they
// share.
std::vector<Precedent> precedents(const std::vector<TrailNote>& notes, const Candidate& candidate,
                                  std::size_t most);

// How far two envelopes are apart: the mean of |log2| of the budgets both name, 1 is a factor of
// two; nothing when they share none.
std::optional<double> envelope_distance(const std::map<std::string, Quantity>& a,
                                        const std::map<std::string, Quantity>& b);

}  // namespace revisitd::rules
