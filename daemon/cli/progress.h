#pragma once

#include <string>

namespace revisitd::daemon::cli {

// A bar on standard error while it is a terminal, and nothing otherwise. It is gone once the work
// is done.
class ProgressBar {
 public:
  ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  // `done` in [0, 1].
  void show(double done, const std::string& what);
  void clear();

 private:
  bool terminal_;
  std::string shown_;
};

}  // namespace revisitd::daemon::cli
