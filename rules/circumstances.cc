#include "rules/circumstances.h"

#include <algorithm>
#include <cstdlib>

namespace revisitd::rules {

bool VersionLog::see(std::int64_t index, std::string_view version) {
  if (version.empty() || version == current_) return false;
  if (!current_.empty()) {
    changes_.push_back({index, current_, std::string(version)});
    if (changes_.size() > kMostChanges) changes_.pop_front();
  }
  current_ = version;
  return true;
}

const VersionLog::Change* VersionLog::near(std::int64_t onset) const {
  const Change* nearest = nullptr;
  for (const Change& change : changes_) {
    const std::int64_t away = std::abs(change.index - onset);
    if (away > 1) continue;
    if (nearest == nullptr || away < std::abs(nearest->index - onset)) nearest = &change;
  }
  return nearest;
}

void RunningMean::add(double value, int horizon) {
  count = std::min(count + 1, horizon);
  mean += (value - mean) / count;
}

std::optional<LoadShift> LoadMeans::shift() const {
  if (calm.count < kLeastSlots || breach.count < kLeastSlots) return std::nullopt;
  return LoadShift{calm.mean, breach.mean};
}

}  // namespace revisitd::rules
