#include "collectors/cgroup_page.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace revisitd::collectors {
namespace {

constexpr std::size_t kMostBytes = 64 * 1024;

// The kernel writes these files while they are read; one read gets all of one of them.
std::optional<std::string> slurp(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return std::nullopt;
  struct stat found{};
  std::string text;
  if (::fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
    text.resize(kMostBytes);
    std::size_t held = 0;
    for (ssize_t got = 0; held < kMostBytes; held += static_cast<std::size_t>(got)) {
      got = ::read(fd, text.data() + held, kMostBytes - held);
      if (got <= 0) break;
    }
    text.resize(held);
  }
  ::close(fd);
  return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "key value" a line.
std::map<std::string, std::uint64_t, std::less<>> pairs(std::string_view text) {
  std::map<std::string, std::uint64_t, std::less<>> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    if (const auto value = number(line.substr(blank + 1)))
      all.emplace(line.substr(0, blank), *value);
  }
  return all;
}

// Microseconds as seconds, exactly.
std::string seconds(std::uint64_t micros) {
  return std::to_string(micros / 1'000'000) + "." +
         std::to_string(1'000'000 + micros % 1'000'000).substr(1);
}

class Page {
 public:
  explicit Page(const std::string& directory) : directory_(directory) {}

  void add(std::string_view name, const std::string& value) {
    text_.append(name).append(" ").append(value).append("\n");
  }
  std::optional<std::string> file(const char* name) const { return slurp(directory_ + "/" + name); }
  std::optional<std::uint64_t> whole(const char* name) const {
    const auto text = file(name);
    return text ? number(*text) : std::nullopt;
  }
  void add_whole(std::string_view series, const char* name) {
    if (const auto value = whole(name)) add(series, std::to_string(*value));
  }

  void memory() {
    const auto current = whole("memory.current");
    const auto text = file("memory.stat");
    const auto stat = pairs(text ? *text : "");
    if (current) add("cgroup_memory_current_bytes", std::to_string(*current));
    const auto inactive = stat.find("inactive_file");
    if (current && inactive != stat.end()) {
      const std::uint64_t set = *current > inactive->second ? *current - inactive->second : 0;
      add("cgroup_memory_working_set_bytes", std::to_string(set));
    }
    add_whole("cgroup_memory_peak_bytes", "memory.peak");
    for (const auto& [key, series] :
         {std::pair{"anon", "cgroup_memory_anon_bytes"}, {"file", "cgroup_memory_file_bytes"}}) {
      const auto value = stat.find(std::string_view(key));
      if (value != stat.end()) add(series, std::to_string(value->second));
    }
    add_whole("cgroup_memory_swap_bytes", "memory.swap.current");
    add_whole("cgroup_memory_limit_bytes", "memory.max");
    const auto events_text = file("memory.events");
    const auto events = pairs(events_text ? *events_text : "");
    if (const auto kills = events.find("oom_kill"); kills != events.end())
      add("cgroup_memory_oom_kills_total", std::to_string(kills->second));
  }

  void cpu() {
    const auto text = file("cpu.stat");
    const auto stat = pairs(text ? *text : "");
    struct Line {
      std::string_view key, series;
      bool time;
    };
    static constexpr std::array kLines = {
        Line{"usage_usec", "cgroup_cpu_usage_seconds_total", true},
        Line{"user_usec", "cgroup_cpu_user_seconds_total", true},
        Line{"system_usec", "cgroup_cpu_system_seconds_total", true},
        Line{"nr_periods", "cgroup_cpu_periods_total", false},
        Line{"nr_throttled", "cgroup_cpu_throttled_periods_total", false},
        Line{"throttled_usec", "cgroup_cpu_throttled_seconds_total", true}};
    for (const Line& line : kLines) {
      const auto value = stat.find(line.key);
      if (value == stat.end()) continue;
      add(line.series, line.time ? seconds(value->second) : std::to_string(value->second));
    }
  }

  // "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234"
  void pressure() {
    for (const char* resource : {"cpu", "memory", "io"}) {
      const auto text = file((std::string(resource) + ".pressure").c_str());
      if (!text) continue;
      for (const std::string_view stalled : {"some", "full"}) {
        const std::size_t line = text->find(std::string(stalled) + " ");
        const std::size_t total = text->find("total=", line == std::string::npos ? 0 : line);
        if (line == std::string::npos || total == std::string::npos) continue;
        const std::size_t end = std::min(text->find('\n', total), text->size());
        const auto micros = number(std::string_view(*text).substr(total + 6, end - total - 6));
        if (!micros) continue;
        add("cgroup_pressure_seconds_total{resource=\"" + std::string(resource) + "\",stalled=\"" +
                std::string(stalled) + "\"}",
            seconds(*micros));
      }
    }
  }

  void pids() {
    add_whole("cgroup_pids", "pids.current");
    add_whole("cgroup_pids_limit", "pids.max");
  }

  std::string take() { return std::move(text_); }

 private:
  const std::string& directory_;
  std::string text_;
};

}  // namespace

Result<std::string> cgroup_page(const std::string& directory) {
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0) return Error{directory + ": no such control group"};
  if (::stat((directory + "/cgroup.controllers").c_str(), &found) != 0)
    return Error{directory + ": is no control group of version 2 (no cgroup.controllers)"};
  Page page(directory);
  page.memory();
  page.cpu();
  page.pressure();
  page.pids();
  return page.take();
}

}  // namespace revisitd::collectors
