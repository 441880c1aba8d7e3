#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/replay.h"

namespace revisitd::rules {

// The event's name without its family: "opened", "verdict", "snooze-ended", "review-due".
std::string_view short_event_name(EventType type);

// What one trigger said, slot by slot.
struct TriggerTrack {
  struct Slot {
    SlotState state = SlotState::blind;
    Verdict verdict = Verdict::blind;  // once the slot was judged
  };
  std::string service, trigger;
  Duration length{};
  std::int64_t first = 0;  // index of the first slot judged
  std::vector<Slot>
      slots;  // from `first` on; one that was never judged is blind and keeps the verdict
};

// How often and how long a trigger was tripped. A verdict that is lost and found again is one trip:
// only a clear one ends it.
struct TripFigures {
  std::optional<TimePoint> first;  // end of the slot that tripped it
  int trips = 0;
  std::int64_t tripped = 0, blind = 0, slots = 0;  // slots with the verdict, and all of them

  // tripped / slots, 0 without slots.
  [[nodiscard]] Share share() const;
  // blind / slots, 0 without slots: for so long nothing could be said.
  [[nodiscard]] Share blind_share() const;
};
TripFigures trip_figures(const TriggerTrack& track);

// A sink that keeps everything: the events in order and a track per trigger, two bytes a slot.
class ReplayLog : public ReplaySink {
 public:
  void step(const Engine& engine, const ReplayStep& step) override;

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  // By service and trigger. A trigger that is given another slot length starts its track anew.
  [[nodiscard]] const std::vector<TriggerTrack>& tracks() const { return tracks_; }
  [[nodiscard]] const TriggerTrack* track(std::string_view service, std::string_view trigger) const;

 private:
  TriggerTrack& track_of(std::size_t guess, const std::string& service, const std::string& trigger);

  std::vector<Event> events_;
  std::vector<TriggerTrack> tracks_;  // sorted by service and trigger
};

}  // namespace revisitd::rules
