#pragma once

#include <atomic>
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

// What people wrote, as the run before read it last.
struct RememberedInputs {
  std::shared_ptr<const rules::Roster> roster;
  std::vector<collectors::LastReading> sources;  // of the roster
  RosterReadTimes roster_read;
  std::vector<storage::StateRow> records;  // as record_to_json() writes them

  // For the Inputs that follow; takes the records and the sources.
  Inputs::Before before();
  // Moves records that go by a relative path, as they did once, to the absolute one.
  storage::Batch moves() const;
};

// What the store remembers of the run before, as a start needs it.
struct Remembered {
  RememberedInputs inputs;
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

// The same while it comes from the store: what people wrote is there before the rest.
struct Remembering {
  std::atomic<bool> inputs_known = false;  // what is in `all.inputs` changes no more
  Remembered all;
};

// What records were read as. On the store's thread.
collectors::KeptReadings remember_readings(storage::Store& store);
// On the store's thread; `engine` is given the states of the decisions there, until one cannot be
// read. Throws what the store throws.
void remember(storage::Store& store, rules::Engine& engine, Remembering& into);

}  // namespace revisitd::daemon
