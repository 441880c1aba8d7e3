#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "storage/books.h"
#include "storage/connection.h"
#include "storage/slot_chunk.h"

namespace revisitd::storage {

// Packed slots by place (slot_layout.h). Keeps the books' count of chunks.
class ChunkTable {
 public:
  explicit ChunkTable(Connection& connection);

  // Lays values of one chunk, offsets ascending, over what is there already; inside a WriteStep.
  void merge(std::int64_t place, std::span<const PlacedValue> values, Books& books);
  // Appends the series' values of first <= slot < last, ascending. Throws `corrupt`.
  void read(std::int64_t series, std::int64_t first, std::int64_t last,
            std::vector<IndexedValue>& values);
  // Erases the series' chunks that end at or before a slot; inside a WriteStep.
  void erase_before(std::int64_t series, std::int64_t slot, Books& books);
  // The first slot of the series' oldest chunk.
  std::optional<std::int64_t> oldest(std::int64_t series);

 private:
  std::vector<PlacedValue> unpacked(std::int64_t place, std::string_view text) const;

  Connection& connection_;
  Prepared find_, range_, put_, erase_;
};

}  // namespace revisitd::storage
