#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// What the kernel says about this process, for the process_* metrics that every Prometheus client
// has.
namespace revisitd::daemon {

struct ProcessFigures {
  double cpu_seconds = 0;  // user and system
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double start_seconds = 0;  // Unix time
  double open_fds = 0;
  double max_fds = 0;
  double threads = 0;
};

// Reads /proc/self; nothing where it is hidden or strange.
std::optional<ProcessFigures> read_process_figures();

// The text of /proc/self/stat and the `btime` line's number of /proc/stat; fds are left at zero.
std::optional<ProcessFigures> parse_process_stat(std::string_view stat, std::int64_t boot_seconds,
                                                 std::int64_t ticks_per_second,
                                                 std::int64_t page_bytes);

}  // namespace revisitd::daemon
