#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/chunk_table.h"
#include "storage/series_table.h"
#include "storage/tail_row.h"

namespace revisitd::storage {

// All slots. The newest ones of all series lie in a tail ordered by time, so that a round touches a
// few neighbouring pages however many series it has; from there they move into chunks, kMoveSlots
// at a time, a share of the series with every append, so that no append pays for all.
class SlotTable {
 public:
  SlotTable(Connection& connection, WordTable& words);

  // Stores the slots, each of which check_slot() let pass; inside a WriteStep.
  void append(std::span<const SlotRow> rows, Books& books);
  std::vector<IndexedValue> read(const std::string& service, const std::string& signal,
                                 Duration length, std::int64_t first, std::int64_t last);
  std::vector<std::pair<std::string, Duration>> of_service(const std::string& service) {
    return series_.of_service(service);
  }

  // End of the newest slot; nothing where there are none.
  [[nodiscard]] std::optional<TimePoint> newest_end();
  // The earliest end of a chunk; nothing where there are none.
  std::optional<TimePoint> oldest_chunk_end();
  // Erases chunks that end at or before `time`, of up to `limit` series above `after`; inside a
  // WriteStep. Series left without a slot are forgotten. Returns the last series looked at, or
  // nothing when there are no more.
  std::optional<std::int64_t> erase_before(TimePoint time, std::int64_t after, std::int64_t limit,
                                           Books& books);

  void forget_cached() { series_.forget_cached(); }

 private:
  // A slot of a series.
  struct Entry {
    std::int64_t series = 0;
    std::int64_t slot = 0;
    std::size_t arrival = 0;  // position among those handed over
    rules::SlotValue value;
  };
  using Rows = std::vector<const SlotRow*>;

  // Throws `corrupt`.
  TailRow unpacked(const TailKey& key, std::string_view text) const;
  // The row of the tail; empty where there is none.
  TailRow find_row(const TailKey& key);

  void append_to(Grid& grid, const Rows& rows, std::int64_t newest, Books& books);
  void merge(std::vector<Entry>& entries, Books& books);
  void put_in_tail(const Grid& grid, std::vector<Entry>& entries, std::int64_t newest);
  void read_tail(const Grid& grid, std::int64_t series, std::int64_t first, std::int64_t last,
                 std::vector<IndexedValue>& values);
  std::optional<std::int64_t> oldest_in_tail(const Grid& grid);
  void move_on(Grid& grid, Books& books);
  void skip_empty(Grid& grid);
  void move_share(Grid& grid, std::int64_t share, Books& books);
  void clear_moved(const Grid& grid, std::int64_t slots);
  bool in_tail(const Grid& grid, std::int64_t series);

  Connection& connection_;
  SeriesTable series_;
  ChunkTable chunks_;
  Prepared put_, find_, oldest_, share_, clear_;
};

}  // namespace revisitd::storage
