#include "daemon/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace revisitd::daemon {
namespace {

// Positions in /proc/PID/stat after the name in parentheses, from proc(5), counted from `state` =
// 0.
constexpr std::size_t kUserTicks = 11, kSystemTicks = 12, kThreads = 17, kStartTicks = 19,
                      kVirtualBytes = 20, kResidentPages = 21;

std::string read_text(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split_fields(std::string_view text) {
  std::vector<std::string_view> fields;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(" \n");
    if (end != 0) fields.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return fields;
}

std::int64_t boot_seconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word) {
    std::int64_t seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

double count_open_fds() {
  double count = -1;  // the iteration's own descriptor is none of ours
  std::error_code error;
  for (std::filesystem::directory_iterator fd("/proc/self/fd", error), end; !error && fd != end;
       fd.increment(error)) {
    ++count;
  }
  return count < 0 ? 0 : count;
}

}  // namespace

std::optional<ProcessFigures> parse_process_stat(std::string_view stat, std::int64_t boot,
                                                 std::int64_t ticks_per_second,
                                                 std::int64_t page_bytes) {
  // The name may hold anything, blanks and parentheses too: it ends at the last one.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || ticks_per_second <= 0) return std::nullopt;
  const std::vector<std::string_view> fields = split_fields(stat.substr(name_end + 1));
  if (fields.size() <= kResidentPages) return std::nullopt;
  const auto user = number(fields[kUserTicks]), system = number(fields[kSystemTicks]),
             start = number(fields[kStartTicks]), size = number(fields[kVirtualBytes]),
             pages = number(fields[kResidentPages]), threads = number(fields[kThreads]);
  if (!user || !system || !start || !size || !pages || !threads) return std::nullopt;
  const auto ticks = static_cast<double>(ticks_per_second);
  ProcessFigures figures;
  figures.cpu_seconds = (*user + *system) / ticks;
  figures.start_seconds = static_cast<double>(boot) + *start / ticks;
  figures.virtual_bytes = *size;
  figures.threads = *threads;
  figures.resident_bytes = *pages * static_cast<double>(page_bytes);
  return figures;
}

std::optional<ProcessFigures> read_process_figures() {
  auto figures = parse_process_stat(read_text("/proc/self/stat"), boot_seconds(),
                                    sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE));
  if (!figures) return std::nullopt;
  figures->open_fds = count_open_fds();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures->max_fds = static_cast<double>(limit.rlim_cur);
  return figures;
}

}  // namespace revisitd::daemon
