#include "storage/storage_directory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

namespace revisitd::storage {
namespace {

// Not in <linux/magic.h> of every kernel's headers.
constexpr std::uint64_t kCifs = 0xFF534D42;
constexpr std::uint64_t kSmb2 = 0xFE534D42;
constexpr std::uint64_t kFuse = 0x65735546;
constexpr std::uint64_t kCeph = 0x00C36400;

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) {
    throw system_error(path, errno);
  }
  return real.get();
}

// systemd's DynamicUser= makes the state directory a link of root's; anybody else's link could be
// pointed elsewhere under us.
void check_link(const std::string& path) {
  struct stat entry{};
  if (::lstat(path.c_str(), &entry) == 0 && S_ISLNK(entry.st_mode) && entry.st_uid != 0 &&
      entry.st_uid != ::geteuid()) {
    throw StoreError(StoreTrouble::unsafe,
                     path + ": is a symbolic link of another user; name the directory itself");
  }
}

}  // namespace

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileHandle::~FileHandle() {
  if (is_open()) {
    ::close(descriptor_);
  }
}

int FileHandle::release() { return std::exchange(descriptor_, -1); }

bool is_remote_file_system(std::uint64_t magic) {
  constexpr std::array<std::uint64_t, 10> kRemote = {
      NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,  kCifs,          kSmb2, kFuse, kCeph, V9FS_MAGIC,
      AFS_SUPER_MAGIC, CODA_SUPER_MAGIC, NCP_SUPER_MAGIC};
  return std::ranges::find(kRemote, magic & 0xFFFFFFFF) != kRemote.end();
}

std::optional<std::string> unsafe_reason(const struct stat& entry, uid_t self) {
  if (S_ISLNK(entry.st_mode)) {
    return "is a symbolic link; put the file itself here";
  }
  if (!S_ISREG(entry.st_mode) && !S_ISDIR(entry.st_mode)) {
    return "is not a regular file; remove it";
  }
  if (entry.st_uid != self) {
    return "belongs to user " + std::to_string(entry.st_uid) + ", not to " + std::to_string(self) +
           "; chown it, or use a directory of its own inside it";
  }
  if ((entry.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return "can be written by other users; chmod go-w it, or use a directory of its own inside it";
  }
  if (S_ISREG(entry.st_mode) && entry.st_nlink > 1) {
    return "has another hard link; remove the other name, or copy the file here";
  }
  return std::nullopt;
}

StorageDirectory::StorageDirectory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    throw system_error(path, errno);
  }
  check_link(path);
  path_ = resolved(path);
  handle_ = FileHandle(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat entry{};
  struct statfs system{};
  if (!handle_.is_open() || ::fstat(handle_.get(), &entry) != 0 ||
      ::fstatfs(handle_.get(), &system) != 0) {
    throw system_error(path, errno);
  }
  if (const auto reason = unsafe_reason(entry, ::geteuid())) {
    throw StoreError(StoreTrouble::unsafe, path + ": " + *reason);
  }
  if (is_remote_file_system(static_cast<std::uint64_t>(system.f_type))) {
    throw StoreError(StoreTrouble::unsafe, path +
                                               ": is on a network or FUSE file system, where locks "
                                               "and syncs do not hold; use a local disk");
  }
}

void StorageDirectory::check_files() const {
  for (const char* name : {kDatabase, kLog, kLogIndex, kJournal, kMark, kLock}) {
    const auto entry = find(name);
    if (!entry) {
      continue;
    }
    if (S_ISDIR(entry->st_mode)) {
      throw StoreError(StoreTrouble::unsafe, file(name) + ": is a directory; remove it");
    }
    if (const auto reason = unsafe_reason(*entry, ::geteuid())) {
      throw StoreError(StoreTrouble::unsafe, file(name) + ": " + *reason);
    }
  }
}

std::optional<struct stat> StorageDirectory::find(const std::string& name) const {
  struct stat entry{};
  if (::fstatat(handle_.get(), name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) == 0) {
    return entry;
  }
  if (errno != ENOENT) {
    throw system_error(file(name), errno);
  }
  return std::nullopt;
}

FileHandle StorageDirectory::open_file(const std::string& name, int flags) const {
  FileHandle opened(
      ::openat(handle_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!opened.is_open()) {
    throw system_error(file(name), errno);
  }
  return opened;
}

void StorageDirectory::sync() const {
  if (::fsync(handle_.get()) != 0) {
    throw system_error(path_, errno);
  }
}

bool means_full(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EROFS;
}

StoreError system_error(const std::string& path, int error) {
  return {means_full(error) ? StoreTrouble::full : StoreTrouble::io,
          path + ": " + std::generic_category().message(error)};
}

}  // namespace revisitd::storage
