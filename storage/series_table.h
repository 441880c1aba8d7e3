#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/connection.h"
#include "storage/slot_layout.h"
#include "storage/word_table.h"

namespace revisitd::storage {

// All series of one slot length, and how far their tail has moved into chunks. Slots before
// `tail_from` are in chunks, and so are those of the first kMoveSlots from there on for series
// below `moved_to`, while that block is on its way.
struct Grid {
  std::int64_t id = 0;
  Duration length{};
  std::int64_t tail_from = 0;
  std::int64_t moved_to = 0;
  std::int64_t newest = 0;  // newest slot of any series

  // Slots before this are in chunks, for this series.
  [[nodiscard]] std::int64_t tail_start(std::int64_t series) const {
    return series < moved_to ? tail_from + kMoveSlots : tail_from;
  }
};

struct Series {
  std::int64_t id = 0;
  std::int64_t grid = 0;
};

// Who is who among slots: (service, signal, length) to small numbers.
class SeriesTable {
 public:
  SeriesTable(Connection& connection, WordTable& words);

  // Few, in the order they were made. Pointers last until the next make_grid or forget_cached.
  const std::vector<Grid>& grids();
  Grid* find_grid(Duration length);
  const Grid* grid_of(const Series& series);
  Grid& make_grid(Duration length, std::int64_t newest);
  void save(const Grid& grid);

  // The series' number, given out if it has none; inside a WriteStep.
  std::int64_t intern(const std::string& service, const std::string& signal, const Grid& grid);
  // The series' number, or -1.
  std::int64_t find(const std::string& service, const std::string& signal, const Grid& grid);
  std::vector<std::pair<std::string, Duration>> of_service(const std::string& service);
  // Up to `limit` series above a number, ascending.
  std::vector<Series> after(std::int64_t id, std::int64_t limit);
  std::int64_t last_id();
  void erase(std::int64_t id);

  // After a change was undone, what is remembered may not be true: read it anew when next asked.
  void forget_cached();

 private:
  std::int64_t lookup(std::int64_t service, std::int64_t signal, std::int64_t grid);
  void load_grids();

  Connection& connection_;
  WordTable& words_;
  Prepared find_, insert_, erase_, after_, last_, of_service_;
  Prepared insert_grid_, save_grid_;
  std::vector<Grid> grids_;
  bool grids_known_ = false;
  std::unordered_map<std::string, std::int64_t> ids_;  // by service, signal and grid
};

}  // namespace revisitd::storage
