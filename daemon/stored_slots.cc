#include "daemon/stored_slots.h"

#include <algorithm>
#include <iterator>

namespace revisitd::daemon {

void add_rows(const rules::SlotReading& reading, std::vector<storage::SlotRow>& rows) {
  const std::int64_t index = slot_index(reading.start, reading.length);
  std::size_t most = rows.size();
  for (const rules::ServiceReading& service : reading.services) most += service.signals.size();
  if (most > rows.capacity()) rows.reserve(std::max(most, 2 * rows.capacity()));
  for (const rules::ServiceReading& service : reading.services) {
    for (const rules::SignalReading& signal : service.signals) {
      if (signal.value)
        rows.push_back({service.service, signal.signal, reading.length, index, *signal.value});
    }
  }
}

rules::SlotHistory read_history(storage::Store& store,
                                const std::vector<rules::HistoryNeed>& needs) {
  rules::SlotHistory history;
  for (const rules::HistoryNeed& need : needs) {
    auto& values = history.values[need.key];
    for (const storage::IndexedValue& v : store.read_slots(
             need.key.service, need.key.signal, need.key.length, need.first, need.last)) {
      values.emplace_back(v.index, v.value);
    }
  }
  return history;
}

void fill_holes(storage::Store& store, const std::vector<storage::SlotRow>& rows) {
  std::vector<storage::SlotRow> missing;
  for (auto row = rows.begin(); row != rows.end();) {
    const auto end = std::find_if(row, rows.end(), [&](const storage::SlotRow& r) {
      return r.service != row->service || r.signal != row->signal || r.length != row->length;
    });
    const auto stored = store.read_slots(row->service, row->signal, row->length, row->index,
                                         std::prev(end)->index + 1);
    auto known = stored.begin();
    for (; row != end; ++row) {
      while (known != stored.end() && known->index < row->index) ++known;
      if (known == stored.end() || known->index != row->index) missing.push_back(*row);
    }
  }
  if (!missing.empty()) store.append_slots(missing);
}

}  // namespace revisitd::daemon
