#include "rules/trigger_test_reach.h"

#include <algorithm>

namespace revisitd::rules {
namespace {

constexpr int kNear = 20;  // one in twenty slots of the window

// ceil(share * n), exactly.
int share_of(Share share, int n) {
  const __int128 exact = static_cast<__int128>(share.num) * n;
  return static_cast<int>((exact + share.den - 1) / share.den);
}

}  // namespace

int slots_short(const SlotCounts& counts, const Shares& shares) {
  const int uncovered = std::max(0, share_of(shares.coverage, counts.total()) - counts.covered());
  const int covered = std::max(1, counts.covered() + uncovered);
  return std::max(uncovered, share_of(shares.trip, covered) - counts.breach);
}

void ReachGauge::step(const Engine& engine, const ReplayStep& step) {
  for (const Event& e : step.result.events) {
    if (e.type == EventType::revisit_opened || e.type == EventType::revisit_worsened ||
        e.type == EventType::revisit_reopened) {
      reach_[{e.service, e.trigger}].opened = true;
    }
  }
  if (step.slot == nullptr) return;
  for (const auto& [service, state] : engine.decisions()) {
    for (const Trigger& trigger : state.decision->triggers) {
      const TriggerState& standing = state.triggers.at(trigger.name);
      if (standing.length != step.slot->length) continue;
      Reach& reach = reach_[{service, trigger.name}];
      if (standing.standing == Verdict::tripped) {
        reach.near = false;
        continue;
      }
      const int limit = std::max(1, standing.ledger.slots() / kNear);
      const bool near = slots_short(standing.ledger.counts(),
                                    {trigger.trip, trigger.clear, trigger.coverage}) <= limit;
      if (reach.near && !near) reach.held = true;
      reach.near = near;
    }
  }
}

std::map<std::pair<std::string, std::string>, Reach> ReachGauge::finish() {
  for (auto& [name, reach] : reach_) reach.held |= reach.near;
  return std::move(reach_);
}

}  // namespace revisitd::rules
