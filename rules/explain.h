#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rules/engine.h"
#include "rules/slot_inputs.h"

// Why a trigger says what it says, tripped or not, and the least that would make it say something
// else. A pure function of the engine's state and the stored values of the trigger's window.
namespace revisitd::rules {

// What would have to be different for another verdict.
enum class FlipKind {
  shift,      // every value of a signal in the window, by `amount`
  threshold,  // the first constant that `when` compares with, `amount` instead of `before`
  time,       // `slots` more slots from now on, all of them in `state`
  course,     // nothing: it comes by itself at `at`, if all stays as it is now
  data,       // `slots` of the window's uncovered slots, had they been in `state`
  people,     // `amount` persons more (or, negative, fewer) on the team throughout the window
};
// "shift", "threshold", …
std::string_view flip_kind_name(FlipKind kind);

// The smallest change of one kind: with it the verdict is `to`, with a little less it is not.
// Amounts are rounded away from zero to the four digits that people are shown, and still flip.
struct Flip {
  FlipKind kind{};
  Verdict to{};
  std::string subject;   // shift: the signal; threshold: what it is compared with, "avg(rps, 1d)";
                         // people: members, fluent or shipped
  std::string language;  // people: of fluent and shipped
  double amount = 0;     // base unit; people: a count
  double before = 0;     // threshold: as it is; people: the newest count
  Unit unit = Unit::number;
  int slots = 0;                    // time, course, data
  SlotState state = SlotState::ok;  // time, data
  std::optional<TimePoint> at;      // time, course: end of the last of those slots
  std::string text;                 // "latency_p99 11.3ms higher in every slot of the window"
};

// One slot of the window, as near to its threshold as few others.
struct NearSlot {
  TimePoint start{};
  SlotValue left, right;  // the comparison's sides
  double distance = 0;    // left - right
};

struct ExplainedComparison {
  // With the values of the newest slot; where one is missing there, with those of the newest slot
  // of the window that has both, and then it is unknown now.
  ComparisonReading reading;
  bool of_provided = false;
  std::optional<TimePoint> seen = {};  // end of that older slot
  // Slots in which both sides are known and the comparison is not: the threshold lies inside the
  // bucket that the value lies in; and the newest such bucket.
  int undecided = 0;
  std::optional<SlotValue> bucket;
  // Of a tripped trigger its mildest breaches, else the ok slots that came nearest to a breach; at
  // most three, nearest first. Only of comparisons in `when` that order their sides.
  std::vector<NearSlot> nearest;
};

// Where a signal was heading over the window: a robust line (Theil–Sen) through the means of the
// window's thirty-two parts, of which at least eight must have a value.
struct SignalTrend {
  std::string signal;
  Unit unit = Unit::number;
  int values = 0;                        // slots with one
  std::optional<double> from, to;        // ends of the line, nothing when there is no line
  double least = 0, mean = 0, most = 0;  // of all values
  [[nodiscard]] std::optional<double> change() const;  // relative to |from|
};

// Why slots of the window are blind.
struct BlindReason {
  std::string input;  // "latency_p99", "fluent(\"go\")"; "" when no input is missing
  // "no value", "no value: nothing was scraped or answered", "the value's bucket holds the
  // threshold", …
  std::string why;
  int slots = 0;
};

struct Explanation {
  std::string service, trigger;
  std::string condition, provided;  // as written; provided "" if none
  Verdict verdict{};
  std::optional<TimePoint> since;
  std::optional<TimePoint> judged;  // end of the last judged slot
  Duration window{}, slot{};
  SlotCounts counts;
  Share trip, clear, coverage;
  std::vector<ExplainedComparison> comparisons;  // of `when`, then of `provided`
  std::vector<BlindReason> blind;                // most slots first
  std::optional<TimePoint> onset;                // start of the window's first breach
  std::optional<TimePoint> run_since;            // start of the run of slots like the newest one
  SlotState newest = SlotState::blind;
  std::vector<SignalTrend> trends;
  std::vector<Flip> flips;
  std::string held;     // why a tripped trigger is in no revisit, "" when it is or is not tripped
  std::string summary;  // one line: "clear; would trip with latency_p99 11ms higher, or …"
};

// The stored slots that explain() wants to see of one trigger.
std::vector<HistoryNeed> explain_needs(const DecisionState& state, const Trigger& trigger);

// Why a signal of the service has no value in a slot of the trigger, where that is known.
using AbsenceLookup =
    std::function<std::optional<Absence>(const std::string& signal, std::int64_t index)>;

// The trigger as it stands in `state`, which must hold it. Slots whose stored values do not give
// the state they were judged to (retention, late data, another roster) stay as they were judged.
Explanation explain(const Engine& engine, const DecisionState& state, const Trigger& trigger,
                    const SlotHistory& history, const AbsenceLookup& absence = {});

// For people, several lines, no clock: every time is absolute.
std::string explanation_text(const Explanation& explanation);

}  // namespace revisitd::rules
