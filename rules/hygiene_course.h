#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/engine.h"
#include "rules/ledger.h"

// What one trigger's signals and verdicts did over a stretch of slots, told piece by piece, so that
// half a year of short slots needs no more memory than a piece of it. It begins with the first
// value of one of the signals: before that, nothing was measured.
namespace revisitd::rules {

struct SlotStretch {
  std::int64_t first = 0, last = 0;  // first <= index < last
  [[nodiscard]] std::int64_t slots() const { return last - first; }
};

class HygieneCourse {
 public:
  // The state must hold the trigger; its slot length counts.
  HygieneCourse(const DecisionState& state, const Trigger& trigger, SlotStretch stretch,
                std::int64_t piece_slots);

  [[nodiscard]] const std::string& trigger() const { return trigger_; }
  [[nodiscard]] Duration length() const { return length_; }
  [[nodiscard]] const SlotStretch& stretch() const { return stretch_; }
  [[nodiscard]] bool done() const { return next_ >= stretch_.last; }
  // The slots that see() wants next, with those before them that windowed functions look at.
  [[nodiscard]] std::vector<HistoryNeed> needs(const DecisionState& state,
                                               const Trigger& trigger) const;
  // Goes on by one piece. `state` and `trigger` must be of the revision it began with.
  void see(const Engine& engine, const DecisionState& state, const Trigger& trigger,
           const SlotHistory& history);

  // In the order of the conditions, `when` first.
  struct Signal {
    std::string name;
    std::optional<std::int64_t> newest;  // slot with a value
  };
  [[nodiscard]] const std::vector<Signal>& signals() const { return signals_; }

  // Of a threshold of `when`, in its order.
  struct Bucket {
    int slots = 0;      // with a value
    int undecided = 0;  // of those, with the threshold inside their bucket
    SlotValue newest;   // such bucket
  };
  [[nodiscard]] const std::vector<Bucket>& buckets() const { return buckets_; }

  // Of any of the signals; nothing when there is none.
  [[nodiscard]] std::optional<std::int64_t> first_value() const { return first_value_; }

  int covered = 0, breaches = 0, trips = 0;
  std::optional<std::int64_t> first_covered;
  std::optional<Verdict> at_date;  // the first clear or tripped at or after the decision's date
  TimePoint at_date_end{};

 private:
  // Looks for the value to begin with.
  void begin(const std::string& service, const SlotHistory& history);
  [[nodiscard]] SlotStretch piece() const;
  void see_values(const Trigger& trigger, const std::string& service, const SlotHistory& history,
                  const SlotStretch& piece);
  void judge_slots(const Engine& engine, const DecisionState& state, const Trigger& trigger,
                   const SlotHistory& history, const SlotStretch& piece);

  std::string trigger_;
  Duration length_{};
  SlotStretch stretch_;
  std::int64_t next_ = 0;
  std::int64_t piece_slots_ = 0;
  std::optional<std::int64_t> first_value_;
  std::vector<Signal> signals_;
  std::vector<Bucket> buckets_;
  SlotLedger ledger_;
  Verdict standing_ = Verdict::clear;
};

}  // namespace revisitd::rules
