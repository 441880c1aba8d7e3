#include "tests/unit/storage/faulty_files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace revisitd::storage {

// What SQLite holds as an open file; the real one lies behind it in the same memory.
struct FaultyFile {
  sqlite3_file base;
  FaultyFiles* files;
  FaultyFiles::Disk* disk;  // null for files without a name

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static FaultyFile* of(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file); }

  static int close(sqlite3_file* file) {
    sqlite3_file* const real = of(file)->real();
    return real->pMethods == nullptr ? SQLITE_OK : real->pMethods->xClose(real);
  }
  static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return of(file)->real()->pMethods->xRead(of(file)->real(), to, size, at);
  }
  static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    FaultyFile& self = *of(file);
    if (self.files->strikes(true)) {
      return self.files->fault_ == Fault::no_space ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    if (self.disk != nullptr) {
      self.disk->later.push_back(
          {at, {static_cast<const char*>(from), static_cast<std::size_t>(size)}, false});
    }
    return self.real()->pMethods->xWrite(self.real(), from, size, at);
  }
  static int cut(sqlite3_file* file, sqlite3_int64 size) {
    FaultyFile& self = *of(file);
    if (self.files->strikes(false)) return SQLITE_IOERR_TRUNCATE;
    if (self.disk != nullptr) self.disk->later.push_back({size, "", true});
    return self.real()->pMethods->xTruncate(self.real(), size);
  }
  static int sync(sqlite3_file* file, int flags) {
    FaultyFile& self = *of(file);
    if (self.files->strikes(false)) return SQLITE_IOERR_FSYNC;
    if (self.disk != nullptr) {
      for (const auto& change : self.disk->later) FaultyFiles::apply(self.disk->synced, change);
      self.disk->later.clear();
    }
    // The disk itself is not what is tested, and waiting for it would take the longest.
    static_cast<void>(flags);
    return SQLITE_OK;
  }
  static int size(sqlite3_file* file, sqlite3_int64* out) {
    return of(file)->real()->pMethods->xFileSize(of(file)->real(), out);
  }
  static int lock(sqlite3_file* file, int level) {
    return of(file)->real()->pMethods->xLock(of(file)->real(), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    return of(file)->real()->pMethods->xUnlock(of(file)->real(), level);
  }
  static int reserved(sqlite3_file* file, int* out) {
    return of(file)->real()->pMethods->xCheckReservedLock(of(file)->real(), out);
  }
  static int control(sqlite3_file* file, int op, void* argument) {
    return of(file)->real()->pMethods->xFileControl(of(file)->real(), op, argument);
  }
  static int sector(sqlite3_file* file) {
    return of(file)->real()->pMethods->xSectorSize(of(file)->real());
  }
  static int traits(sqlite3_file* file) {
    return of(file)->real()->pMethods->xDeviceCharacteristics(of(file)->real());
  }

  // Version 1: no shared memory, which an exclusive connection does without.
  static constexpr sqlite3_io_methods kMethods = {
      1,       close,  read,   write,   cut,     sync,    size,    lock,    unlock, reserved,
      control, sector, traits, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
};

namespace {

constexpr std::size_t kSector = 512;

FaultyFiles* current = nullptr;

}  // namespace

FaultyFiles::FaultyFiles() : real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *real_;
  vfs_.zName = "faulty";
  vfs_.pNext = nullptr;
  vfs_.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real_->szOsFile;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  current = this;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultyFiles::~FaultyFiles() {
  sqlite3_vfs_unregister(&vfs_);
  current = nullptr;
  sqlite3_vfs_register(real_, 1);
}

void FaultyFiles::fail_at(int nth, Fault fault, bool sticky) {
  nth_ = nth;
  fault_ = fault;
  sticky_ = sticky;
  operations_ = 0;
  struck_ = false;
}

bool FaultyFiles::strikes(bool needs_space) {
  ++operations_;
  const bool now = operations_ == nth_ || (sticky_ && operations_ > nth_);
  const bool harmless = (fault_ == Fault::no_space || fault_ == Fault::read_only) && !needs_space;
  if (fault_ == Fault::none || !now || harmless) return false;
  struck_ = true;
  if (fault_ == Fault::kill) ::raise(SIGKILL);
  errno = fault_ == Fault::no_space ? ENOSPC : fault_ == Fault::read_only ? EROFS : EIO;
  return true;
}

void FaultyFiles::apply(std::string& bytes, const Change& change) {
  const auto at = static_cast<std::size_t>(change.at);
  if (change.cut) {
    bytes.resize(at, '\0');
    return;
  }
  bytes.resize(std::max(bytes.size(), at + change.bytes.size()), '\0');
  bytes.replace(at, change.bytes.size(), change.bytes);
}

std::map<std::string, std::string> FaultyFiles::after_power_cut(const std::string& directory,
                                                                std::mt19937& random) const {
  std::map<std::string, std::string> left;
  for (const auto& [path, disk] : disks_) {
    if (!path.starts_with(directory + "/")) continue;
    std::string bytes = disk.synced;
    for (const Change& change : disk.later) {
      if (random() % 2 == 0) continue;
      if (change.cut || random() % 3 != 0) {
        apply(bytes, change);
        continue;
      }
      for (std::size_t at = 0; at < change.bytes.size(); at += kSector) {
        if (random() % 2 == 0) continue;
        apply(bytes,
              {change.at + static_cast<std::int64_t>(at), change.bytes.substr(at, kSector), false});
      }
    }
    left[path.substr(directory.size() + 1)] = bytes;
  }
  return left;
}

int FaultyFiles::open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  FaultyFiles& files = *current;
  FaultyFile* const opened = FaultyFile::of(file);
  opened->base.pMethods = nullptr;
  opened->files = &files;
  opened->disk = nullptr;
  opened->real()->pMethods = nullptr;
  int exists = 1;
  if (name != nullptr) files.real_->xAccess(files.real_, name, SQLITE_ACCESS_EXISTS, &exists);
  if ((flags & SQLITE_OPEN_CREATE) != 0 && exists == 0 && files.strikes(true)) {
    return SQLITE_CANTOPEN;
  }
  const int code = files.real_->xOpen(files.real_, name, opened->real(), flags, out);
  if (code == SQLITE_OK) {
    opened->base.pMethods = &FaultyFile::kMethods;
    if (name != nullptr) opened->disk = &files.disks_[name];
  }
  return code;
}

int FaultyFiles::remove(sqlite3_vfs*, const char* name, int sync) {
  FaultyFiles& files = *current;
  if (files.strikes(false)) return SQLITE_IOERR_DELETE;
  files.disks_.erase(name);
  return files.real_->xDelete(files.real_, name, sync);
}

}  // namespace revisitd::storage
