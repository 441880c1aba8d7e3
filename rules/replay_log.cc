#include "rules/replay_log.h"

#include <algorithm>
#include <utility>

namespace revisitd::rules {
namespace {

bool before(const TriggerTrack& track, std::pair<std::string_view, std::string_view> name) {
  return std::pair<std::string_view, std::string_view>(track.service, track.trigger) < name;
}

}  // namespace

std::string_view short_event_name(EventType type) {
  const std::string_view name = event_type_name(type);
  return name.substr(name.find('.') + 1);
}

Share TripFigures::share() const { return slots == 0 ? Share{0, 1} : Share{tripped, slots}; }

Share TripFigures::blind_share() const { return slots == 0 ? Share{0, 1} : Share{blind, slots}; }

TripFigures trip_figures(const TriggerTrack& track) {
  TripFigures figures;
  figures.slots = static_cast<std::int64_t>(track.slots.size());
  bool standing = false;  // the latest of clear and tripped
  for (std::size_t i = 0; i < track.slots.size(); ++i) {
    const Verdict verdict = track.slots[i].verdict;
    if (verdict == Verdict::clear) standing = false;
    if (verdict == Verdict::blind) ++figures.blind;
    if (verdict != Verdict::tripped) continue;
    ++figures.tripped;
    if (!standing) {
      ++figures.trips;
      const std::int64_t index = track.first + static_cast<std::int64_t>(i);
      if (!figures.first) figures.first = slot_start(index + 1, track.length);
    }
    standing = true;
  }
  return figures;
}

void ReplayLog::step(const Engine& engine, const ReplayStep& step) {
  events_.insert(events_.end(), step.result.events.begin(), step.result.events.end());
  if (step.slot == nullptr) return;
  const Duration length = step.slot->length;
  const std::int64_t index = slot_index(step.slot->start, length);
  std::size_t position = 0;
  for (const auto& [service, state] : engine.decisions()) {
    for (const auto& [name, standing] : state.triggers) {
      TriggerTrack& track = track_of(position++, service, name);
      if (standing.length != length) continue;
      if (track.length != length) {
        track.length = length;
        track.slots.clear();
      }
      if (track.slots.empty()) track.first = index;
      const Verdict last = track.slots.empty() ? Verdict::blind : track.slots.back().verdict;
      const auto size = static_cast<std::size_t>(index - track.first);
      if (size > track.slots.size()) track.slots.resize(size, {SlotState::blind, last});
      track.slots.push_back({standing.ledger.at(index), standing.verdict});
    }
  }
}

// Nearly always the guess is right: the engine's triggers are in the same order.
TriggerTrack& ReplayLog::track_of(std::size_t guess, const std::string& service,
                                  const std::string& trigger) {
  if (guess < tracks_.size() && tracks_[guess].trigger == trigger &&
      tracks_[guess].service == service) {
    return tracks_[guess];
  }
  auto at =
      std::lower_bound(tracks_.begin(), tracks_.end(),
                       std::pair<std::string_view, std::string_view>(service, trigger), before);
  if (at == tracks_.end() || at->service != service || at->trigger != trigger) {
    at = tracks_.insert(at, {service, trigger, Duration{}, 0, {}});
  }
  return *at;
}

const TriggerTrack* ReplayLog::track(std::string_view service, std::string_view trigger) const {
  const auto at =
      std::lower_bound(tracks_.begin(), tracks_.end(), std::pair(service, trigger), before);
  const bool found = at != tracks_.end() && at->service == service && at->trigger == trigger;
  return found ? &*at : nullptr;
}

}  // namespace revisitd::rules
