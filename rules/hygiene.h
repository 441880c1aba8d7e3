#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/engine.h"
#include "rules/hygiene_course.h"

// What is wrong with a decision that reads well: triggers that cannot do their work, and decisions
// that nobody answers for. A pure function of the engine's state and the stored values.
namespace revisitd::rules {

enum class HygieneKind {
  no_trigger,            // the decision names none
  no_owner,              // it has no team, or one that the roster does not know
  stale_roster,          // it has a team, and no roster is valid now
  no_data,               // a signal of a trigger has no value, or none any more
  tripped_when_written,  // it would have been tripped already at the decision's date
  never_trips,           // no value of the stretch looked at puts a slot in breach
  inside_bucket,         // its threshold lies inside a bucket that values lie in: they cannot tell
  flapping,              // it trips and clears all the time
};
// "no-trigger", …: in JSON.
std::string_view hygiene_name(HygieneKind kind);

struct HygieneFinding {
  HygieneKind kind{};
  std::string trigger;  // "" when it is about the decision
  std::string signal;   // no_data, inside_bucket
  std::string message;  // one line, no full stop
  Place place;          // in the record: of the trigger, of `team`, or of the decision's block
};

// How much of a trigger's past could be looked at: of what was never measured, or is not kept, a
// look says nothing.
struct HygieneReach {
  std::string trigger;
  std::optional<TimePoint> since;  // the first value of one of its signals; nothing: there is none
  Duration covered{};              // of the time since: where the condition could be judged
};

// What came of a look.
struct HygieneReport {
  std::vector<HygieneFinding> findings;
  std::vector<HygieneReach> reach;  // of the triggers that measure something, in the record's order
};

struct HygieneOptions {
  Duration look_back = std::chrono::hours(24 * 180);
  // Slots of a trigger that are looked at in one go.
  std::int64_t piece_slots = 20'000;
  // never_trips takes this much covered time.
  Duration least_covered = std::chrono::hours(24 * 30);
  bool roster_expected = true;  // whether a roster is configured at all
  // Signals of which no values were asked: nothing is said about triggers that use them.
  std::vector<std::string> unasked;
};

// A trigger flaps when it became tripped at least kFlappingTrips times since the first covered slot
// of the stretch looked at, and on average at least once in kFlappingWindows of its windows.
constexpr int kFlappingTrips = 4;
constexpr int kFlappingWindows = 4;

// A look at one decision, a piece of one trigger's slots at a time: what is read for a piece need
// not be kept, and other work may come between.
class HygieneLook {
 public:
  HygieneLook(const DecisionState& state, TimePoint now, HygieneOptions options);

  // The stored slots that the next see() wants; empty when everything was seen. Every call gets the
  // state of the revision that the look began with.
  [[nodiscard]] std::vector<HistoryNeed> needs(const DecisionState& state) const;
  void see(const Engine& engine, const DecisionState& state, const SlotHistory& history);
  // Findings about the decision first, then by trigger in the record's order; after the last piece.
  [[nodiscard]] std::vector<HygieneFinding> findings(const Engine& engine,
                                                     const DecisionState& state) const;
  [[nodiscard]] HygieneReport report(const Engine& engine, const DecisionState& state) const;

 private:
  [[nodiscard]] const HygieneCourse* next() const;

  TimePoint now_{};
  HygieneOptions options_;
  std::vector<HygieneCourse> courses_;  // in the record's order
};

// All that a look wants to see, at once; and a look at a history that holds it.
std::vector<HistoryNeed> hygiene_needs(const DecisionState& state, TimePoint now,
                                       const HygieneOptions& options);
std::vector<HygieneFinding> hygiene(const Engine& engine, const DecisionState& state,
                                    const SlotHistory& history, TimePoint now,
                                    const HygieneOptions& options);

// The finding as a warning about the decision's record; the source line is the caller's to add.
Diagnostic to_diagnostic(const Decision& decision, const HygieneFinding& finding);

}  // namespace revisitd::rules
