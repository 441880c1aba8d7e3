#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/books.h"
#include "storage/connection.h"
#include "storage/delivery_table.h"
#include "storage/lock_file.h"
#include "storage/mark_file.h"
#include "storage/schema.h"
#include "storage/slot_table.h"
#include "storage/state_table.h"
#include "storage/storage_directory.h"
#include "storage/store.h"
#include "storage/trail_table.h"
#include "storage/word_table.h"

namespace revisitd::storage {

// The store in one SQLite database. One connection, held exclusively and used from one thread. What
// commit() wrote is on the disk when it returns; slots are synced once those not yet synced cover a
// minute. The directory holds, beside the database and its log, a lock file and a mark
// (mark_file.h).
class SqliteStore : public Store {
 public:
  // `steps` is migrations() but in tests.
  SqliteStore(const StoreOptions& options, std::span<const Migration> steps);
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;
  ~SqliteStore() override;

  std::vector<StateRow> load(std::string_view kind) override;
  std::int64_t commit(const Batch& batch) override;
  void append_slots(const std::vector<SlotRow>& slots) override;
  std::vector<IndexedValue> read_slots(std::string_view service, std::string_view signal,
                                       Duration length, std::int64_t first,
                                       std::int64_t last) override;
  std::vector<std::pair<std::string, Duration>> slot_series(std::string_view service) override;
  std::vector<TrailRow> trail(const TrailQuery& query) override;
  std::vector<DeliveryRow> deliveries(const DeliveryQuery& query) override;
  StoreStats stats() override;
  void enforce(const Retention& retention, TimePoint now) override;
  void backup(const std::string& path) override;
  void verify_in_place() override;
  void checkpoint() override;

 private:
  // The tables' statements; made once the schema is known to be there, gone before the connection.
  struct Tables {
    explicit Tables(Connection& connection)
        : books(connection),
          words(connection),
          state(connection),
          trail(connection, words),
          deliveries(connection),
          slots(connection, words) {}
    BooksTable books;
    WordTable words;
    StateTable state;
    TrailTable trail;
    DeliveryTable deliveries;
    SlotTable slots;
  };
  struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
  };

  // Checks, migrates and reads the books.
  void prepare(const std::optional<Mark>& found, std::span<const Migration> steps,
               const std::function<void(const Upgrade&)>& on_upgrade);
  // Runs `work` as one change: all of it and the books, or nothing.
  void change(Durability durability, const std::function<void()>& work);
  // Makes the mark of a store that has none yet; never fails, as a mark is only a witness.
  void mark(const std::function<void(MarkFile&)>& work);
  // All changes so far are on the disk.
  void note_synced();
  Durability durability_for(std::span<const SlotRow> slots);
  void erase_slots(TimePoint before);
  void forget_deliveries(TimePoint before);
  void shrink_to(std::int64_t bytes);
  std::int64_t used_bytes();
  [[nodiscard]] std::optional<FileId> file_id(const char* name) const;

  StorageDirectory directory_;
  LockFile lock_;
  Connection connection_;
  std::optional<Tables> tables_;
  Books books_;
  std::optional<MarkFile> mark_;
  std::optional<FileId> database_id_;
  std::optional<FileId> log_id_;
  std::optional<TimePoint> unsynced_from_;  // start of the earliest slot since the last sync
};

}  // namespace revisitd::storage
