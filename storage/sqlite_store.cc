#include "storage/sqlite_store.h"

#include <algorithm>

#include "storage/backup.h"
#include "storage/migrate.h"
#include "storage/open_checks.h"
#include "storage/slot_layout.h"

namespace revisitd::storage {
namespace {

// Slots not yet synced may cover less than this.
constexpr Duration kMostUnsynced = std::chrono::minutes(1);
// A change of slots is cut into pieces, so that the log stays some megabytes.
constexpr std::size_t kSlotsAtOnce = 20000;

std::string checked_path(const StorageDirectory& directory, std::span<const Migration> steps) {
  return checked_database(directory, MarkFile::read(directory), steps);
}

const StorageDirectory& checked_files(const StorageDirectory& directory) {
  directory.check_files();
  return directory;
}

Connection opened(const std::string& path, Duration lock_wait) {
  try {
    return {path, lock_wait};
  } catch (const StoreError& error) {
    throw with_lock_holder(error, path);
  }
}

}  // namespace

SqliteStore::SqliteStore(const StoreOptions& options, std::span<const Migration> steps)
    : directory_(options.directory),
      lock_(checked_files(directory_), options.lock_wait),
      connection_(opened(checked_path(directory_, steps), options.lock_wait)) {
  const std::optional<Mark> found = MarkFile::read(directory_);
  try {
    connection_.guarded([&] { prepare(found, steps, options.on_upgrade); });
  } catch (const StoreError& error) {
    throw with_lock_holder(error, connection_.path());
  }
  // What the log holds may not be on the disk yet, so the mark does not move on before a commit; a
  // store that is new has nothing to be marked before that.
  if (found) mark_.emplace(directory_, Mark{books_.identity, found->step, false});
  connection_.on_damage([this] { mark([](MarkFile& file) { file.condemn(); }); });
  database_id_ = file_id(StorageDirectory::kDatabase);
  log_id_ = file_id(StorageDirectory::kLog);
}

void SqliteStore::prepare(const std::optional<Mark>& found, std::span<const Migration> steps,
                          const std::function<void(const Upgrade&)>& on_upgrade) {
  if (checked_version(connection_, steps) > 0) {
    check_schema(connection_, steps);
    check_mark(connection_, BooksTable(connection_).load(), found);
    check_structure(connection_, found);
  } else if (found) {
    throw connection_.damaged("it is empty, though revisitd.mark says that there was a store");
  }
  connection_.allow_writes();
  migrate(connection_, directory_, steps, on_upgrade);
  tables_.emplace(connection_);
  books_ = tables_->books.load();
}

SqliteStore::~SqliteStore() {
  try {
    checkpoint();
    mark([this](MarkFile& file) { file.write({books_.identity, books_.step, true}); });
  } catch (const StoreError&) {
    // The next start finds a log to recover from and no word of a good end.
  }
}

void SqliteStore::change(Durability durability, const std::function<void()>& work) {
  connection_.guarded([&] {
    const Books before = books_;
    try {
      WriteStep step(connection_, durability);
      work();
      ++books_.step;
      tables_->books.save(books_);
      step.commit();
    } catch (...) {
      books_ = before;
      tables_->words.forget_cached();
      tables_->slots.forget_cached();
      throw;
    }
  });
  if (durability == Durability::synced) {
    note_synced();
  }
}

void SqliteStore::note_synced() {
  unsynced_from_.reset();
  mark([this](MarkFile& file) { file.write({books_.identity, books_.step, false}); });
}

void SqliteStore::mark(const std::function<void(MarkFile&)>& work) {
  try {
    if (!mark_) mark_.emplace(directory_, Mark{books_.identity, 0, false});
    work(*mark_);
  } catch (const StoreError&) {
    // Where it cannot be made it is tried again: what was committed is none the worse for it.
  }
}

std::vector<StateRow> SqliteStore::load(std::string_view kind) {
  return connection_.guarded([&] { return tables_->state.load(std::string(kind)); });
}

std::int64_t SqliteStore::commit(const Batch& batch) {
  if (!batch.empty()) {
    change(Durability::synced, [&] {
      tables_->state.change(batch);
      for (const TrailRow& row : batch.trail) {
        tables_->trail.append(++books_.trail_last, row);
      }
      for (const DeliveryRow& row : batch.deliveries) {
        tables_->deliveries.put(row, books_);
      }
    });
  }
  return books_.trail_last;
}

Durability SqliteStore::durability_for(std::span<const SlotRow> slots) {
  TimePoint end = TimePoint::min();
  for (const SlotRow& slot : slots) {
    const TimePoint start = slot_start(slot.index, slot.length);
    unsynced_from_ = unsynced_from_ ? std::min(*unsynced_from_, start) : start;
    end = std::max(end, start + slot.length);
  }
  return end - *unsynced_from_ >= kMostUnsynced ? Durability::synced : Durability::buffered;
}

void SqliteStore::append_slots(const std::vector<SlotRow>& slots) {
  std::ranges::for_each(slots, check_slot);
  for (std::span<const SlotRow> rest(slots); !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kSlotsAtOnce));
    change(durability_for(some), [&] { tables_->slots.append(some, books_); });
    rest = rest.subspan(some.size());
  }
}

std::vector<IndexedValue> SqliteStore::read_slots(std::string_view service, std::string_view signal,
                                                  Duration length, std::int64_t first,
                                                  std::int64_t last) {
  return connection_.guarded([&] {
    return tables_->slots.read(std::string(service), std::string(signal), length, first, last);
  });
}

std::vector<std::pair<std::string, Duration>> SqliteStore::slot_series(std::string_view service) {
  return connection_.guarded([&] { return tables_->slots.of_service(std::string(service)); });
}

std::vector<TrailRow> SqliteStore::trail(const TrailQuery& query) {
  return connection_.guarded([&] { return tables_->trail.find(query); });
}

std::vector<DeliveryRow> SqliteStore::deliveries(const DeliveryQuery& query) {
  return connection_.guarded([&] { return tables_->deliveries.find(query, books_); });
}

StoreStats SqliteStore::stats() {
  return connection_.guarded([&] {
    const auto log = directory_.find(StorageDirectory::kLog);
    StoreStats stats;
    stats.database_bytes = connection_.pragma("page_count") * connection_.pragma("page_size");
    stats.wal_bytes = log ? log->st_size : 0;
    stats.trail_rows = books_.trail_last;
    stats.pending = books_.pending;
    stats.dead = books_.dead;
    stats.slot_chunks = books_.chunks;
    stats.step = books_.step;
    return stats;
  });
}

void SqliteStore::backup(const std::string& path) {
  connection_.check_usable();
  copy_database(connection_, path);
}

std::optional<SqliteStore::FileId> SqliteStore::file_id(const char* name) const {
  const auto entry = directory_.find(name);
  return entry ? std::optional(FileId{entry->st_dev, entry->st_ino}) : std::nullopt;
}

void SqliteStore::verify_in_place() {
  connection_.check_usable();
  if (file_id(StorageDirectory::kDatabase) != database_id_ ||
      (log_id_ && file_id(StorageDirectory::kLog) != log_id_)) {
    connection_.give_up();
    throw StoreError(StoreTrouble::gone,
                     connection_.path() + ": was removed or replaced while in use");
  }
}

void SqliteStore::checkpoint() {
  connection_.guarded([&] { connection_.database().exec("PRAGMA wal_checkpoint(TRUNCATE)"); });
  note_synced();
}

std::unique_ptr<Store> open_store(const StoreOptions& options) {
  return std::make_unique<SqliteStore>(options, migrations());
}

}  // namespace revisitd::storage
