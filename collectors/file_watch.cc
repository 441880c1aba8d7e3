#include "collectors/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace revisitd::collectors {
namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF |
                                IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

FileWatch::FileWatch() : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

FileWatch::~FileWatch() {
  if (fd_ >= 0) close(fd_);
}

void FileWatch::watch(const std::vector<std::string>& directories) {
  if (fd_ < 0) return;
  std::map<std::string, int> next;
  for (const std::string& directory : directories) {
    // Adding a watch again gives the same descriptor, and a new one once the directory was
    // replaced.
    const int descriptor = inotify_add_watch(fd_, directory.c_str(), kMask);
    if (descriptor >= 0) next[directory] = descriptor;
  }
  for (const auto& [directory, descriptor] : watches_) {
    const bool kept = std::any_of(next.begin(), next.end(),
                                  [&](const auto& entry) { return entry.second == descriptor; });
    if (!kept) inotify_rm_watch(fd_, descriptor);
  }
  watches_ = std::move(next);
}

bool FileWatch::drain() {
  if (fd_ < 0) return false;
  bool any = false;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t got = read(fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return any;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      // The end of a watch of ours is no news; the end of a directory comes as an event of its own.
      any |= (event.mask & IN_IGNORED) == 0;
      at += sizeof event + event.len;
    }
  }
}

}  // namespace revisitd::collectors
