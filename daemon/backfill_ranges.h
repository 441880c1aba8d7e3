#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace revisitd::daemon {

// first <= index < last.
struct SlotRange {
  std::int64_t first = 0, last = 0;
  [[nodiscard]] std::int64_t size() const { return last - first; }
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

// A set of slots, kept as stretches that do not touch.
class SlotRanges {
 public:
  void add(SlotRange range);
  void remove(SlotRange range);
  // Keeps what is in `other`, too.
  void intersect(const SlotRanges& other);
  // The newest slots: as many as lie side by side, at most `most` of them.
  [[nodiscard]] std::optional<SlotRange> newest(std::int64_t most) const;
  [[nodiscard]] bool overlaps(SlotRange range) const;
  [[nodiscard]] bool empty() const { return stretches_.empty(); }
  // How many of `range` are in the set.
  [[nodiscard]] std::int64_t count(SlotRange range) const;
  [[nodiscard]] std::int64_t size() const;
  // Ascending, first slot to the one behind the last.
  [[nodiscard]] const std::map<std::int64_t, std::int64_t>& stretches() const { return stretches_; }

 private:
  std::map<std::int64_t, std::int64_t> stretches_;
};

}  // namespace revisitd::daemon
