#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/quantity.h"

// From slot states to what a trigger says now.
namespace revisitd::rules {

// The one state a slot gets when it is judged.
enum class SlotState : std::uint8_t {
  blind,   // an input is missing, stale, NaN or cannot tell; the daemon was down
  ok,      // the condition is false
  breach,  // the condition is true
  idle,    // `provided` is not met: proves nothing either way
};

enum class Verdict : std::uint8_t { clear, tripped, unproven, blind };

// "clear", "tripped", "unproven", "blind".
std::string_view verdict_name(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view name);

// How many slots of a window are in each state; they add up to the window's length in slots.
struct SlotCounts {
  int breach = 0;
  int ok = 0;
  int idle = 0;
  int blind = 0;

  [[nodiscard]] int covered() const { return breach + ok; }
  [[nodiscard]] int total() const { return breach + ok + idle + blind; }
  // breach / covered; nothing when no slot is covered.
  [[nodiscard]] std::optional<Share> share() const;
  // covered / total.
  [[nodiscard]] Share coverage() const;

  friend bool operator==(const SlotCounts&, const SlotCounts&) = default;
};

struct Shares {
  Share trip{1, 1};
  Share clear{1, 2};
  Share coverage{4, 5};
};

// The verdict over a window. `standing` is the latest of clear and tripped that this trigger had,
// `clear` when it had none. All comparisons are of exact fractions: covered / total < coverage:
// unproven when idle > blind, else blind. Otherwise breach / covered >= trip: tripped; <= clear:
// clear; between the two: `standing`.
Verdict judge(const SlotCounts& counts, const Shares& shares, Verdict standing);

}  // namespace revisitd::rules
