#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "rules/time.h"

namespace revisitd::collectors {

// How one scraped target, one Prometheus-compatible server or one way to find targets does.
struct TargetStatus {
  std::string kind;     // "scrape", "prometheus" or "discovery"
  std::string job;      // job_name, or the server's name
  std::string url;      // without credentials
  std::string service;  // "" for a server
  std::map<std::string, std::string> labels;
  std::string health = "unknown";  // "up", "down", "unknown"
  std::string last_error;          // "" when up
  std::optional<TimePoint> last_scrape;
  Duration last_duration{};
  std::size_t samples = 0;  // kept in the last scrape; services in the last answer; targets found
  Duration interval{};
};

}  // namespace revisitd::collectors
