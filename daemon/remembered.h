#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collectors/kept_reading.h"
#include "collectors/slot_collector.h"
#include "daemon/inputs.h"
#include "daemon/roster_json.h"
#include "rules/engine.h"
#include "storage/store.h"

namespace revisitd::daemon {

// What the store remembers of the run before, as a start needs it.
struct Remembered {
  Inputs::Before before;
  RosterReadTimes roster_read;
  std::string instance;                // "" where there was no run before
  std::optional<std::string> notices;  // as Notices writes them
  std::vector<std::string> progress;   // of slots, as SlotCollector saves it
  std::set<std::size_t> parts;         // the numbers of those that progress was kept in
  std::vector<storage::StateRow> backfill_works, backfill_lanes, past_left, past_series;
  std::vector<storage::DeliveryRow> pending;
  std::optional<TimePoint> newest;  // of the trail
  storage::StoreStats stats;

  // The first decision whose state cannot be read, and why.
  struct Unread {
    std::string service, why;
  };
  std::optional<Unread> unread;
};

// What records were read as. On the store's thread.
collectors::KeptReadings remember_readings(storage::Store& store);
// On the store's thread; `engine` is given the states of the decisions there, until one cannot be
// read. Throws what the store throws.
Remembered remember(storage::Store& store, rules::Engine& engine);

}  // namespace revisitd::daemon
