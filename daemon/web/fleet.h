#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "daemon/app_view.h"

// The running daemon's decisions as the API and the pages show them: counted, filtered, worst
// first.
namespace revisitd::daemon::web {

// How urgent a verdict is, the higher the worse: clear, unproven, blind, tripped.
int severity(rules::Verdict verdict);
// The worst of the decision's triggers; clear when it has none.
rules::Verdict worst_verdict(const rules::DecisionState& state);

struct FleetCounts {
  std::size_t decisions = 0;
  std::array<std::size_t, 4> decisions_by_verdict{};  // worst verdict, in the order of Verdict
  std::array<std::size_t, 4> triggers{};              // in the order of Verdict
  std::array<std::size_t, 4> revisits{};              // open, acknowledged, snoozed, subsided
  [[nodiscard]] std::size_t unfinished() const;
};
FleetCounts count_fleet(const rules::Engine& engine);

struct TargetCounts {
  std::size_t up = 0, down = 0, unknown = 0;
};
TargetCounts count_targets(const std::vector<TargetStatus>& targets);

// "" matches everything. `text` is looked for in service, title, team and language,
// case-insensitively.
struct FleetFilter {
  std::string team, language, text;
  std::optional<rules::Verdict> verdict;  // some trigger has it
};
// Matching decisions, the most urgent first: unfinished revisits, then by worst verdict and share,
// then by name.
std::vector<const rules::DecisionState*> select(const rules::Engine& engine,
                                                const FleetFilter& filter);

const rules::DecisionState* find_decision(const rules::Engine& engine, std::string_view service);
const rules::Trigger* find_trigger(const rules::Decision& decision, std::string_view name);

// Slot length at which a signal of the decision is looked at: the longest window's; the ladder's
// first when no trigger asks for it.
struct SignalUse {
  Duration length{};
  Duration window{};  // of that trigger; 0 when there is none
  const rules::Trigger* trigger = nullptr;
};
SignalUse use_of(const rules::Engine& engine, const rules::DecisionState& state,
                 std::string_view signal);

// The newest value of a signal at any slot length.
const rules::LastValue* newest_value(const rules::DecisionState& state, std::string_view signal,
                                     Duration* length = nullptr);
// Whether a value at a slot length is of the newest slot of that length that was judged.
bool is_of_newest_slot(const rules::Engine& engine, const rules::LastValue& last, Duration length);

}  // namespace revisitd::daemon::web
