#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/result.h"
#include "rules/small_words.h"
#include "rules/verdict.h"

namespace revisitd::rules {

// The last N slots of a trigger, with their counts: O(1) per slot. They are held as runs, two bytes
// each, because most triggers say one thing for days: up to four runs, for which there is room in
// the object, need no allocation. Where they come to more than N / 16 runs, or 64, the slots are
// held one by one, two bits each, which bounds a ledger to N / 4 bytes beside the object, and
// at() to 64 steps. It goes back to runs when it is read back, or when there are half as many. What
// a ledger says does not depend on how it is held. This window is a trigger's whole memory, so a
// restart that reads it back loses nothing, and a slot index that is not past the last one is
// refused, so nothing is counted twice. Rejected: counters alone (they cannot forget the slot that
// leaves the window), runs alone (twice as large as bits for a flapping trigger, up to eight times)
// and bits alone (a week of 10m slots takes 252 bytes beside the object even where it is a single
// run).
class SlotLedger {
 public:
  static constexpr int kMaxSlots = 16000;  // 4,000 bytes

  // All N slots blind; nothing judged yet. 1 <= slots <= kMaxSlots.
  explicit SlotLedger(int slots);

  // Judges slot `index`. Slots between the last one and it become blind. False, and no change, when
  // index is not past the last judged one.
  bool record(std::int64_t index, SlotState state);

  [[nodiscard]] SlotCounts counts() const;
  [[nodiscard]] int slots() const { return slots_; }
  // Index of the last judged slot.
  [[nodiscard]] std::optional<std::int64_t> last() const {
    return judged_ ? std::optional(last_) : std::nullopt;
  }
  // State of a slot in the window; blind outside it.
  [[nodiscard]] SlotState at(std::int64_t index) const;
  // The earliest breach in the window, if any.
  [[nodiscard]] std::optional<std::int64_t> first_breach() const;

  // What it takes in memory.
  [[nodiscard]] std::size_t bytes() const { return sizeof *this + words_.heap_bytes(); }

  // "N@LAST:" and runs, oldest first ("." blind, "o" ok, "b" breach, "i" idle, each with a count),
  // for instance "1008@2968000:.900o100b8"; "N@-" before the first slot. Where runs would be long
  // and longer than that, "N@LAST=" and three slots a character, oldest first, the first of the
  // three in the low bits, in the alphabet A-Z a-z 0-9 - _.
  [[nodiscard]] std::string encode() const;
  static Result<SlotLedger> decode(std::string_view text);

 private:
  // `count` more slots in a state; as many of the oldest leave. 1 <= count <= slots.
  void push(SlotState state, int count);
  void push_run(SlotState state, int count);
  void put(SlotState state);
  // Calls tell(state, length) for each run, oldest first, until it says false.
  template <class Tell>
  void each_run(Tell tell) const;
  // Bits become runs if there are at most so many, and runs become bits.
  void hold_runs(std::size_t most);
  void hold_bits();
  [[nodiscard]] std::size_t most_runs() const;
  [[nodiscard]] SlotState bits_at(int position) const;
  void append_packed(std::string& text) const;
  // Both judge as many slots as there are; false for what was not written so.
  bool unpack(std::string_view text);
  bool read_runs(std::string_view text);

  std::int64_t last_ = 0;  // meaningful once judged
  SmallWords words_;  // runs, oldest first: length and, in the low bits, state; or a ring of bits
  std::array<std::uint16_t, 4> counts_{};  // by state
  std::uint16_t slots_;
  std::uint16_t oldest_ : 14 = 0;  // where a ring of bits begins
  bool judged_ : 1 = false;
  bool holds_runs_ : 1 = true;
};

}  // namespace revisitd::rules
