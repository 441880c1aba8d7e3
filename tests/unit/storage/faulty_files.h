#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

// Files under SQLite that fail when they are told to, and that remember what a power cut would have
// left of them.
namespace revisitd::storage {

enum class Fault {
  none,
  no_space,   // writes and new files: ENOSPC
  read_only,  // the same: EROFS
  io_error,   // writes, cuts and syncs: EIO
  kill,       // the process, just before
};

// SQLite's way to files for as long as this lives. One at a time, made before the first file whose
// power cut is looked at.
class FaultyFiles {
 public:
  FaultyFiles();
  FaultyFiles(const FaultyFiles&) = delete;
  FaultyFiles& operator=(const FaultyFiles&) = delete;
  ~FaultyFiles();

  // The `nth` operation from now on that changes a file fails, counted from 1; with `sticky` all
  // after it, too.
  void fail_at(int nth, Fault fault, bool sticky = false);
  void heal() { fail_at(0, Fault::none); }
  // Operations since the last fail_at().
  [[nodiscard]] int operations() const { return operations_; }
  // Whether the fault has struck.
  [[nodiscard]] bool struck() const { return struck_; }

  // What the files of a directory, by name, hold when the power goes now: all that was synced; of
  // each later write nothing, some sectors or all of it, whatever the order.
  std::map<std::string, std::string> after_power_cut(const std::string& directory,
                                                     std::mt19937& random) const;

 private:
  friend struct FaultyFile;
  struct Change {
    std::int64_t at = 0;
    std::string bytes;
    bool cut = false;  // the file ends at `at`
  };
  struct Disk {
    std::string synced;
    std::vector<Change> later;
  };

  // Whether the operation fails.
  bool strikes(bool needs_space);
  static void apply(std::string& bytes, const Change& change);

  static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out);
  static int remove(sqlite3_vfs* self, const char* name, int sync);

  sqlite3_vfs vfs_{};
  sqlite3_vfs* real_ = nullptr;
  std::map<std::string, Disk> disks_;
  Fault fault_ = Fault::none;
  bool sticky_ = false, struck_ = false;
  int nth_ = 0, operations_ = 0;
};

}  // namespace revisitd::storage
