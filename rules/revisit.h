#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/circumstances.h"
#include "rules/ledger_outlook.h"
#include "rules/quantity.h"
#include "rules/slot.h"
#include "rules/time.h"
#include "rules/verdict.h"

// The case opened for a decision when a trigger trips, and what it carries.
namespace revisitd::rules {

enum class RevisitState {
  open,          // nobody has taken it
  acknowledged,  // somebody works on it
  snoozed,       // quiet until a time, or until it worsens
  subsided,      // every trigger is clear again; still waits for a conclusion
  concluded,     // people ended it
  withdrawn,     // its triggers or its record went away
};
std::string_view revisit_state_name(RevisitState state);
std::optional<RevisitState> parse_revisit_state(std::string_view name);
// concluded and withdrawn are final.
bool is_final(RevisitState state);

enum class Outcome { reaffirmed, changed, amended };
std::string_view outcome_name(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view name);

// What one trigger said when it was last looked at for this revisit; frozen with the opening, the
// worsening or the reopening it belongs to.
struct TriggerEvidence {
  std::string name;
  // Not frozen: whether it is tripped or clear again. All else is of its trip.
  Verdict verdict = Verdict::tripped;
  std::string condition;            // as written
  std::string provided;             // as written, "" if none
  std::string reading;              // with values: "latency_p99 131ms > 100ms"
  std::string signal;               // of the first threshold comparison, "" if there is none
  std::optional<SlotValue> value;   // that signal's value in the last slot judged with it
  std::optional<double> threshold;  // base unit
  Unit unit = Unit::number;
  Duration window{};
  Duration slot{};  // slot length
  SlotCounts counts;
  Share trip{1, 1};
  TimePoint since{};               // when it last became tripped
  std::optional<TimePoint> onset;  // start of the first breach slot of the window it tripped over
  std::string favours;
  std::string why;
  bool hard = false;
  std::optional<Release> release;    // the version changed within one slot of the onset
  std::optional<LoadShift> load;     // request rate with and without breach, where it is known
  std::optional<BreachTrend> trend;  // of the window it tripped over
  std::optional<TimeFlip> recovery;  // the fewest ok slots in a row that would have cleared it
};

struct Snooze {
  std::string by;
  std::string why;
  TimePoint at{};
  TimePoint until{};
  std::optional<double>
      worsens_by;  // 0.2 = ends early once a trigger's value is 20 % worse than at the snooze
  // By trigger, what its value must reach for the snooze to end early; filled in when worsens_by is
  // given.
  std::map<std::string, double> limits;
  bool reminded = false;  // the reminder before its end was given
};

struct Conclusion {
  Outcome outcome = Outcome::reaffirmed;
  std::string by;
  std::string why;
  TimePoint at{};
};

struct Acknowledgement {
  std::string by;
  std::string why;
  TimePoint at{};
};

// The decision rerun when the revisit last opened, worsened or reopened, frozen as it was said.
struct FrozenAssessment {
  std::string summary;  // one line, "" = none was made
  std::string json;     // the whole of it (rules/assessment_json.h)
  friend bool operator==(const FrozenAssessment&, const FrozenAssessment&) = default;
};

struct Revisit {
  std::string id;  // SERVICE-YYYYMMDDTHHMMSSZ of `since`: unique, stable, safe in a URL
  std::string service;
  std::string team;
  std::string language;  // the decision's, at opening
  std::string favours;   // of the first tripped trigger that names one
  std::string record;    // path of the record
  std::string decision;  // the record's id
  std::string title;
  RevisitState state = RevisitState::open;
  TimePoint since{};    // opening; never moves
  TimePoint changed{};  // last change of state
  int transitions = 0;  // openings, worsenings, reopenings, … so far: orders deliveries
  std::vector<TriggerEvidence>
      triggers;  // every trigger that ever tripped in it, in order of tripping
  FrozenAssessment assessment;
  std::optional<Acknowledgement> acknowledgement;
  std::optional<Snooze> snooze;
  std::optional<Conclusion> conclusion;
  int reminders = 0;
  std::optional<TimePoint> next_reminder;
  bool backfilled = false;  // opened by slots that were fetched after the fact
};

// What else was going on: "began with a release", "workload grew".
std::vector<std::string> labels(const TriggerEvidence& evidence);
// Of all its triggers, each once.
std::vector<std::string> labels(const Revisit& revisit);

// One line: "checkout: tail-latency tripped, breach in 97.2% of 7d; density clear again, favours
// go". Only of what is tripped the numbers are told.
std::string summary(const Revisit& revisit);

}  // namespace revisitd::rules
