#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rules/decision.h"
#include "rules/event.h"
#include "rules/ledger.h"
#include "rules/result.h"
#include "rules/roster.h"
#include "rules/slot.h"

// The deterministic heart: slots, rosters, decisions and human actions in, events out. Live running, backfill,
// backtest and trigger tests drive this same class, so they agree to the byte. It does no I/O and reads no
// clock; every input carries its time, and times that step back change nothing that was judged before.
namespace revisitd::rules {

// Past slot values the engine may need when a trigger is new or its meaning changed: (service, signal, length)
// -> ascending (slot index, value). Filled by the caller from the store; what is not in it is missing.
struct SlotHistory {
  struct Key {
    std::string service, signal;
    Duration length{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, std::vector<std::pair<std::int64_t, SlotValue>>> values;
};

// A stretch of history that `Engine::needs` asks for: slots first <= index < last.
struct HistoryNeed {
  SlotHistory::Key key;
  std::int64_t first = 0, last = 0;
};

struct EngineOptions {
  std::vector<Duration> ladder;                  // ascending; default {1m, 10m, 1h}
  std::vector<Duration> reminders;               // after opening; default {7d, 14d}
  Duration reminder_every{};                     // after the last of them; default 30d
  Duration review_grace{};                       // review-overdue this long after review-due; default 30d
  Duration snooze_notice{};                      // reminder before a snooze ends; default 1d
};
EngineOptions default_engine_options();

// The shortest of the ladder with window / slot <= 2016, else the longest.
Duration slot_length(Duration window, const std::vector<Duration>& ladder);
// Number of slots of a window, rounded up.
int slot_count(Duration window, Duration length);

// A person's word about a revisit.
struct Action {
  enum class Kind { acknowledge, snooze, conclude };
  Kind kind{};
  std::string target;                 // revisit id or service
  std::string by;                     // required
  std::string why;                    // required for snooze and conclude
  std::optional<TimePoint> until;     // snooze
  std::optional<double> worsens_by;   // snooze; 0.2 = 20 %
  std::optional<Outcome> outcome;     // conclude
};

// What a step changed, for the caller to make durable before it acts on the events.
struct StepResult {
  std::vector<Event> events;             // in order
  std::set<std::string> changed;         // services whose saved state changed
  bool roster_changed = false;
};

enum class ActionError { unknown_revisit, already_final, invalid };
struct ActionFailure {
  ActionError error;
  std::string message;
};

// One trigger as it stands.
struct TriggerState {
  std::string meaning;                  // Trigger::meaning() that the ledger was judged by
  Duration length{};                    // slot length
  SlotLedger ledger{1};
  Verdict verdict = Verdict::blind;
  Verdict standing = Verdict::clear;    // the latest of clear and tripped
  std::optional<TimePoint> since;       // when the verdict last changed
  bool armed = true;                    // may open or worsen; false from a conclusion until it clears
  bool in_revisit = false;              // tripped and counted in the current revisit
  std::optional<TimePoint> rearm_at;    // a new revision's tenure end, when a quiet trip may speak again
  int blind_run = 0;                    // consecutive blind slots that were judged
  bool blind_told = false;
  std::optional<SlotState> last_state;
  std::vector<ComparisonReading> last_reading;   // comparisons of `when` in the last slot judged; not saved
  std::optional<TriggerEvidence> last_known;     // values of the last covered slot; not saved
};

// One decision as it stands.
struct DecisionState {
  std::shared_ptr<const Decision> decision;
  std::string revision;                          // what a new revision is told by: id, date, language, triggers
  std::map<std::string, TriggerState> triggers;  // by name
  std::optional<Revisit> revisit;                // the current, unfinished one
  std::optional<TimePoint> review_due_told;      // the review date it was told for
  std::optional<TimePoint> review_overdue_told;
};

class Engine {
 public:
  explicit Engine(EngineOptions options);

  // The decisions in force from now on. Their ledgers are kept where the meaning is the same, judged anew
  // over `history` where it is not. The first call after construction takes over what restore() gave.
  StepResult decide(TimePoint at, std::vector<std::shared_ptr<const Decision>> decisions, const SlotHistory& history);
  // The history decide() would use.
  [[nodiscard]] std::vector<HistoryNeed> needs(TimePoint at,
                                               const std::vector<std::shared_ptr<const Decision>>& decisions) const;

  // A roster was read; it counts from its read_at.
  StepResult roster(TimePoint at, std::shared_ptr<const Roster> roster);
  // A slot has ended. Judged once, in time order; an earlier or repeated slot changes nothing. Slots left out
  // are blind.
  StepResult judge(const SlotReading& reading);
  // Time passes: reminders, snooze ends, review dates.
  StepResult tick(TimePoint at);
  // A person acts.
  Result<StepResult, ActionFailure> act(TimePoint at, const Action& action);

  [[nodiscard]] const std::map<std::string, DecisionState, std::less<>>& decisions() const { return decisions_; }
  [[nodiscard]] const std::shared_ptr<const Roster>& roster() const { return roster_; }
  [[nodiscard]] const EngineOptions& options() const { return options_; }
  // Slot lengths that any trigger of this decision is judged at.
  [[nodiscard]] std::set<Duration> lengths(const Decision& decision) const;

  // Saved state of one service as JSON, and back. restore() is called before the first decide(); a service
  // restored but not decided is withdrawn by it.
  [[nodiscard]] std::string save(const std::string& service) const;
  Status restore(const std::string& service, std::string_view json);

 private:
  friend class EngineStep;
  EngineOptions options_;
  std::map<std::string, DecisionState, std::less<>> decisions_;
  std::shared_ptr<const Roster> roster_;
  bool restored_ = false;
};

}  // namespace revisitd::rules
