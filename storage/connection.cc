#include "storage/connection.h"

#include <sqlite3.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <utility>

#include "storage/storage_directory.h"

namespace revisitd::storage {
namespace {

constexpr int kOpenFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;

// What a crafted file could make us do is bounded by what we do ourselves.
void restrict_features(sqlite3* handle) {
  constexpr std::array<std::pair<int, int>, 10> kSwitches = {{
      {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
  }};
  for (const auto& [option, on] : kSwitches) {
    sqlite3_db_config(handle, option, on, nullptr);
  }
  constexpr std::array<std::pair<int, int>, 10> kLimits = {{
      {SQLITE_LIMIT_LENGTH, 64 << 20},
      {SQLITE_LIMIT_SQL_LENGTH, 16 << 10},
      {SQLITE_LIMIT_COLUMN, 32},
      {SQLITE_LIMIT_EXPR_DEPTH, 50},
      {SQLITE_LIMIT_COMPOUND_SELECT, 4},
      {SQLITE_LIMIT_FUNCTION_ARG, 8},
      {SQLITE_LIMIT_ATTACHED, 1},  // a backup attaches its target
      {SQLITE_LIMIT_VARIABLE_NUMBER, 64},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  }};
  for (const auto& [limit, value] : kLimits) {
    sqlite3_limit(handle, limit, value);
  }
}

// The cache is small because the kernel keeps the file's pages anyway, where they count against
// nobody. secure_delete=FAST clears what it overwrites without writing pages for that alone.
constexpr const char* kSettings =
    "PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA cache_size=-512;"
    "PRAGMA mmap_size=0;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA secure_delete=FAST;"
    "PRAGMA journal_size_limit=4194304;"
    "PRAGMA wal_autocheckpoint=1000;";

StoreTrouble trouble_of(int extended, int system) {
  const bool before_commit_point = extended == SQLITE_IOERR_WRITE ||
                                   extended == SQLITE_IOERR_TRUNCATE ||
                                   (extended & 0xff) == SQLITE_CANTOPEN;
  if (before_commit_point && means_full(system)) {
    return StoreTrouble::full;
  }
  if (extended == SQLITE_READONLY_DBMOVED) {
    return StoreTrouble::gone;
  }
  switch (extended & 0xff) {
    case SQLITE_FULL:
    case SQLITE_READONLY:
      return StoreTrouble::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreTrouble::locked;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return StoreTrouble::io;
    default:
      // The statements are fixed and tested, so whatever else goes wrong is the file's doing.
      return StoreTrouble::corrupt;
  }
}

// A file that cannot be made is told with the errno of SQLite's second attempt, which only reads.
bool out_of_room(const std::string& path) {
  struct statvfs disk{};
  if (::statvfs(path.c_str(), &disk) != 0) return false;
  return disk.f_bavail == 0 || (disk.f_files > 0 && disk.f_favail == 0);
}

}  // namespace

Connection::Connection(std::string path, Duration lock_wait)
    : path_(std::move(path)), database_([&]() -> SQLite::Database {
        try {
          return {path_, kOpenFlags, static_cast<int>(lock_wait.count())};
        } catch (const SQLite::Exception& error) {
          throw StoreError(trouble_of(error.getExtendedErrorCode(), errno),
                           path_ + ": " + error.what());
        }
      }()) {
  restrict_features(database_.getHandle());
  guarded([&] { database_.exec(kSettings); });
  set_durability(Durability::synced);
}

void Connection::allow_writes() {
  sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

void Connection::give_up() {
  given_up_ = true;
  sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

std::int64_t Connection::pragma(const std::string& name) {
  SQLite::Statement statement(database_, "PRAGMA " + name);
  return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
}

void Connection::set_durability(Durability durability) {
  if (durability_ != durability) {
    durability_.reset();
    database_.exec(durability == Durability::synced ? "PRAGMA synchronous=FULL"
                                                    : "PRAGMA synchronous=NORMAL");
    durability_ = durability;
  }
}

StoreError Connection::trouble(const SQLite::Exception& error) const {
  return trouble(error, sqlite3_system_errno(database_.getHandle()));
}

StoreError Connection::trouble(const SQLite::Exception& error, int system) const {
  const int extended = error.getExtendedErrorCode();
  const StoreTrouble trouble = trouble_of(extended, system);
  if (trouble == StoreTrouble::corrupt) {
    return damaged(error.what());
  }
  if (trouble == StoreTrouble::io && (extended & 0xff) == SQLITE_CANTOPEN && out_of_room(path_)) {
    return {StoreTrouble::full, path_ + ": the disk is full (no space, or no room for a file)"};
  }
  return {trouble, path_ + ": " + error.what() + " (" + std::to_string(extended) + ")"};
}

StoreError Connection::damaged(const std::string& detail) const {
  if (on_damage_) {
    on_damage_();
  }
  return {StoreTrouble::corrupt,
          path_ + ": is damaged (" + detail +
              "); restore a backup, or move it aside and begin an empty store with "
              "--storage.rebuild"};
}

void Connection::check_usable() const {
  if (given_up_) {
    throw StoreError(StoreTrouble::io,
                     path_ + ": a commit failed and its outcome is unknown; open the store anew");
  }
}

WriteStep::WriteStep(Connection& connection, Durability durability) : connection_(connection) {
  connection_.set_durability(durability);
  connection_.database().exec("BEGIN IMMEDIATE");
}

WriteStep::~WriteStep() {
  if (open_) {
    // SQLite may have rolled back by itself already; then there is nothing to do.
    connection_.database().tryExec("ROLLBACK");
  }
}

void WriteStep::commit() {
  // A COMMIT that fails leaves the errno of some earlier failure in sqlite3_system_errno().
  errno = 0;
  try {
    connection_.database().exec("COMMIT");
    open_ = false;
  } catch (const SQLite::Exception& error) {
    const StoreError trouble = connection_.trouble(error, errno);
    if (trouble.trouble() == StoreTrouble::io) {
      connection_.give_up();
    }
    throw trouble;
  }
}

SQLite::Statement& Prepared::get() {
  return statement_ ? *statement_ : statement_.emplace(database_, text_);
}

Use& Use::bind(int index, const std::string& text) {
  statement_.bindNoCopy(index, text);
  return *this;
}

Use& Use::bind(int index, std::int64_t number) {
  statement_.bind(index, number);
  return *this;
}

Use& Use::bind_real(int index, double number) {
  statement_.bind(index, number);
  return *this;
}

Use& Use::bind_blob(int index, const std::string& bytes) {
  statement_.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
  return *this;
}

Use& Use::bind_null(int index) {
  statement_.bind(index);
  return *this;
}

void Use::run() {
  while (statement_.executeStep()) {
  }
}

// As bytes, for which SQLite needs no memory of its own: as text it would end them with a zero, and
// without memory give nothing and yet their size.
std::string Use::text(int column) const { return std::string(blob(column)); }

std::int64_t Use::number(int column) const { return statement_.getColumn(column).getInt64(); }

double Use::real(int column) const { return statement_.getColumn(column).getDouble(); }

bool Use::is_null(int column) const { return statement_.getColumn(column).isNull(); }

std::string_view Use::blob(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  const void* const bytes = value.getBlob();
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(value.getBytes())};
}

}  // namespace revisitd::storage
