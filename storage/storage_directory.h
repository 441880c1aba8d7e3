#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "storage/store.h"

// The directory that a store lives in, and the names in it.
namespace revisitd::storage {

// A file descriptor that closes itself. Move only.
class FileHandle {
 public:
  explicit FileHandle(int descriptor = -1) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(other.release()) {}
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  int release();

 private:
  int descriptor_;
};

// True for file systems whose locks, renames or syncs do not hold what a database needs: NFS, SMB,
// FUSE and their kin. `magic` is f_type of statfs(2).
bool is_remote_file_system(std::uint64_t magic);

// Nothing when a file or directory of this owner and mode, with this many links, can hold our data
// for the user `self`; else why not and what to do. A directory's links are not looked at.
std::optional<std::string> unsafe_reason(const struct stat& entry, uid_t self);

// An open, checked directory. Its path is resolved once, so later changes of links above it do not
// move the store.
class StorageDirectory {
 public:
  static constexpr const char* kDatabase = "revisitd.db";
  static constexpr const char* kLog = "revisitd.db-wal";
  static constexpr const char* kLogIndex = "revisitd.db-shm";
  static constexpr const char* kJournal = "revisitd.db-journal";
  static constexpr const char* kMark = "revisitd.mark";
  static constexpr const char* kLock = "revisitd.lock";

  // Creates the last part of the path, mode 0700, if it is missing. Throws StoreError `unsafe` or
  // `io`.
  explicit StorageDirectory(const std::string& path);

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] int descriptor() const { return handle_.get(); }

  // Throws `unsafe` unless each of our files that exists is a regular file of ours alone.
  void check_files() const;
  // Nothing where there is no such file. Links are not followed.
  [[nodiscard]] std::optional<struct stat> find(const std::string& name) const;
  // Opens or creates a file of ours with mode 0600; throws StoreError.
  [[nodiscard]] FileHandle open_file(const std::string& name, int flags) const;
  // Makes creations, renames and deletions in the directory durable.
  void sync() const;

 private:
  std::string path_;
  FileHandle handle_;
};

// "PATH: no space left on device", from errno. Full, quota and read-only file systems give `full`.
StoreError system_error(const std::string& path, int error);
bool means_full(int error);

}  // namespace revisitd::storage
