#include "storage/series_table.h"

#include <algorithm>

namespace revisitd::storage {
namespace {

// Names of 64 Ki series are some 8 MiB; a larger fleet looks them up again now and then.
constexpr std::size_t kMostCached = 65536;

std::string cache_key(const std::string& service, const std::string& signal, std::int64_t grid) {
  return service + '\0' + signal + '\0' + std::to_string(grid);
}

}  // namespace

SeriesTable::SeriesTable(Connection& connection, WordTable& words)
    : connection_(connection),
      words_(words),
      find_(connection.database(),
            "SELECT id FROM series WHERE service = ?1 AND signal = ?2 AND grid = ?3"),
      insert_(connection.database(),
              "INSERT INTO series(service, signal, grid) VALUES(?1, ?2, ?3)"),
      erase_(connection.database(), "DELETE FROM series WHERE id = ?1"),
      after_(connection.database(),
             "SELECT id, grid FROM series WHERE id > ?1 ORDER BY id LIMIT ?2"),
      last_(connection.database(), "SELECT max(id) FROM series"),
      of_service_(connection.database(),
                  "SELECT word.text, grid.length FROM series JOIN word ON word.id = series.signal"
                  " JOIN grid ON grid.id = series.grid WHERE series.service = ?1"
                  " ORDER BY word.text, grid.length"),
      insert_grid_(connection.database(),
                   "INSERT INTO grid(length, tail_from, moved_to, newest)"
                   " VALUES(?1, ?2, ?3, ?4) RETURNING id"),
      save_grid_(connection.database(),
                 "UPDATE grid SET tail_from = ?2, moved_to = ?3, newest = ?4 WHERE id = ?1") {
  load_grids();
}

const std::vector<Grid>& SeriesTable::grids() {
  if (!grids_known_) {
    load_grids();
  }
  return grids_;
}

void SeriesTable::load_grids() {
  SQLite::Statement select(connection_.database(),
                           "SELECT id, length, tail_from, moved_to, newest FROM grid ORDER BY id");
  grids_.clear();
  Use row(select);
  while (row.step()) {
    grids_.push_back(
        {row.number(0), Duration(row.number(1)), row.number(2), row.number(3), row.number(4)});
    const Grid& grid = grids_.back();
    if (grid.length < kShortestSlot || grid.tail_from % kMoveSlots != 0 || grid.moved_to < 0) {
      throw connection_.damaged("its slot lengths make no sense");
    }
  }
  grids_known_ = true;
}

const Grid* SeriesTable::grid_of(const Series& series) {
  const auto found = std::ranges::find(grids(), series.grid, &Grid::id);
  return found == grids_.end() ? nullptr : &*found;
}

Grid* SeriesTable::find_grid(Duration length) {
  grids();
  const auto found = std::ranges::find(grids_, length, &Grid::length);
  return found == grids_.end() ? nullptr : &*found;
}

Grid& SeriesTable::make_grid(Duration length, std::int64_t newest) {
  Grid grid{0, length, block_start(newest, kMoveSlots) - kMoveSlots, 0, newest};
  Use row(insert_grid_);
  row.bind(1, std::int64_t{length.count()}).bind(2, grid.tail_from).bind(3, grid.moved_to);
  row.bind(4, grid.newest).step();
  grid.id = row.number(0);
  row.run();
  return grids_.emplace_back(grid);
}

void SeriesTable::save(const Grid& grid) {
  Use(save_grid_)
      .bind(1, grid.id)
      .bind(2, grid.tail_from)
      .bind(3, grid.moved_to)
      .bind(4, grid.newest)
      .run();
}

std::int64_t SeriesTable::lookup(std::int64_t service, std::int64_t signal, std::int64_t grid) {
  Use row(find_);
  row.bind(1, service).bind(2, signal).bind(3, grid);
  return row.step() ? row.number(0) : -1;
}

std::int64_t SeriesTable::find(const std::string& service, const std::string& signal,
                               const Grid& grid) {
  const auto cached = ids_.find(cache_key(service, signal, grid.id));
  return cached != ids_.end() ? cached->second
                              : lookup(words_.find(service), words_.find(signal), grid.id);
}

std::int64_t SeriesTable::intern(const std::string& service, const std::string& signal,
                                 const Grid& grid) {
  std::string key = cache_key(service, signal, grid.id);
  if (const auto cached = ids_.find(key); cached != ids_.end()) {
    return cached->second;
  }
  const std::int64_t service_word = words_.intern(service);
  const std::int64_t signal_word = words_.intern(signal);
  std::int64_t id = lookup(service_word, signal_word, grid.id);
  if (id < 0) {
    Use(insert_).bind(1, service_word).bind(2, signal_word).bind(3, grid.id).run();
    id = connection_.database().getLastInsertRowid();
  }
  if (ids_.size() >= kMostCached) {
    ids_.clear();
  }
  ids_.emplace(std::move(key), id);
  return id;
}

std::vector<std::pair<std::string, Duration>> SeriesTable::of_service(const std::string& service) {
  const std::int64_t word = words_.find(service);
  std::vector<std::pair<std::string, Duration>> found;
  Use row(of_service_);
  row.bind(1, word);
  while (row.step()) {
    found.emplace_back(row.text(0), Duration(row.number(1)));
  }
  return found;
}

std::vector<Series> SeriesTable::after(std::int64_t id, std::int64_t limit) {
  std::vector<Series> found;
  Use row(after_);
  row.bind(1, id).bind(2, limit);
  while (row.step()) {
    found.push_back({row.number(0), row.number(1)});
  }
  return found;
}

std::int64_t SeriesTable::last_id() {
  Use row(last_);
  return row.step() ? row.number(0) : 0;
}

void SeriesTable::erase(std::int64_t id) {
  Use(erase_).bind(1, id).run();
  std::erase_if(ids_, [&](const auto& entry) { return entry.second == id; });
}

void SeriesTable::forget_cached() {
  ids_.clear();
  grids_known_ = false;
}

}  // namespace revisitd::storage
