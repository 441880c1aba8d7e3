#pragma once

#include "storage/storage_directory.h"

namespace revisitd::storage {

// Keeps every other process of ours away from a storage directory for as long as it lives. The lock
// is on the open file, so the kernel drops it however the process ends; the file itself stays, and
// says whose lock it was.
class LockFile {
 public:
  // Waits up to `wait`, then throws `locked` with the holder's process id.
  LockFile(const StorageDirectory& directory, Duration wait);

 private:
  FileHandle handle_;
};

// The process that holds a lock on the file, other than this one; 0 where none is known. Opens and
// closes the file, and so must not be called while this process has it open with locks of its own.
int lock_holder(const std::string& path);

}  // namespace revisitd::storage
