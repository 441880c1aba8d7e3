#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalogue.h"
#include "rules/decision_state.h"
#include "rules/event.h"
#include "rules/fleet_facts.h"
#include "rules/interned.h"
#include "rules/lifecycle.h"
#include "rules/result.h"
#include "rules/signal_history.h"

// The deterministic heart: slots, rosters, decisions and human actions in, events out. Live
// running, backfill, backtest and trigger tests drive this same class, so they agree to the byte.
// It does no I/O and reads no clock; every input carries its time, and times that step back change
// nothing that was judged before.
namespace revisitd::rules {

// A stretch of stored slots that decide() wants to see: first <= index < last.
struct HistoryNeed {
  SlotHistory::Key key;
  std::int64_t first = 0, last = 0;
};

struct EngineOptions {
  std::vector<Duration> ladder;  // slot lengths, ascending
  ReminderPlan reminders;
  Duration review_grace{};                     // review-overdue comes this long after review-due
  Duration snooze_notice{};                    // a snooze's end is announced this long before it
  Catalogue catalogue = built_in_catalogue();  // what assessments believe of languages
};
// {1m, 10m, 1h}; 7d, 14d, every 30d; 30d; 1d.
EngineOptions default_engine_options();

// The shortest of the ladder with window / slot <= 2016, else the longest.
Duration slot_length(Duration window, const std::vector<Duration>& ladder);
// Number of slots of a window, rounded up.
int slot_count(Duration window, Duration length);

// A person's word about a revisit.
struct Action {
  enum class Kind { acknowledge, snooze, conclude };
  Kind kind{};
  std::string target;              // revisit id, or the service it belongs to
  std::string by;                  // required
  std::string why;                 // required for snooze and conclude
  std::optional<TimePoint> until;  // snooze: required
  std::optional<double>
      worsens_by;  // snooze; 0.2 = ends once a trigger's value is 20 % worse for three slots
  std::optional<Outcome> outcome;  // conclude: required
};

enum class ActionError {
  unknown_revisit,  // no unfinished revisit of that id or service
  wrong_state,      // the revisit cannot go there from where it is
  invalid,          // something required is missing or out of range
  unavailable,      // the caller cannot make it durable now; the engine itself never says so
};
struct ActionFailure {
  ActionError error;
  std::string message;
};

// What a step changed, for the caller to make durable before it acts on the events.
struct StepResult {
  std::vector<Event> events;      // in order
  std::set<std::string> changed;  // services whose saved state changed

  // What a later step changed, so that both are made durable together.
  void append(StepResult later);
};

class Engine {
 public:
  explicit Engine(EngineOptions options);
  // From now on; a new ladder takes effect with the next decide().
  void set_options(EngineOptions options) { options_ = std::move(options); }

  // The decisions in force from now on, at most one per service. Ledgers are kept where the meaning
  // and the slot length are the same, and judged anew over `history` where they are not; where only
  // the slot length is another, what the trigger last said stands meanwhile. What restore() gave is
  // taken over by the first call.
  StepResult decide(TimePoint at, const std::vector<std::shared_ptr<const Decision>>& decisions,
                    const SlotHistory& history);
  // The history decide() would use.
  [[nodiscard]] std::vector<HistoryNeed> needs(
      TimePoint at, const std::vector<std::shared_ptr<const Decision>>& decisions) const;

  // Values of slots before the first one to be judged, for functions of the decisions in force to
  // look back at. Judges nothing; after decide(), and before the first judge().
  void look_back(const SlotHistory& history);

  // A roster was read; it counts for slots that end after its read_at.
  StepResult roster(std::shared_ptr<const Roster> roster);
  // When support ends for what services run, for support_left(); from the next slot on.
  void set_support_ends(std::map<std::string, TimePoint, std::less<>> ends) {
    fleet_.support_ends = std::move(ends);
  }
  // What each service is seen to run in, from the next slot on: signals are measured in it. A
  // service that is not in it runs in what it was last seen in, or else in what its record says.
  void set_running(std::map<std::string, std::vector<std::string>, std::less<>> running);
  // A slot has ended. Judged once, in time order; an earlier or repeated slot changes nothing.
  // Slots left out are blind. A backfilled reading holds the signals that could be asked for; a
  // trigger that looks at none of them is passed over, as in a slot left out, and one that misses
  // some of them is not called blind for it.
  StepResult judge(const SlotReading& reading);
  // Slots from before a trigger was known have been fetched: its ledger is built anew over
  // `history` in time order, and only what it says now differently is told, marked backfilled. The
  // revisit it is part of, a disarmed trip and what was told of blindness stay as they are; a slot
  // that was judged live does not become blind. Nothing when there is no such trigger.
  StepResult rejudge(TimePoint at, std::string_view service, std::string_view trigger,
                     const SlotHistory& history);
  // The history rejudge() would use: the trigger's window, what its functions look back at, and
  // what may explain a trip, `version` and `rps`, where the decision declares them.
  [[nodiscard]] std::vector<HistoryNeed> needs(TimePoint at, std::string_view service,
                                               std::string_view trigger) const;
  // Time passes: reminders, snooze ends, review dates.
  StepResult tick(TimePoint at);
  // A person acts.
  Result<StepResult, ActionFailure> act(TimePoint at, const Action& action);

  [[nodiscard]] const std::map<std::string, DecisionState, std::less<>>& decisions() const {
    return decisions_;
  }
  [[nodiscard]] const RosterTimeline& rosters() const { return rosters_; }
  [[nodiscard]] const FleetFacts& fleet() const { return fleet_; }
  [[nodiscard]] const EngineOptions& options() const { return options_; }
  // Last judged slot of a length, over all triggers.
  [[nodiscard]] std::optional<std::int64_t> last_slot(Duration length) const;
  // Which value of a signal a reading takes: the newest known, however old, as evidence does; or
  // that of the newest judged slot alone, for what is said of now.
  enum class Values { newest_known, newest_slot };
  // The trigger's comparisons with those values. The service and the trigger must exist.
  [[nodiscard]] std::vector<ComparisonReading> read(std::string_view service,
                                                    std::string_view trigger,
                                                    Values values = Values::newest_known) const;
  // The trigger's evidence as a revisit would freeze it now.
  [[nodiscard]] TriggerEvidence evidence(std::string_view service, std::string_view trigger) const;

  // Saved state of one service as JSON, and back. restore() comes before the first decide(); a
  // service that is restored but not decided is withdrawn there.
  [[nodiscard]] std::string save(const std::string& service) const;
  // The same in two: what stands until something happens, as that JSON without the rest; and the
  // course of things, which every slot moves (ledgers, runs, loads and means of signals), as bytes
  // put behind `out`. Both are of one moment, or restore() refuses them.
  [[nodiscard]] std::string save_standing(const std::string& service) const;
  void save_course(const std::string& service, std::string& out) const;
  // Of what save_standing() would write, without the text; another program's may be another.
  [[nodiscard]] std::size_t hash_standing(const std::string& service) const;
  // Where there is a course it counts, whatever the JSON has of it.
  Status restore(const std::string& service, std::string_view json,
                 std::optional<std::string_view> course = {});
  // All states of another engine, as a restart over a store has them.
  Status restore(const Engine& other);

 private:
  friend class EngineStep;
  EngineOptions options_;
  std::map<std::string, DecisionState, std::less<>> decisions_;
  std::map<Duration, std::int64_t> last_slots_;
  RosterTimeline rosters_;
  SignalHistory history_;
  FleetFacts fleet_;
  // What many decisions hold alike.
  InternTable<std::string> meanings_;
  InternTable<PeopleInputs> people_;
  InternTable<FleetInputs> fleets_;
};

}  // namespace revisitd::rules
