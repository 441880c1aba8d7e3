#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/slot.h"

// The format of the tail, where the newest slots gather before they move into chunks: one row for
// up to 32 neighbouring series at one slot.
//
// A row per series and slot, each with a digest, was what it had been: a fleet of 1,000 services
// with four signals wrote 4,000 rows a round, and SQLite's walk over its structure, which every
// start after a crash waits for, took its time by the row and not by the byte. One row for a whole
// round would be rewritten for each late slot.
//
//   byte   version, 1
//   4      CRC-32 of the row's key and everything after these four bytes
//   4      which of the series have a value, a bit each, the lowest for the first
//   4      which of those values are intervals rather than exact
//   8 …    each value; after an interval's, its low and its high
//
// Nothing is compressed: it is written once or twice, lies there for two moves and is packed then.
namespace revisitd::storage {

constexpr std::int64_t kTailSeries = 32;

// Where a row belongs; part of its checksum, so that a row that turns up under another key is
// damage and not data. `part` is a series' number divided by kTailSeries.
struct TailKey {
  std::int64_t grid = 0, slot = 0, part = 0;

  static TailKey of(std::int64_t grid, std::int64_t slot, std::int64_t series) {
    return {grid, slot, series / kTailSeries};
  }
  friend bool operator==(const TailKey&, const TailKey&) = default;
};

// What a row holds, by the rest of a series' number divided by kTailSeries.
class TailRow {
 public:
  void put(std::int64_t series, const rules::SlotValue& value) {
    present_ |= 1U << place(series);
    values_[place(series)] = value;
  }
  [[nodiscard]] const rules::SlotValue* find(std::int64_t series) const {
    return (present_ >> place(series) & 1U) != 0 ? &values_[place(series)] : nullptr;
  }
  // Calls `visit(series, value)` for every value, ascending; `part` is the key's.
  template <class Visit>
  void each(std::int64_t part, const Visit& visit) const {
    for (std::uint32_t rest = present_; rest != 0; rest &= rest - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(rest));
      visit(part * kTailSeries + static_cast<std::int64_t>(i), values_[i]);
    }
  }

 private:
  static std::size_t place(std::int64_t series) {
    return static_cast<std::size_t>(series % kTailSeries);
  }

  std::uint32_t present_ = 0;
  std::array<rules::SlotValue, kTailSeries> values_;
};

// Any bit pattern comes back as it was.
std::string pack_tail_row(const TailKey& key, const TailRow& row);

// Nothing where the text is not the row that was packed for this key.
std::optional<TailRow> unpack_tail_row(const TailKey& key, std::string_view text);

}  // namespace revisitd::storage
