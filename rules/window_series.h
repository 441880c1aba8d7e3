#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "rules/condition.h"
#include "rules/exact_sum.h"
#include "rules/slot.h"

namespace revisitd::rules {

// The last values of one signal at one slot length, for avg, min, max and change.
//
// Slots lie in blocks of 64, aligned to the slot index, each with its own sums and extremes, so a
// look at 2016 slots reads at most 33 blocks and 126 single slots. Rejected: running sums that add
// the slot which enters and subtract the one which leaves. They cost a tenth of it, but their
// rounding depends on everything that ever passed through, so that an engine that was restarted
// would disagree with one that was not.
class WindowSeries {
 public:
  // Keep this many slots from now on; never fewer than before.
  void keep(std::int64_t slots);
  // Ascending slots; one that is not past the last changes nothing.
  void add(std::int64_t index, const SlotValue& value);

  // The function over the `slots` slots that end with slot `index`. See rules/README.md for what
  // each one is; forecast is none of this class.
  [[nodiscard]] std::optional<SlotValue> look(std::int64_t index, WindowFunction function,
                                              std::int64_t slots) const;
  [[nodiscard]] const SlotValue* find(std::int64_t index) const;

 private:
  static constexpr int kBlock = 64;

  // Sums and extremes of some slots' values and ends.
  struct Summary {
    int count = 0;
    bool unbounded = false;  // a high end is infinite
    ExactSum value, low, high;
    SlotValue least, most;

    void add(const SlotValue& v);
    void add(const Summary& other);
  };
  struct Block {
    std::int64_t number = 0;  // floor(index / kBlock)
    std::uint64_t present = 0;
    std::array<SlotValue, kBlock> values;
    Summary all;
  };

  [[nodiscard]] std::optional<SlotValue> change(std::int64_t index, std::int64_t slots) const;

  std::int64_t slots_ = 0;
  std::optional<std::int64_t> last_;
  std::deque<Block> blocks_;  // ascending
};

}  // namespace revisitd::rules
