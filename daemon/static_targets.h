#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace revisitd::daemon {

// One group of `static_configs`.
struct StaticTargets {
  std::vector<std::string> targets;                         // host:port
  std::vector<std::pair<std::string, std::string>> labels;  // `service` says whom they belong to
};

// The configuration of a job and what looks for its targets hold the same; null is none.
using SharedStaticTargets = std::shared_ptr<const std::vector<StaticTargets>>;

}  // namespace revisitd::daemon
