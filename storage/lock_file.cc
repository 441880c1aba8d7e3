#include "storage/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <thread>

namespace revisitd::storage {
namespace {

constexpr Duration kPause{20};

std::string holder_text(int descriptor) {
  std::array<char, 24> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  int process = 0;
  if (size > 0) {
    std::from_chars(text.data(), text.data() + size, process);
  }
  return process > 0 ? "process " + std::to_string(process) : std::string("another process");
}

// flock(2) has no deadline of its own.
bool acquire(int descriptor, Duration wait) {
  for (Duration waited{};; waited += kPause) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      return true;
    }
    if ((errno != EWOULDBLOCK && errno != EINTR) || waited >= wait) {
      return false;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

LockFile::LockFile(const StorageDirectory& directory, Duration wait)
    : handle_(directory.open_file(StorageDirectory::kLock, O_RDWR | O_CREAT)) {
  if (!acquire(handle_.get(), wait)) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      throw system_error(directory.file(StorageDirectory::kLock), errno);
    }
    throw StoreError(StoreTrouble::locked, directory.file(StorageDirectory::kDatabase) +
                                               ": is in use by " + holder_text(handle_.get()) +
                                               "; stop it, or use another --storage.path");
  }
  // The number is for people; a disk too full to take it must not stop the daemon.
  const std::string text = std::to_string(::getpid()) + "\n";
  (void)!::pwrite(handle_.get(), text.data(), text.size(), 0);
  // Cutting a file short takes milliseconds; what is left of a longer number stands on its own
  // line.
  struct stat held{};
  const bool longer =
      ::fstat(handle_.get(), &held) == 0 && held.st_size > static_cast<off_t>(text.size());
  if (longer) (void)!::ftruncate(handle_.get(), static_cast<off_t>(text.size()));
}

int lock_holder(const std::string& path) {
  const FileHandle handle(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (!handle.is_open() || ::fcntl(handle.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) {
    return 0;
  }
  return lock.l_pid;
}

}  // namespace revisitd::storage
