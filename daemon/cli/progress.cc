#include "daemon/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace revisitd::daemon::cli {
namespace {

constexpr int kColumns = 30;

}  // namespace

ProgressBar::ProgressBar() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressBar::show(double done, const std::string& what) {
  if (!terminal_) return;
  const double share = std::clamp(done, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(share * kColumns);
  std::string line = "[" + std::string(full, '#') + std::string(kColumns - full, ' ') + "] " +
                     std::to_string(static_cast<int>(share * 100)) + "% " + what.substr(0, 40);
  if (line == shown_) return;
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  shown_ = std::move(line);
}

void ProgressBar::clear() {
  if (shown_.empty()) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_.clear();
}

}  // namespace revisitd::daemon::cli
