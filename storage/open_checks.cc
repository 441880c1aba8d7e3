#include "storage/open_checks.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "storage/lock_file.h"

namespace revisitd::storage {
namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderSize = 100;
constexpr std::size_t kPageSize = 4096;
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;

// A clean database of up to this size is walked at every start, in some 3 ms.
constexpr std::int64_t kAlwaysWalked = std::int64_t{4} << 20;
// Above this, slots are left out of the walk: 256 MiB take about a second.
constexpr std::int64_t kWalkedWhole = std::int64_t{256} << 20;

StoreError corrupt(const std::string& path, const std::string& what) {
  return {StoreTrouble::corrupt, path + ": " + what +
                                     "; restore a backup, or move it aside and begin an empty "
                                     "store with --storage.rebuild"};
}

std::int64_t size_of(const StorageDirectory& directory, const char* name) {
  const auto entry = directory.find(name);
  return entry ? entry->st_size : 0;
}

std::uint32_t big_endian(std::span<const unsigned char> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24 |
         static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8 | static_cast<std::uint32_t>(bytes[at + 3]);
}

// How many tables and indexes a schema makes; every statement that does begins a line.
std::int64_t objects_of(const std::string& schema) {
  constexpr std::string_view kBegin = "\nCREATE ";
  std::int64_t count = 0;
  for (auto at = schema.find(kBegin); at != std::string::npos; at = schema.find(kBegin, at + 1)) {
    ++count;
  }
  return count;
}

// Whether the database is what a power cut may leave of its first page: nothing but zeros.
bool is_blank(const StorageDirectory& directory) {
  const FileHandle handle = directory.open_file(StorageDirectory::kDatabase, O_RDONLY);
  std::array<char, kPageSize + 1> bytes{};
  const ssize_t size = ::pread(handle.get(), bytes.data(), bytes.size(), 0);
  return size <= static_cast<ssize_t>(kPageSize) &&
         std::ranges::all_of(bytes, [](char byte) { return byte == 0; });
}

// What the first page says by itself. It may be older than the log, but never of another program or
// of a newer schema than the log.
void check_header(const StorageDirectory& directory, std::span<const Migration> steps) {
  const std::string path = directory.file(StorageDirectory::kDatabase);
  const FileHandle handle = directory.open_file(StorageDirectory::kDatabase, O_RDONLY);
  std::array<unsigned char, kHeaderSize> header{};
  const ssize_t size = ::pread(handle.get(), header.data(), header.size(), 0);
  if (size < 0) {
    throw system_error(path, errno);
  }
  if (static_cast<std::size_t>(size) < kHeaderSize ||
      !std::equal(kMagic.begin(), kMagic.end(), header.begin(),
                  [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; })) {
    throw corrupt(path, "is not a database, or its header is damaged");
  }
  const std::uint32_t application = big_endian(header, kApplicationIdAt);
  if (application != 0 && application != kApplicationId) {
    throw StoreError(StoreTrouble::foreign,
                     path + ": is a database of another program; use another --storage.path");
  }
  const std::uint32_t version = big_endian(header, kUserVersionAt);
  if (application != 0 && version > static_cast<std::uint32_t>(steps.back().version)) {
    throw StoreError(StoreTrouble::newer, path + ": was written by a newer revisitd (schema " +
                                              std::to_string(version) + ", this one knows " +
                                              std::to_string(steps.back().version) +
                                              "); install that version, or restore a backup");
  }
}

// An empty database is a new one only where nothing says that there was another before.
void check_new(const StorageDirectory& directory, const std::optional<Mark>& mark) {
  const std::string path = directory.file(StorageDirectory::kDatabase);
  if (mark) {
    throw corrupt(path, "is missing or empty, though revisitd.mark says that there was a store");
  }
  if (size_of(directory, StorageDirectory::kLog) > 0) {
    throw corrupt(path, "is missing or empty, though its log revisitd.db-wal is there");
  }
}

std::string first_problem(Connection& connection, const std::string& pragma) {
  SQLite::Statement statement(connection.database(), "PRAGMA " + pragma);
  Use row(statement);
  const std::string answer = row.step() ? row.text(0) : "no answer";
  return answer == "ok" ? "" : answer;
}

}  // namespace

std::string checked_database(const StorageDirectory& directory, const std::optional<Mark>& mark,
                             std::span<const Migration> steps) {
  const bool rolling_back = size_of(directory, StorageDirectory::kJournal) > 0;
  if (size_of(directory, StorageDirectory::kDatabase) > 0 && !is_blank(directory)) {
    if (!rolling_back) {
      check_header(directory, steps);
    }
  } else {
    check_new(directory, mark);
    const FileHandle made =
        directory.open_file(StorageDirectory::kDatabase, O_RDWR | O_CREAT | O_TRUNC);
  }
  return directory.file(StorageDirectory::kDatabase);
}

// SQLite keeps the text of what made an object as it was written.
void check_schema(Connection& connection, std::span<const Migration> steps) {
  constexpr std::string_view kItsOwn = "CREATE TABLE sqlite_sequence(name,seq)";
  SQLite::Statement select(connection.database(),
                           "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  const std::string& whole = steps.back().whole;
  const bool current = connection.pragma("user_version") == steps.back().version;
  std::int64_t missing = objects_of(whole);
  Use row(select);
  while (row.step()) {
    const std::string made_by = row.text(2);
    const bool ours = std::ranges::any_of(steps, [&](const Migration& step) {
      return step.statements.find(made_by) != std::string::npos;
    });
    if (!ours && made_by != kItsOwn) {
      throw connection.damaged("its " + row.text(0) + " " + row.text(1) + " is none of ours");
    }
    missing -= whole.find(made_by) != std::string::npos ? 1 : 0;
  }
  if (current && missing > 0) {
    throw connection.damaged("its schema lacks tables or indexes");
  }
}

void check_mark(const Connection& connection, const Books& books, const std::optional<Mark>& mark) {
  if (!mark) {
    return;
  }
  const std::string cure =
      "; if you restored a backup on purpose, remove revisitd.mark and start again";
  if (mark->identity != books.identity) {
    throw corrupt(connection.path(), "or its log belongs to another store" + cure);
  }
  if (mark->broken) {
    throw corrupt(connection.path(), "was found damaged while it was in use" + cure);
  }
  if (mark->step > books.step) {
    throw corrupt(connection.path(),
                  "is older than it was: " + std::to_string(mark->step - books.step) +
                      " changes that had been committed are missing, so its log "
                      "revisitd.db-wal or the file was lost or replaced" +
                      cure);
  }
}

void check_structure(Connection& connection, const std::optional<Mark>& mark) {
  const std::int64_t size = connection.pragma("page_count") * connection.pragma("page_size");
  const bool clean = mark && mark->clean;
  if (clean && size > kAlwaysWalked) {
    return;
  }
  constexpr std::array<const char*, 9> kAllButSlots = {
      "quick_check('books')",      "quick_check('word')",   "quick_check('state')",
      "quick_check('state_kind')", "quick_check('trail')",  "quick_check('delivery')",
      "quick_check('grid')",       "quick_check('series')", "quick_check('slot_tail')"};
  std::string problem;
  if (size <= kWalkedWhole) {
    problem = first_problem(connection, "quick_check(1)");
  } else {
    for (const char* part : kAllButSlots) {
      problem += problem.empty() ? first_problem(connection, part) : "";
    }
  }
  if (!problem.empty()) {
    throw connection.damaged(problem);
  }
}

StoreError with_lock_holder(const StoreError& error, const std::string& path) {
  const int holder = error.trouble() == StoreTrouble::locked ? lock_holder(path) : 0;
  return holder == 0 ? error
                     : StoreError(StoreTrouble::locked, path + ": is in use by process " +
                                                            std::to_string(holder) +
                                                            "; stop it, then start again");
}

}  // namespace revisitd::storage
