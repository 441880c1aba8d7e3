#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/engine.h"
#include "rules/explain_questions.h"
#include "rules/slot_inputs.h"

// The window of a trigger judged over again under "what if".
namespace revisitd::rules {

class TrialWindow {
 public:
  struct Slot {
    std::int64_t index = 0;
    SlotState judged = SlotState::blind;
    bool repeatable = false;  // its values give the state it was judged to
    const Roster* roster = nullptr;
    std::vector<Answer> when, provided;
  };

  // All arguments must outlive the window.
  TrialWindow(const Engine& engine, const DecisionState& state, const Trigger& trigger,
              const SlotHistory& history);

  // From the oldest to the last judged; empty when none was judged.
  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }
  [[nodiscard]] const std::vector<Question>& when() const { return when_; }
  [[nodiscard]] const std::vector<Question>& provided() const { return provided_; }

  // A slot that is not repeatable keeps the state it was judged to.
  [[nodiscard]] SlotCounts counts(const Change& change) const;
  [[nodiscard]] Verdict verdict(const Change& change) const;
  // State of a slot with the newest slot's values that ends `ahead` after it, as far as time alone
  // changes things: ages, known leavers.
  [[nodiscard]] SlotState state_ahead(Duration ahead) const;
  // Readings of one slot's comparisons; `provided` when so asked and there is one.
  [[nodiscard]] std::vector<ComparisonReading> read(const Slot& slot, bool of_provided) const;
  // How many people of that knowledge the newest roster counts; nothing when it does not say.
  [[nodiscard]] std::optional<int> people(Question::Kind knows, std::string_view language) const;

 private:
  void note_earlier(Slot& slot, const SlotHistory& history) const;
  [[nodiscard]] SlotState state_of(const Slot& slot, const Change& change,
                                   const std::map<const Roster*, Roster>& rosters) const;
  [[nodiscard]] std::map<const Roster*, Roster> changed_rosters(const Change& change) const;
  [[nodiscard]] TimePoint end_of(const Slot& slot) const;

  const DecisionState& state_;
  const Trigger& trigger_;
  const TriggerState& standing_;
  std::vector<Slot> slots_;
  std::vector<Question> when_, provided_;
};

}  // namespace revisitd::rules
