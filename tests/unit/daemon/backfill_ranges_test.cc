#include "daemon/backfill_ranges.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace revisitd::daemon {
namespace {

SlotRanges of(std::initializer_list<SlotRange> ranges) {
  SlotRanges all;
  for (const SlotRange& r : ranges) all.add(r);
  return all;
}

TEST(SlotRangesTest, NeighboursBecomeOne) {
  EXPECT_EQ(of({{5, 7}, {1, 3}, {3, 5}}).stretches(),
            (std::map<std::int64_t, std::int64_t>{{1, 7}}));
}

TEST(SlotRangesTest, TheNewestComesInPieces) {
  SlotRanges ranges = of({{0, 10}, {20, 25}});
  EXPECT_EQ(ranges.newest(100), (SlotRange{20, 25}));
  EXPECT_EQ(ranges.newest(2), (SlotRange{23, 25}));
  ranges.remove({20, 25});
  EXPECT_EQ(ranges.newest(4), (SlotRange{6, 10}));
  ranges.remove({0, 10});
  EXPECT_EQ(ranges.newest(4), std::nullopt);
}

TEST(SlotRangesTest, AreTheSetsTheyStandFor) {
  std::mt19937 random(3);
  SlotRanges ranges;
  std::set<std::int64_t> slots;
  for (int round = 0; round < 3000; ++round) {
    const std::int64_t first = static_cast<std::int64_t>(random() % 60) - 30;
    const SlotRange range{first, first + static_cast<std::int64_t>(random() % 12)};
    const bool adds = random() % 2 == 0;
    if (adds) {
      ranges.add(range);
    } else {
      ranges.remove(range);
    }
    for (std::int64_t i = range.first; i < range.last; ++i) {
      if (adds) {
        slots.insert(i);
      } else {
        slots.erase(i);
      }
    }
    ASSERT_EQ(ranges.size(), static_cast<std::int64_t>(slots.size()));
    ASSERT_EQ(ranges.empty(), slots.empty());
    const SlotRange look{first - 5, first + 9};
    const auto in_look = std::distance(slots.lower_bound(look.first), slots.lower_bound(look.last));
    ASSERT_EQ(ranges.count(look), in_look);
    ASSERT_EQ(ranges.overlaps(look), in_look > 0);
    if (round % 500 == 499) {
      SlotRanges other = of({{-20, -5}, {0, 13}});
      ranges.intersect(other);
      std::erase_if(slots,
                    [](std::int64_t i) { return !(i >= -20 && i < -5) && !(i >= 0 && i < 13); });
    }
  }
}

}  // namespace
}  // namespace revisitd::daemon
