#include "storage/slot_table.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "storage/slot_layout.h"

namespace revisitd::storage {
TailRow SlotTable::unpacked(const TailKey& key, std::string_view text) const {
  const auto row = unpack_tail_row(key, text);
  if (!row) {
    const std::int64_t first = key.part * kTailSeries;
    throw connection_.damaged("slots of series " + std::to_string(first) + " to " +
                              std::to_string(first + kTailSeries - 1));
  }
  return *row;
}

TailRow SlotTable::find_row(const TailKey& key) {
  Use row(find_);
  return row.bind(1, key.grid).bind(2, key.slot).bind(3, key.part).step()
             ? unpacked(key, row.blob(0))
             : TailRow();
}

SlotTable::SlotTable(Connection& connection, WordTable& words)
    : connection_(connection),
      series_(connection, words),
      chunks_(connection),
      put_(connection.database(), "INSERT OR REPLACE INTO slot_tail VALUES(?1, ?2, ?3, ?4)"),
      find_(connection.database(),
            "SELECT packed FROM slot_tail WHERE grid = ?1 AND slot = ?2 AND part = ?3"),
      oldest_(connection.database(),
              "SELECT slot FROM slot_tail WHERE grid = ?1 ORDER BY slot LIMIT 1"),
      share_(connection.database(),
             "SELECT part, packed FROM slot_tail"
             " WHERE grid = ?1 AND slot = ?2 AND part >= ?3 AND part <= ?4"),
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
    const std::int64_t before = grid.newest;
    grid.newest = std::max(before, newest);
    append_to(grid, of_length, before, books);
    move_on(grid, books);
    series_.save(grid);
  }
}

void SlotTable::append_to(Grid& grid, const Rows& rows, std::int64_t newest, Books& books) {
  std::vector<Entry> late, in_time;
  for (const SlotRow* row : rows) {
    const std::int64_t series = series_.intern(row->service, row->signal, grid);
    std::vector<Entry>& entries = row->index < grid.tail_start(series) ? late : in_time;
    entries.push_back({series, row->index, entries.size(), row->value});
  }
  merge(late, books);
  put_in_tail(grid, in_time, newest);
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

// One row after the other; what the tail has is read only for slots that are not newer than the
// newest before.
void SlotTable::put_in_tail(const Grid& grid, std::vector<Entry>& entries, std::int64_t newest) {
  std::ranges::sort(entries, {},
                    [](const Entry& e) { return std::tuple(e.slot, e.series, e.arrival); });
  for (auto entry = entries.begin(); entry != entries.end();) {
    const TailKey key = TailKey::of(grid.id, entry->slot, entry->series);
    TailRow row = key.slot > newest ? TailRow() : find_row(key);
    for (; entry != entries.end() && TailKey::of(grid.id, entry->slot, entry->series) == key;
         ++entry) {
      row.put(entry->series, entry->value);
    }
    const std::string packed = pack_tail_row(key, row);
    Use(put_).bind(1, key.grid).bind(2, key.slot).bind(3, key.part).bind_blob(4, packed).run();
  }
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
    const TailRow row = find_row(TailKey::of(grid.id, slot, series));
    if (const rules::SlotValue* value = row.find(series)) {
      values.push_back({slot, *value});
    }
  }
}

}  // namespace revisitd::storage
