#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/result.h"
#include "rules/verdict.h"

namespace revisitd::rules {

// The last N slots of a trigger, two bits each, with their counts kept beside them: O(1) per slot,
// N / 4 bytes. A trigger's whole memory is this ring, so a restart that reads it back loses
// nothing, and a slot index that is not past the last one is refused, so nothing is counted twice.
// Rejected: counters alone (they cannot forget the slot that leaves the window) and a list of runs
// (unbounded for a flapping trigger).
class SlotLedger {
 public:
  static constexpr int kMaxSlots = 16000;  // 4,000 bytes

  // All N slots blind; nothing judged yet. 1 <= slots <= kMaxSlots.
  explicit SlotLedger(int slots);

  // Judges slot `index`. Slots between the last one and it become blind. False, and no change, when
  // index is not past the last judged one.
  bool record(std::int64_t index, SlotState state);

  [[nodiscard]] const SlotCounts& counts() const { return counts_; }
  [[nodiscard]] int slots() const { return slots_; }
  // Index of the last judged slot.
  [[nodiscard]] std::optional<std::int64_t> last() const { return last_; }
  // State of a slot in the window; blind outside it.
  [[nodiscard]] SlotState at(std::int64_t index) const;
  // The earliest breach in the window, if any.
  [[nodiscard]] std::optional<std::int64_t> first_breach() const;

  // What it takes in memory.
  [[nodiscard]] std::size_t bytes() const { return sizeof *this + bits_.capacity(); }

  // "N@LAST:" and runs, oldest first ("." blind, "o" ok, "b" breach, "i" idle, each with a count),
  // for instance "1008@2968000:.900o100b8"; "N@-" before the first slot. Where runs would be long
  // and longer than that, "N@LAST=" and three slots a character, oldest first, the first of the
  // three in the low bits, in the alphabet A-Z a-z 0-9 - _.
  [[nodiscard]] std::string encode() const;
  static Result<SlotLedger> decode(std::string_view text);

 private:
  void put(std::int64_t index, SlotState state);
  // A run of slots of a ledger that holds none there: 1 <= run <= slots.
  void fill(std::int64_t first, std::int64_t run, SlotState state);
  [[nodiscard]] SlotState get(std::int64_t index) const;
  int& count_of(SlotState state);
  [[nodiscard]] std::string pack() const;
  // Both into an empty ledger; false for what was not written so.
  bool unpack(std::string_view text, std::int64_t last);
  bool read_runs(std::string_view text, std::int64_t last);

  int slots_;
  std::vector<std::uint8_t> bits_;
  SlotCounts counts_;
  std::optional<std::int64_t> last_;
};

}  // namespace revisitd::rules
