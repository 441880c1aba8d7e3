#include "storage/slot_table.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "storage/slot_layout.h"
#include "storage/tail_digest.h"

namespace revisitd::storage {
namespace {

void bind_value(Use& use, int index, const rules::SlotValue& value) {
  use.bind_real(index, value.value);
  if (value.low == value.value && value.high == value.value) {
    use.bind_null(index + 1).bind_null(index + 2);
  } else {
    use.bind_real(index + 1, value.low).bind_real(index + 2, value.high);
  }
}

}  // namespace

rules::SlotValue SlotTable::value_of(const Use& row, int column, const TailKey& key) const {
  const double value = row.real(column);
  const rules::SlotValue found =
      row.is_null(column + 1) ? rules::SlotValue::exact(value)
                              : rules::SlotValue{value, row.real(column + 1), row.real(column + 2)};
  if (row.number(column + 3) != tail_digest(key.grid, key.slot, key.series, found)) {
    throw connection_.damaged("slots of series " + std::to_string(key.series));
  }
  return found;
}

SlotTable::SlotTable(Connection& connection, WordTable& words)
    : connection_(connection),
      series_(connection, words),
      chunks_(connection),
      put_(connection.database(),
           "INSERT OR REPLACE INTO slot_tail VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      find_(connection.database(),
            "SELECT value, low, high, digest FROM slot_tail"
            " WHERE grid = ?1 AND slot = ?2 AND series = ?3"),
      oldest_(connection.database(),
              "SELECT slot FROM slot_tail WHERE grid = ?1 ORDER BY slot LIMIT 1"),
      share_(connection.database(),
             "SELECT series, value, low, high, digest FROM slot_tail"
             " WHERE grid = ?1 AND slot = ?2 AND series >= ?3 AND series < ?4"),
      clear_(connection.database(), "DELETE FROM slot_tail WHERE grid = ?1 AND slot < ?2") {}

void SlotTable::append(std::span<const SlotRow> rows, Books& books) {
  std::map<Duration, Rows> by_length;
  for (const SlotRow& row : rows) {
    if (is_number(row.value)) {
      by_length[row.length].push_back(&row);
    }
  }
  for (const auto& [length, of_length] : by_length) {
    const std::int64_t newest = (*std::ranges::max_element(of_length, {}, &SlotRow::index))->index;
    Grid* const known = series_.find_grid(length);
    Grid& grid = known != nullptr ? *known : series_.make_grid(length, newest);
    grid.newest = std::max(grid.newest, newest);
    append_to(grid, of_length, books);
    move_on(grid, books);
    series_.save(grid);
  }
}

void SlotTable::append_to(Grid& grid, const Rows& rows, Books& books) {
  std::vector<Entry> late;
  for (const SlotRow* row : rows) {
    const std::int64_t series = series_.intern(row->service, row->signal, grid);
    if (row->index < grid.tail_start(series)) {
      late.push_back({series, row->index, late.size(), row->value});
    } else {
      put_in_tail(grid, series, *row);
    }
  }
  merge(late, books);
}

// One chunk after the other, however the entries come; of two values for a slot the later one
// stays.
void SlotTable::merge(std::vector<Entry>& entries, Books& books) {
  std::ranges::sort(entries, {},
                    [](const Entry& e) { return std::tuple(e.series, e.slot, e.arrival); });
  std::vector<PlacedValue> values;
  for (std::size_t i = 0; i < entries.size();) {
    const std::int64_t place = chunk_place(entries[i].series, entries[i].slot);
    values.clear();
    for (; i < entries.size() && chunk_place(entries[i].series, entries[i].slot) == place; ++i) {
      const std::int64_t offset = entries[i].slot - chunk_first_slot(place);
      if (!values.empty() && values.back().offset == offset) {
        values.pop_back();
      }
      values.push_back({offset, entries[i].value});
    }
    chunks_.merge(place, values, books);
  }
}

void SlotTable::put_in_tail(const Grid& grid, std::int64_t series, const SlotRow& row) {
  Use put(put_);
  put.bind(1, grid.id).bind(2, row.index).bind(3, series);
  bind_value(put, 4, row.value);
  put.bind(7, tail_digest(grid.id, row.index, series, row.value));
  put.run();
}

std::vector<IndexedValue> SlotTable::read(const std::string& service, const std::string& signal,
                                          Duration length, std::int64_t first, std::int64_t last) {
  std::vector<IndexedValue> values;
  const Grid* const grid = series_.find_grid(length);
  const std::int64_t series = grid == nullptr ? -1 : series_.find(service, signal, *grid);
  if (series < 0) {
    return values;
  }
  first = std::max(first, kFirstPlace);
  last = std::min(last, kLastPlace);
  const std::int64_t tail = grid->tail_start(series);
  const std::int64_t chunks_end = std::min(last, tail);
  if (first < chunks_end) {
    chunks_.read(series, first, chunks_end, values);
  }
  read_tail(*grid, series, std::max(first, tail), std::min(last, grid->newest + 1), values);
  return values;
}

void SlotTable::read_tail(const Grid& grid, std::int64_t series, std::int64_t first,
                          std::int64_t last, std::vector<IndexedValue>& values) {
  for (std::int64_t slot = first; slot < last; ++slot) {
    Use row(find_);
    if (row.bind(1, grid.id).bind(2, slot).bind(3, series).step()) {
      values.push_back({slot, value_of(row, 0, {grid.id, slot, series})});
    }
  }
}

}  // namespace revisitd::storage
