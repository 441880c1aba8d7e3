#include "storage/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "storage/storage_directory.h"

namespace revisitd::storage {
namespace {

StoreError already_there(const std::string& path) {
  return {StoreTrouble::unsafe, path + ": exists already; name a new file"};
}

void sync_file(const std::string& path, int flags) {
  const FileHandle handle(::open(path.c_str(), flags | O_CLOEXEC));
  if (!handle.is_open() || ::fsync(handle.get()) != 0) {
    throw system_error(path, errno);
  }
}

// Removes a half-written copy unless it was put in its place.
class Draft {
 public:
  explicit Draft(std::string path) : path_(std::move(path)) {
    ::unlink(path_.c_str());
    const FileHandle made(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made.is_open()) {
      throw system_error(path_, errno);
    }
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    ::unlink(path_.c_str());
    ::unlink((path_ + "-journal").c_str());
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  void publish(const std::string& path) {
    sync_file(path_, O_RDONLY);
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
      throw errno == EEXIST ? already_there(path) : system_error(path, errno);
    }
    const std::string folder = std::filesystem::path(path).parent_path().string();
    sync_file(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  }

 private:
  std::string path_;
};

}  // namespace

void copy_database(Connection& connection, const std::string& path) {
  struct stat entry{};
  if (::lstat(path.c_str(), &entry) == 0) {
    throw already_there(path);
  }
  Draft draft(path + ".partial");
  connection.guarded([&] {
    SQLite::Statement copy(connection.database(), "VACUUM INTO ?");
    copy.bind(1, draft.path());
    copy.exec();
  });
  draft.publish(path);
}

}  // namespace revisitd::storage
