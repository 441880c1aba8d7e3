#include "rules/slot_inputs.h"

namespace revisitd::rules {
namespace {

std::optional<double> as_number(std::optional<int> count) {
  if (!count) return std::nullopt;
  return static_cast<double>(*count);
}

}  // namespace

SlotInputs::SlotInputs(const Slot& slot, const Lookup& lookup)
    : slot_(slot),
      lookup_(lookup),
      end_(slot_start(slot.index + 1, slot.length)),
      roster_(slot.rosters.at(end_)) {}

std::optional<SlotValue> SlotInputs::signal(std::string_view name) const {
  const SlotValue* value = lookup_(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

std::optional<SlotValue> SlotInputs::window(const WindowUse& use) const {
  const auto kept = slot_.history.find(slot_.decision.service);
  if (kept == slot_.history.end()) return std::nullopt;
  return kept->second.evaluate(use, slot_.length, slot_.index);
}

std::optional<double> SlotInputs::baseline(std::string_view signal) const {
  const auto input = slot_.decision.inputs.find(std::string(signal));
  if (input != slot_.decision.inputs.end()) return input->second.value;
  const auto then = slot_.snapshot.then(signal);
  if (!then) return std::nullopt;
  return then->value;
}

std::optional<double> SlotInputs::members() const {
  if (roster_ == nullptr) return std::nullopt;
  return as_number(roster_->members(slot_.decision.team, end_));
}

std::optional<double> SlotInputs::fluent(std::string_view language) const {
  if (roster_ == nullptr) return std::nullopt;
  return as_number(roster_->fluent(slot_.decision.team, language, end_));
}

std::optional<double> SlotInputs::shipped(std::string_view language) const {
  if (roster_ == nullptr) return std::nullopt;
  return as_number(roster_->shipped(slot_.decision.team, language, end_));
}

std::optional<double> SlotInputs::team_languages() const {
  const auto team = slot_.fleet.languages_by_team.find(slot_.decision.team);
  if (team == slot_.fleet.languages_by_team.end()) return std::nullopt;
  return static_cast<double>(team->second.size());
}

std::optional<double> SlotInputs::fleet_share(std::string_view language) const {
  if (slot_.fleet.services == 0) return std::nullopt;
  const auto found = slot_.fleet.services_by_language.find(language);
  const int services = found == slot_.fleet.services_by_language.end() ? 0 : found->second;
  return static_cast<double>(services) / slot_.fleet.services;
}

std::optional<double> SlotInputs::age() const { return to_seconds(end_ - slot_.decision.date); }

std::optional<double> SlotInputs::support_left() const {
  const auto ends = slot_.fleet.support_ends.find(slot_.decision.service);
  if (ends == slot_.fleet.support_ends.end()) return std::nullopt;
  return to_seconds(ends->second - end_);
}

}  // namespace revisitd::rules
