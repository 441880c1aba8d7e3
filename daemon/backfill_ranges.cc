#include "daemon/backfill_ranges.h"

#include <algorithm>

namespace revisitd::daemon {

void SlotRanges::add(SlotRange range) {
  if (range.size() <= 0) return;
  auto at = stretches_.upper_bound(range.first);
  if (at != stretches_.begin() && std::prev(at)->second >= range.first) --at;
  while (at != stretches_.end() && at->first <= range.last) {
    range = {std::min(range.first, at->first), std::max(range.last, at->second)};
    at = stretches_.erase(at);
  }
  stretches_.emplace(range.first, range.last);
}

void SlotRanges::remove(SlotRange range) {
  if (range.size() <= 0) return;
  auto at = stretches_.upper_bound(range.first);
  if (at != stretches_.begin() && std::prev(at)->second > range.first) --at;
  while (at != stretches_.end() && at->first < range.last) {
    const SlotRange cut{at->first, at->second};
    at = stretches_.erase(at);
    if (cut.first < range.first) stretches_.emplace(cut.first, range.first);
    if (cut.last > range.last) at = std::next(stretches_.emplace(range.last, cut.last).first);
  }
}

void SlotRanges::intersect(const SlotRanges& other) {
  SlotRanges both;
  for (const auto& [first, last] : other.stretches_) {
    auto at = stretches_.upper_bound(first);
    if (at != stretches_.begin()) --at;
    for (; at != stretches_.end() && at->first < last; ++at) {
      both.add({std::max(first, at->first), std::min(last, at->second)});
    }
  }
  *this = std::move(both);
}

std::optional<SlotRange> SlotRanges::newest(std::int64_t most) const {
  if (stretches_.empty()) return std::nullopt;
  const auto& [first, last] = *stretches_.rbegin();
  return SlotRange{std::max(first, last - most), last};
}

bool SlotRanges::overlaps(SlotRange range) const { return count(range) > 0; }

std::int64_t SlotRanges::count(SlotRange range) const {
  std::int64_t slots = 0;
  auto at = stretches_.upper_bound(range.first);
  if (at != stretches_.begin()) --at;
  for (; at != stretches_.end() && at->first < range.last; ++at) {
    slots += std::max<std::int64_t>(
        0, std::min(range.last, at->second) - std::max(range.first, at->first));
  }
  return slots;
}

std::int64_t SlotRanges::size() const {
  std::int64_t slots = 0;
  for (const auto& [first, last] : stretches_) slots += last - first;
  return slots;
}

}  // namespace revisitd::daemon
