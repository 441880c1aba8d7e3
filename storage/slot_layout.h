#pragma once

#include <cstdint>

#include "rules/slot.h"
#include "rules/time.h"
#include "storage/slot_chunk.h"
#include "storage/store.h"

// Arithmetic on slot indexes, which may be negative.
namespace revisitd::storage {

// So many slots of all series move from the tail into chunks together; a divisor of kChunkSlots.
constexpr std::int64_t kMoveSlots = 60;
static_assert(kChunkSlots % kMoveSlots == 0);

// Shorter slots would overflow a chunk's place within this century.
constexpr Duration kShortestSlot{10};

// The largest multiple of `size` that is not above `index`.
constexpr std::int64_t block_start(std::int64_t index, std::int64_t size) {
  const std::int64_t rest = index % size;
  return index - (rest < 0 ? rest + size : rest);
}

// Where the chunk with this slot belongs: ascending by series, then by time.
constexpr std::int64_t chunk_place(std::int64_t series, std::int64_t slot) {
  return (series << 32) + block_start(slot, kChunkSlots) / kChunkSlots + (std::int64_t{1} << 31);
}
constexpr std::int64_t chunk_series(std::int64_t place) { return place >> 32; }
constexpr std::int64_t chunk_first_slot(std::int64_t place) {
  return ((place & 0xFFFFFFFF) - (std::int64_t{1} << 31)) * kChunkSlots;
}

// Slots whose chunks have a place, first <= slot < last: 2^31 blocks either side of the epoch.
constexpr std::int64_t kFirstPlace = -(std::int64_t{1} << 31) * kChunkSlots;
constexpr std::int64_t kLastPlace = (std::int64_t{1} << 31) * kChunkSlots;
constexpr bool has_place(std::int64_t slot) { return slot >= kFirstPlace && slot < kLastPlace; }

// What append_slots takes: throws std::invalid_argument for a length or an index that has no place,
// or a time past the year 30000.
void check_slot(const SlotRow& row);
// What it stores: numbers, of which low and high may be infinite.
bool is_number(const rules::SlotValue& value);

}  // namespace revisitd::storage
