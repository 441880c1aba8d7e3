#include "storage/chunk_table.h"

#include "storage/slot_layout.h"

namespace revisitd::storage {
namespace {

// Both ascending; where both have a slot, the newer value stays.
std::vector<PlacedValue> merged(const std::vector<PlacedValue>& older,
                                std::span<const PlacedValue> newer) {
  std::vector<PlacedValue> all;
  all.reserve(older.size() + newer.size());
  auto old = older.begin();
  for (const PlacedValue& value : newer) {
    while (old != older.end() && old->offset < value.offset) {
      all.push_back(*old++);
    }
    if (old != older.end() && old->offset == value.offset) {
      ++old;
    }
    all.push_back(value);
  }
  all.insert(all.end(), old, older.end());
  return all;
}

}  // namespace

ChunkTable::ChunkTable(Connection& connection)
    : connection_(connection),
      find_(connection.database(), "SELECT packed FROM slot_chunk WHERE place = ?1"),
      range_(connection.database(),
             "SELECT place, packed FROM slot_chunk WHERE place >= ?1 AND place <= ?2"
             " ORDER BY place LIMIT ?3"),
      put_(connection.database(), "INSERT OR REPLACE INTO slot_chunk VALUES(?1, ?2)"),
      erase_(connection.database(), "DELETE FROM slot_chunk WHERE place >= ?1 AND place < ?2") {}

void ChunkTable::merge(std::int64_t place, std::span<const PlacedValue> values, Books& books) {
  std::vector<PlacedValue> older;
  {
    Use row(find_);
    if (row.bind(1, place).step()) {
      older = unpacked(place, row.blob(0));
    } else {
      ++books.chunks;
    }
  }
  const auto all = merged(older, values);
  const std::string packed = pack_chunk(static_cast<std::uint64_t>(place), all);
  Use(put_).bind(1, place).bind_blob(2, packed).run();
}

void ChunkTable::read(std::int64_t series, std::int64_t first, std::int64_t last,
                      std::vector<IndexedValue>& values) {
  Use row(range_);
  row.bind(1, chunk_place(series, first)).bind(2, chunk_place(series, last - 1));
  row.bind(3, std::int64_t{-1});
  while (row.step()) {
    const std::int64_t start = chunk_first_slot(row.number(0));
    for (const PlacedValue& placed : unpacked(row.number(0), row.blob(1))) {
      const std::int64_t slot = start + placed.offset;
      if (slot >= first && slot < last) {
        values.push_back({slot, placed.value});
      }
    }
  }
}

void ChunkTable::erase_before(std::int64_t series, std::int64_t slot, Books& books) {
  Use(erase_).bind(1, series << 32).bind(2, chunk_place(series, slot)).run();
  books.chunks -= connection_.database().getChanges();
}

std::optional<std::int64_t> ChunkTable::oldest(std::int64_t series) {
  Use row(range_);
  row.bind(1, series << 32).bind(2, (series << 32) + 0xFFFFFFFF).bind(3, std::int64_t{1});
  return row.step() ? std::optional(chunk_first_slot(row.number(0))) : std::nullopt;
}

std::vector<PlacedValue> ChunkTable::unpacked(std::int64_t place, std::string_view text) const {
  auto values = unpack_chunk(static_cast<std::uint64_t>(place), text);
  if (!values) {
    throw connection_.damaged("slots of series " + std::to_string(chunk_series(place)));
  }
  return std::move(*values);
}

}  // namespace revisitd::storage
