#pragma once

#include <map>
#include <string>
#include <vector>

// Hints that files may have changed. Only hints: some file systems send none and a full queue drops
// them, so the truth is what a periodic look at the contents finds.
namespace revisitd::collectors {

// Owns one inotify descriptor and watches directories, not files: a file that is replaced, and a
// directory of a Kubernetes volume whose `..data` link is swapped, are changes of the directory.
// Not for use by two threads at once.
class FileWatch {
 public:
  FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  // To be awaited for reading; -1 where the system gives none, then polling alone has to do.
  [[nodiscard]] int fd() const { return fd_; }
  // Watches exactly these directories from now on; those that cannot be watched are left out.
  void watch(const std::vector<std::string>& directories);
  // Takes all hints that wait, without blocking; true when there was any, dropped ones included.
  bool drain();

 private:
  int fd_;
  std::map<std::string, int> watches_;  // directory -> watch descriptor
};

}  // namespace revisitd::collectors
