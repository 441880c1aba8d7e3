#include "rules/circumstances.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iterator>

namespace revisitd::rules {

std::string version_text(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.begin(), text.end(), value).ptr;
  return {text.begin(), end};
}

bool VersionLog::see(std::int64_t index, std::string_view version) {
  if (version.empty() || version == current_) return false;
  if (!current_.empty()) {
    changes_.push_back({index, current_, std::string(version)});
    if (changes_.size() > kMostChanges) changes_.erase(changes_.begin());
  }
  current_ = version;
  return true;
}

bool VersionLog::learn(const VersionLog& past) {
  if (current_.empty()) {
    if (past.current_.empty()) return false;
    *this = past;
    return true;
  }
  std::vector<Change> all;
  // A change seen in its time comes first of two in one slot, and stands.
  std::merge(changes_.begin(), changes_.end(), past.changes_.begin(), past.changes_.end(),
             std::back_inserter(all),
             [](const Change& a, const Change& b) { return a.index < b.index; });
  std::vector<Change> merged;
  for (Change& change : all) {
    if (!merged.empty() && (merged.back().index == change.index || merged.back().to == change.to))
      continue;
    merged.push_back(std::move(change));
  }
  if (merged.size() > kMostChanges)
    merged.erase(merged.begin(), merged.end() - static_cast<std::ptrdiff_t>(kMostChanges));
  if (merged == changes_) return false;
  changes_ = std::move(merged);
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
