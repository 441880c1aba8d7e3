#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/slot.h"

// The format in which slots rest on disk: a chunk, which is up to 240 aligned slots of one series
// packed into one text.
//
// What it must do. A fleet of 1,000 services with four signals writes 4,000 slots a round; at one
// slot a minute that is 5.8 million a day, of which a 14-day window reads 2,016 per series and a
// plot perhaps a year. Values must come back bit for bit, or a trigger judged from stored slots
// could differ from the one judged live. Holes are ordinary and must stay holes. The text comes
// from a disk, so it must be safe to read whatever it says.
//
// What it looks like.
//
//   byte   version, 1
//   4      CRC-32 of the chunk's place and everything after these four bytes
//   runs   which of the 240 slots hold a value: number of runs, then (gap, length) in bytes
//   runs   which of those values are intervals rather than exact
//   column value; then, where there are intervals, column low and column high of those
//
// A column (slot_column.h) takes the shortest of three forms: one constant; whole multiples of 1/d
// for a d out of a short list, as varints of differences, which suits counts, bytes, rates per slot
// and decimals; or the XOR of neighbours, byte plane by byte plane. The last two are deflated where
// that is shorter. The place (series and block) is part of the checksum, so that a chunk that turns
// up under another key is damage and not data.
//
// What was rejected. A row per slot costs 26 bytes and an index entry each. Gorilla's bit stream is
// no smaller than planes with deflate on noisy latencies, where the low 40 bits of the mantissa are
// incompressible to anybody, worse on counts, and needs a decoder by hand where zlib's is proven.
// Rounding values would save four bytes of eight but decides triggers that sit on their threshold.
// A chunk is not appended to on disk: a round would then rewrite the page of every series, 16 MB
// for 4,000 series, instead of some 25 pages for all of them. New slots therefore gather in a tail
// ordered by time (tail_row.h) and move into chunks 60 at a time. 240 slots are four such moves;
// twice as many save 2 % of the space and double what a late slot rewrites.
namespace revisitd::storage {

constexpr std::int64_t kChunkSlots = 240;

// A value and where in its chunk it belongs, 0 <= offset < kChunkSlots.
struct PlacedValue {
  std::int64_t offset = 0;
  rules::SlotValue value;

  friend bool operator==(const PlacedValue&, const PlacedValue&) = default;
};

// Whether a value says everything by itself, to the bit: it is no interval.
inline bool is_plain(const rules::SlotValue& value) {
  const auto bits = [](double number) { return std::bit_cast<std::uint64_t>(number); };
  return bits(value.low) == bits(value.value) && bits(value.high) == bits(value.value);
}

// Packs at least one value, offsets strictly ascending. `place` is any number that names the chunk.
std::string pack_chunk(std::uint64_t place, std::span<const PlacedValue> values);

// The values of a chunk, or nothing where the text is not the chunk that was packed for this place.
std::optional<std::vector<PlacedValue>> unpack_chunk(std::uint64_t place, std::string_view text);

}  // namespace revisitd::storage
