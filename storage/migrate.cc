#include "storage/migrate.h"

#include <unistd.h>

#include "storage/backup.h"
#include "storage/old_tail.h"

namespace revisitd::storage {
namespace {

bool has_tables(Connection& connection) {
  SQLite::Statement statement(connection.database(), "SELECT 1 FROM sqlite_schema LIMIT 1");
  return statement.executeStep();
}

// Page size and vacuum mode can only be chosen before the first page is written, which the latter
// does. There is nothing to go back to, so no journal is kept of it on the disk: a power cut leaves
// an empty database or a blank page.
void lay_out(Connection& connection) {
  connection.database().exec(
      "PRAGMA journal_mode=MEMORY; PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL;");
}

void take_steps(Connection& connection, std::span<const Migration> steps, int from) {
  for (const Migration& step : steps) {
    if (step.version > from) {
      connection.database().exec(step.statements);
    }
  }
}

std::string name_of_copy(int version) {
  return std::string(StorageDirectory::kDatabase) + ".v" + std::to_string(version);
}

void keep_copy(const StorageDirectory& directory, Connection& connection, int version) {
  const std::string name = name_of_copy(version);
  if (directory.find(name)) {
    // From an attempt that did not finish, or from before a downgrade; this one is newer.
    ::unlinkat(directory.descriptor(), name.c_str(), 0);
  }
  copy_database(connection, directory.file(name));
}

}  // namespace

int checked_version(Connection& connection, std::span<const Migration> steps) {
  const std::int64_t application = connection.pragma("application_id");
  const std::int64_t version = connection.pragma("user_version");
  if (application != kApplicationId && (application != 0 || has_tables(connection))) {
    throw StoreError(
        StoreTrouble::foreign,
        connection.path() + ": is a database of another program; use another --storage.path");
  }
  if (version > steps.back().version) {
    throw StoreError(StoreTrouble::newer, connection.path() +
                                              ": was written by a newer revisitd (schema " +
                                              std::to_string(version) + ", this one knows " +
                                              std::to_string(steps.back().version) +
                                              "); install that version, or restore a backup");
  }
  if (version < 0 || (version == 0 && has_tables(connection))) {
    throw connection.damaged("its schema has no version");
  }
  return static_cast<int>(version);
}

bool migrate(Connection& connection, const StorageDirectory& directory,
             std::span<const Migration> steps,
             const std::function<void(const Upgrade&)>& on_upgrade) {
  const int version = checked_version(connection, steps);
  if (version > 0 && version < steps.back().version && on_upgrade)
    on_upgrade({version, steps.back().version, directory.file(name_of_copy(version))});
  if (version == 0 && connection.pragma("application_id") == 0) {
    lay_out(connection);
  }
  connection.database().exec("PRAGMA journal_mode=WAL");
  if (version == steps.back().version) {
    return false;
  }
  if (version > 0) {
    keep_copy(directory, connection, version);
  }
  define_old_tail(connection);
  WriteStep change(connection, Durability::synced);
  // With the tables, for a transaction of its own costs four syncs.
  if (version == 0) {
    connection.database().exec("PRAGMA application_id=" + std::to_string(kApplicationId));
  }
  if (const std::string& whole = steps.back().whole; version == 0 && !whole.empty()) {
    connection.database().exec(whole);
  } else {
    take_steps(connection, steps, version);
  }
  connection.database().exec("PRAGMA user_version=" + std::to_string(steps.back().version));
  change.commit();
  return true;
}

}  // namespace revisitd::storage
