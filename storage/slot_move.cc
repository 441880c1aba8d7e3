// The part of SlotTable that moves slots on: from the tail into chunks, and out at the far end.
#include <algorithm>

#include "storage/slot_layout.h"
#include "storage/slot_table.h"

namespace revisitd::storage {
namespace {

// A block is moved over this many appends, half of the kMoveSlots rounds until the next one is due.
constexpr std::int64_t kAppendsPerMove = kMoveSlots / 2;
// Never fewer series at once than cost about as much as one round's other work.
constexpr std::int64_t kLeastShare = kTailSeries;
// Moved blocks are cleared out of the tail this many slots at a time.
constexpr std::int64_t kClearedSlots = 2;
// With more blocks than this waiting (after a long backfill) whole blocks are moved at once.
constexpr std::int64_t kMostWaiting = 4;
constexpr std::int64_t kSeriesAtOnce = 1000;

}  // namespace

std::optional<std::int64_t> SlotTable::oldest_in_tail(const Grid& grid) {
  Use row(oldest_);
  row.bind(1, grid.id);
  return row.step() ? std::optional(row.number(0)) : std::nullopt;
}

// The newest kMoveSlots always stay in the tail, where a late slot is cheap.
void SlotTable::move_on(Grid& grid, Books& books) {
  const std::int64_t last = series_.last_id();
  const auto waiting = [&] {
    skip_empty(grid);
    return (grid.newest - grid.tail_from) / kMoveSlots;
  };
  clear_moved(grid, kClearedSlots);
  while (waiting() > kMostWaiting) {
    move_share(grid, last + 1, books);
    clear_moved(grid, kMoveSlots);
  }
  if (waiting() >= 2) {
    const std::int64_t share = std::max(last / kAppendsPerMove + 1, kLeastShare);
    move_share(grid, block_start(share + kTailSeries - 1, kTailSeries), books);
  }
}

// Blocks in which no series has a slot need no moving.
void SlotTable::skip_empty(Grid& grid) {
  if (grid.moved_to == 0) {
    const std::int64_t oldest = oldest_in_tail(grid).value_or(grid.newest);
    grid.tail_from = std::max(grid.tail_from, block_start(oldest, kMoveSlots));
  }
}

// Moves the next `share` series of the block at tail_from.
void SlotTable::move_share(Grid& grid, std::int64_t share, Books& books) {
  const std::int64_t end = grid.moved_to + share;
  std::vector<Entry> entries;
  for (std::int64_t slot = grid.tail_from; slot < grid.tail_from + kMoveSlots; ++slot) {
    Use row(share_);
    row.bind(1, grid.id).bind(2, slot);
    row.bind(3, grid.moved_to / kTailSeries).bind(4, (end - 1) / kTailSeries);
    while (row.step()) {
      const TailKey key{grid.id, slot, row.number(0)};
      unpacked(key, row.blob(1)).each(key.part, [&](std::int64_t series, const auto& value) {
        if (series >= grid.moved_to && series < end) {
          entries.push_back({series, slot, entries.size(), value});
        }
      });
    }
  }
  merge(entries, books);
  grid.moved_to = end;
  if (end > series_.last_id()) {
    grid.tail_from += kMoveSlots;
    grid.moved_to = 0;
  }
}

void SlotTable::clear_moved(const Grid& grid, std::int64_t slots) {
  const auto oldest = oldest_in_tail(grid);
  if (oldest && *oldest < grid.tail_from) {
    Use(clear_).bind(1, grid.id).bind(2, std::min(*oldest + slots, grid.tail_from)).run();
  }
}

bool SlotTable::in_tail(const Grid& grid, std::int64_t series) {
  std::vector<IndexedValue> values;
  read_tail(grid, series, grid.tail_start(series), grid.newest + 1, values);
  return !values.empty();
}

std::optional<TimePoint> SlotTable::newest_end() {
  std::optional<TimePoint> newest;
  for (const Grid& grid : series_.grids()) {
    newest = std::max(newest, std::optional(slot_start(grid.newest + 1, grid.length)));
  }
  return newest;
}

std::optional<TimePoint> SlotTable::oldest_chunk_end() {
  std::optional<TimePoint> oldest;
  std::vector<Series> some;
  for (std::int64_t after = 0; !(some = series_.after(after, kSeriesAtOnce)).empty();
       after = some.back().id) {
    for (const Series& series : some) {
      const auto slot = chunks_.oldest(series.id);
      const Grid* const grid = series_.grid_of(series);
      if (slot && grid != nullptr) {
        const TimePoint end = slot_start(*slot + kChunkSlots, grid->length);
        oldest = oldest ? std::min(*oldest, end) : end;
      }
    }
  }
  return oldest;
}

std::optional<std::int64_t> SlotTable::erase_before(TimePoint time, std::int64_t after,
                                                    std::int64_t limit, Books& books) {
  const auto some = series_.after(after, limit);
  for (const Series& series : some) {
    const Grid* const grid = series_.grid_of(series);
    if (grid == nullptr) {
      continue;
    }
    chunks_.erase_before(series.id, slot_index(time, grid->length), books);
    if (!chunks_.oldest(series.id) && !in_tail(*grid, series.id)) {
      series_.erase(series.id);
    }
  }
  return some.empty() ? std::nullopt : std::optional(some.back().id);
}

}  // namespace revisitd::storage
