#pragma once

#include <functional>
#include <string_view>

#include "rules/condition.h"
#include "rules/decision_state.h"
#include "rules/fleet_facts.h"
#include "rules/signal_history.h"

namespace revisitd::rules {

// A condition's view of one slot of one service. Where the slot's values come from is a function,
// so that live readings, stored history and last known values all judge through the same code.
class SlotInputs : public ConditionInputs {
 public:
  using Lookup = std::function<const SlotValue*(std::string_view signal)>;

  struct Slot {
    const Decision& decision;
    Duration length{};
    std::int64_t index = 0;
    const RosterTimeline& rosters;
    const SignalHistory& history;
    const FleetFacts& fleet;
    const Snapshot& snapshot;
  };

  // Both arguments must outlive the inputs.
  SlotInputs(const Slot& slot, const Lookup& lookup);

  std::optional<SlotValue> signal(std::string_view name) const override;
  std::optional<SlotValue> window(const WindowUse& use) const override;
  std::optional<double> baseline(std::string_view signal) const override;
  std::optional<double> members() const override;
  std::optional<double> fluent(std::string_view language) const override;
  std::optional<double> shipped(std::string_view language) const override;
  std::optional<double> team_languages() const override;
  std::optional<double> fleet_share(std::string_view language) const override;
  std::optional<double> age() const override;
  std::optional<double> support_left() const override;

 private:
  const Slot& slot_;
  const Lookup& lookup_;
  TimePoint end_;
  const Roster* roster_;
};

}  // namespace revisitd::rules
