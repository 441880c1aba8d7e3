#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "storage/lock_file.h"
#include "storage/storage_directory.h"

namespace revisitd::storage {
namespace {

// "20260504T100000Z": no colons, which some tools take for a host name.
std::string stamp(TimePoint now) {
  std::string text = format_time(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string free_name(const StorageDirectory& directory, const std::string& wanted) {
  std::string name = wanted;
  for (int again = 2; directory.find(name) || directory.find(name + ".mark"); ++again) {
    name = wanted + "-" + std::to_string(again);
  }
  return name;
}

bool move(const StorageDirectory& directory, const std::string& from, const std::string& to) {
  if (::renameat2(directory.descriptor(), from.c_str(), directory.descriptor(), to.c_str(),
                  RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != ENOENT) {
    throw system_error(directory.file(from), errno);
  }
  return false;
}

}  // namespace

std::string set_aside(const std::string& path, TimePoint now) {
  const StorageDirectory directory(path);
  const LockFile lock(directory, Duration::zero());
  const std::string name =
      free_name(directory, std::string(StorageDirectory::kDatabase) + ".corrupt-" + stamp(now));
  // The mark goes last: until then a start in between is refused instead of beginning anew.
  const std::array<std::pair<const char*, std::string>, 5> files = {{
      {StorageDirectory::kDatabase, name},
      {StorageDirectory::kLog, name + "-wal"},
      {StorageDirectory::kLogIndex, name + "-shm"},
      {StorageDirectory::kJournal, name + "-journal"},
      {StorageDirectory::kMark, name + ".mark"},
  }};
  bool moved = false;
  for (const auto& [from, to] : files) {
    moved = move(directory, from, to) || moved;
  }
  if (!moved) {
    throw StoreError(StoreTrouble::io, path + ": holds no store that could be moved aside");
  }
  directory.sync();
  return directory.file(name);
}

}  // namespace revisitd::storage
