#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/slot.h"
#include "rules/time.h"

// Where state, trail, outbox and slots are kept. The interface knows rows and times, not SQL; every
// call is synchronous and belongs to one thread, the one that opened the store.
namespace revisitd::storage {

// Why the store cannot do what was asked. The daemon turns each into its own behaviour.
enum class StoreTrouble {
  full,  // no space left, or not writable now: nothing was changed; keep running, retry, not ready
  io,    // read or write failed; what was committed is unknown after a failed commit: exit and
         // re-read
  locked,   // another process holds it
  corrupt,  // the file is damaged
  newer,    // written by a newer version
  foreign,  // somebody else's database
  unsafe,   // owner, mode, link or file system make it unsafe
  gone,     // the file was unlinked or replaced while open
};
const char* store_trouble_name(StoreTrouble trouble);

class StoreError : public std::runtime_error {
 public:
  StoreError(StoreTrouble trouble, const std::string& what)
      : std::runtime_error(what), trouble_(trouble) {}
  [[nodiscard]] StoreTrouble trouble() const { return trouble_; }

 private:
  StoreTrouble trouble_;
};

// A named piece of engine state: the latest value under (kind, key). Kinds: "decision", "course",
// "revisit", "record", "reading", "meta" and others; values are JSON texts, or bytes, whose schema
// belongs to their owner.
struct StateRow {
  std::string kind;
  std::string key;
  std::string value;
};

// One line of the append-only trail.
struct TrailRow {
  std::int64_t sequence = 0;  // assigned by commit, strictly increasing without gaps
  TimePoint at{};
  std::string type;                              // "revisit.opened", …
  std::string service, team, language, revisit;  // "" where it does not apply
  std::string by;
  std::string body;  // JSON object with everything
};

enum class DeliveryState { pending, delivered, dead };
std::string_view delivery_state_name(DeliveryState state);

// One notification to one receiver.
struct DeliveryRow {
  std::string id;  // idempotency key; the same on every attempt
  std::string receiver;
  std::string type;  // event type
  std::string service, revisit;
  std::string body;  // bytes to send, identical on every attempt
  DeliveryState state = DeliveryState::pending;
  int attempts = 0;
  TimePoint created{};
  TimePoint next_attempt{};
  std::optional<TimePoint> finished;
  std::string last_error;
};

// Everything one step changes; all of it or nothing of it. Erases come before puts.
struct Batch {
  std::vector<StateRow> puts;
  std::vector<std::pair<std::string, std::string>> erases;  // (kind, key)
  std::vector<TrailRow> trail;                              // sequence is ignored and assigned
  std::vector<DeliveryRow> deliveries;                      // inserted, or replaced by id
  [[nodiscard]] bool empty() const {
    return puts.empty() && erases.empty() && trail.empty() && deliveries.empty();
  }
};

struct SlotRow {
  std::string service;
  std::string signal;
  Duration length{};
  std::int64_t index = 0;  // slot_index
  rules::SlotValue value;
};

struct IndexedValue {
  std::int64_t index = 0;
  rules::SlotValue value;
  friend bool operator==(const IndexedValue&, const IndexedValue&) = default;
};

struct TrailQuery {
  std::string service, team, language, revisit, type;  // "" = any; type may end in ".*"
  std::optional<TimePoint> from, to;                   // [from, to)
  std::int64_t after_sequence = 0;                     // for paging upwards
  std::int64_t before_sequence = 0;                    // for paging downwards, 0 = from the newest
  std::size_t limit = 1000;
  bool newest_first = false;
};

struct DeliveryQuery {
  std::optional<DeliveryState> state;
  std::string receiver;  // "" = any
  std::size_t limit = 1000;
  bool newest_first = false;  // otherwise in the order in which they were first committed
};

struct StoreStats {
  std::int64_t database_bytes = 0, wal_bytes = 0, trail_rows = 0, pending = 0, dead = 0,
               slot_chunks = 0;
  std::int64_t step = 0;  // changes ever committed to this store, strictly increasing
};

struct Retention {
  // How long slots are kept, at least: give the longest window or more. A slot may outlive it a
  // little. 0 = for ever.
  Duration slots{};
  // How long delivered deliveries are kept; pending and dead ones always stay. 0 = for ever.
  Duration deliveries{};
  // 0 = no limit. Over it the oldest slots go first; state, trail and outbox always stay.
  std::int64_t max_bytes = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // All rows of the kind, sorted by key.
  virtual std::vector<StateRow> load(std::string_view kind) = 0;
  // Durable when it returns. Throws StoreError; on `full` nothing was changed. Returns the last
  // trail sequence.
  virtual std::int64_t commit(const Batch& batch) = 0;

  // Slots may lose the last minute at power loss, never at a crash. A slot that is there already is
  // replaced. A value that is not a number is not stored: its slot stays a hole. Slots of one round
  // are cheapest; hand over older slots in long runs per series, not one at a time. Lengths under
  // 10 ms are refused (std::invalid_argument).
  virtual void append_slots(const std::vector<SlotRow>& slots) = 0;
  // Values of slots with first <= index < last, ascending.
  virtual std::vector<IndexedValue> read_slots(std::string_view service, std::string_view signal,
                                               Duration length, std::int64_t first,
                                               std::int64_t last) = 0;
  // Signals and lengths that have any slots for the service.
  virtual std::vector<std::pair<std::string, Duration>> slot_series(std::string_view service) = 0;

  // Ascending by sequence, or descending with newest_first.
  virtual std::vector<TrailRow> trail(const TrailQuery& query) = 0;
  virtual std::vector<DeliveryRow> deliveries(const DeliveryQuery& query) = 0;

  virtual StoreStats stats() = 0;
  // Deletes what is past its time. A clock that jumped ahead deletes nothing: ages count back from
  // the newest slot stored, or from `now` if that is earlier.
  virtual void enforce(const Retention& retention, TimePoint now) = 0;
  // Copies the whole store, consistently, to a new file readable by its owner alone; fails if it
  // exists, and leaves nothing behind when it fails. To restore, put the copy as revisitd.db into
  // an empty storage directory.
  virtual void backup(const std::string& path) = 0;
  // Throws `gone` when the file under the open handle is not the one at its path any more.
  virtual void verify_in_place() = 0;
  // Bounded clean-up of the log; called now and then when idle.
  virtual void checkpoint() = 0;
};

// A database of an older version that is moved up to this one's.
struct Upgrade {
  int from = 0, to = 0;  // versions of the schema
  std::string copy;      // path of the copy that is kept of it as it was
};

struct StoreOptions {
  std::string directory;  // created 0700 if missing; the database is revisitd.db in it
  Duration lock_wait = std::chrono::seconds(5);
  // Told before anything of it is done. What it throws comes out of open_store, with the database
  // left as it was.
  std::function<void(const Upgrade&)> on_upgrade = {};
};

// Opens or creates, checks ownership, version and integrity, and migrates. Throws StoreError.
std::unique_ptr<Store> open_store(const StoreOptions& options);

// Moves a store's files aside, under names that say when, so that the next open_store starts an
// empty one: for a damaged store that nobody can mend. Returns the new path of the database. Throws
// `locked` while a process has it open, StoreError(io) when there is nothing to move.
std::string set_aside(const std::string& directory, TimePoint now);

}  // namespace revisitd::storage
