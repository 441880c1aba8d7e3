#include "rules/engine.h"

#include <algorithm>
#include <iterator>

#include "rules/engine_step.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::int64_t kMostSlots = 2016;  // two weeks of ten minutes

}  // namespace

EngineOptions default_engine_options() {
  return {.ladder = {minutes(1), minutes(10), hours(1)},
          .reminders = {.first = {hours(7 * 24), hours(14 * 24)}, .every = hours(30 * 24)},
          .review_grace = hours(30 * 24),
          .snooze_notice = hours(24)};
}

Duration slot_length(Duration window, const std::vector<Duration>& ladder) {
  for (const Duration length : ladder) {
    if (window.count() <= kMostSlots * length.count()) return length;
  }
  return ladder.back();
}

int slot_count(Duration window, Duration length) {
  return static_cast<int>((window.count() + length.count() - 1) / length.count());
}

void StepResult::append(StepResult later) {
  events.insert(events.end(), std::make_move_iterator(later.events.begin()),
                std::make_move_iterator(later.events.end()));
  changed.merge(later.changed);
}

Engine::Engine(EngineOptions options) : options_(std::move(options)) {}

StepResult Engine::decide(TimePoint at,
                          const std::vector<std::shared_ptr<const Decision>>& decisions,
                          const SlotHistory& history) {
  EngineStep step(*this, at);
  step.decide(decisions, history);
  return step.take();
}

StepResult Engine::roster(std::shared_ptr<const Roster> roster) {
  EngineStep step(*this, roster->read_at);
  step.roster(std::move(roster));
  return step.take();
}

StepResult Engine::judge(const SlotReading& reading) {
  EngineStep step(*this, reading.start + reading.length);
  step.judge(reading);
  return step.take();
}

StepResult Engine::rejudge(TimePoint at, std::string_view service, std::string_view trigger,
                           const SlotHistory& history) {
  EngineStep step(*this, at);
  const auto state = decisions_.find(service);
  if (state == decisions_.end() || !state->second.decision) return {};
  for (const Trigger& t : state->second.decision->triggers) {
    if (t.name == trigger) step.rejudge(state->second, t, history);
  }
  return step.take();
}

void Engine::set_running(std::map<std::string, std::vector<std::string>, std::less<>> running) {
  fleet_.running = std::move(running);
  EngineStep(*this, {}).look_at_running();
}

StepResult Engine::tick(TimePoint at) {
  EngineStep step(*this, at);
  step.tick();
  return step.take();
}

Result<StepResult, ActionFailure> Engine::act(TimePoint at, const Action& action) {
  const auto target = std::find_if(decisions_.begin(), decisions_.end(), [&](const auto& entry) {
    const auto& revisit = entry.second.revisit;
    return revisit && (revisit->id == action.target || entry.first == action.target);
  });
  if (target == decisions_.end()) {
    return ActionFailure{
        ActionError::unknown_revisit,
        "no unfinished revisit or service with one is named '" + action.target + "'"};
  }
  EngineStep step(*this, at);
  if (auto failure = step.act(target->second, action)) return *std::move(failure);
  return step.take();
}

std::optional<std::int64_t> Engine::last_slot(Duration length) const {
  const auto found = last_slots_.find(length);
  if (found == last_slots_.end()) return std::nullopt;
  return found->second;
}

std::vector<ComparisonReading> Engine::read(std::string_view service, std::string_view trigger,
                                            Values values) const {
  const DecisionState& state = decisions_.find(service)->second;
  const TriggerState& standing = state.triggers.find(trigger)->second;
  const Trigger* definition = state.decision->find_trigger(trigger);
  const std::int64_t newest = standing.ledger.last().value_or(0);
  const SlotInputs::Lookup lookup = [&](std::string_view signal) -> const SlotValue* {
    const auto found = state.last_values.find(std::pair(signal, standing.length));
    if (found == state.last_values.end()) return nullptr;
    const bool old = values == Values::newest_slot && found->second.index < newest;
    return old ? nullptr : &found->second.value;
  };
  const SlotInputs::Slot slot{*state.decision, standing.length, newest,        rosters_,
                              history_,        fleet_,          state.snapshot};
  return definition->when.read(SlotInputs(slot, lookup));
}

TriggerEvidence Engine::evidence(std::string_view service, std::string_view trigger) const {
  const DecisionState& state = decisions_.find(service)->second;
  const Trigger* definition = state.decision->find_trigger(trigger);
  return make_evidence(*this, state, *definition);
}

}  // namespace revisitd::rules
