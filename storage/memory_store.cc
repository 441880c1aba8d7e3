#include "storage/memory_store.h"

#include <algorithm>

#include "storage/slot_layout.h"

namespace revisitd::storage {
namespace {

bool fits(const std::string& wanted, const std::string& found) {
  return wanted.empty() || wanted == found;
}

bool fits_type(const std::string& wanted, const std::string& found) {
  return wanted.ends_with(".*") ? found.starts_with(wanted.substr(0, wanted.size() - 1))
                                : fits(wanted, found);
}

bool fits(const TrailQuery& query, const TrailRow& row) {
  return row.sequence > query.after_sequence &&
         (query.before_sequence == 0 || row.sequence < query.before_sequence) &&
         fits(query.service, row.service) && fits(query.team, row.team) &&
         fits(query.language, row.language) && fits(query.revisit, row.revisit) &&
         fits_type(query.type, row.type) && (!query.from || row.at >= *query.from) &&
         (!query.to || row.at < *query.to);
}

bool fits(const DeliveryQuery& query, const DeliveryRow& row) {
  return (!query.state || *query.state == row.state) && fits(query.receiver, row.receiver);
}

// The first `limit` rows that fit, from whichever end is asked for.
template <class Row, class Query>
std::vector<Row> selected(const std::vector<Row>& rows, const Query& query) {
  std::vector<Row> found;
  for (std::size_t i = 0; i < rows.size() && found.size() < query.limit; ++i) {
    const Row& row = query.newest_first ? rows[rows.size() - 1 - i] : rows[i];
    if (fits(query, row)) {
      found.push_back(row);
    }
  }
  return found;
}

}  // namespace

std::vector<StateRow> MemoryStore::load(std::string_view kind) {
  std::vector<StateRow> rows;
  if (const auto found = state_.find(kind); found != state_.end()) {
    for (const auto& [key, value] : found->second) {
      rows.push_back({std::string(kind), key, value});
    }
  }
  return rows;
}

std::int64_t MemoryStore::commit(const Batch& batch) {
  if (!batch.empty()) {
    ++step_;
  }
  for (const auto& [kind, key] : batch.erases) {
    state_[kind].erase(key);
  }
  for (const StateRow& row : batch.puts) {
    state_[row.kind][row.key] = row.value;
  }
  for (const TrailRow& row : batch.trail) {
    trail_.push_back(row);
    trail_.back().sequence = static_cast<std::int64_t>(trail_.size());
  }
  for (const DeliveryRow& row : batch.deliveries) {
    const auto [place, is_new] = delivery_places_.try_emplace(row.id, deliveries_.size());
    if (is_new) {
      deliveries_.push_back(row);
    } else {
      deliveries_[place->second] = row;
    }
  }
  return static_cast<std::int64_t>(trail_.size());
}

void MemoryStore::append_slots(const std::vector<SlotRow>& slots) {
  std::ranges::for_each(slots, check_slot);
  ++step_;
  for (const SlotRow& slot : slots) {
    if (is_number(slot.value)) {
      slots_[{slot.service, slot.signal, slot.length}][slot.index] = slot.value;
    }
  }
}

std::vector<IndexedValue> MemoryStore::read_slots(std::string_view service, std::string_view signal,
                                                  Duration length, std::int64_t first,
                                                  std::int64_t last) {
  std::vector<IndexedValue> values;
  const auto series = slots_.find({std::string(service), std::string(signal), length});
  if (series != slots_.end()) {
    for (auto slot = series->second.lower_bound(first);
         slot != series->second.end() && slot->first < last; ++slot) {
      values.push_back({slot->first, slot->second});
    }
  }
  return values;
}

std::vector<std::pair<std::string, Duration>> MemoryStore::slot_series(std::string_view service) {
  std::vector<std::pair<std::string, Duration>> found;
  for (const auto& [key, slots] : slots_) {
    if (key.service == service) {
      found.emplace_back(key.signal, key.length);
    }
  }
  return found;
}

std::vector<TrailRow> MemoryStore::trail(const TrailQuery& query) {
  return selected(trail_, query);
}

std::vector<DeliveryRow> MemoryStore::deliveries(const DeliveryQuery& query) {
  return selected(deliveries_, query);
}

StoreStats MemoryStore::stats() {
  StoreStats stats;
  stats.trail_rows = static_cast<std::int64_t>(trail_.size());
  stats.pending = std::ranges::count(deliveries_, DeliveryState::pending, &DeliveryRow::state);
  stats.dead = std::ranges::count(deliveries_, DeliveryState::dead, &DeliveryRow::state);
  stats.step = step_;
  return stats;
}

void MemoryStore::enforce(const Retention& retention, TimePoint now) {
  TimePoint reference = now;
  if (!slots_.empty()) {
    TimePoint newest = TimePoint::min();
    for (const auto& [key, slots] : slots_) {
      newest = std::max(newest, slot_start(slots.rbegin()->first + 1, key.length));
    }
    reference = std::min(now, newest);
  }
  if (retention.slots > Duration::zero()) {
    for (auto& [key, slots] : slots_) {
      const std::int64_t first = slot_index(reference - retention.slots, key.length);
      slots.erase(slots.begin(), slots.lower_bound(block_start(first, kChunkSlots)));
    }
    std::erase_if(slots_, [](const auto& series) { return series.second.empty(); });
  }
  if (retention.deliveries > Duration::zero()) {
    std::erase_if(deliveries_, [&](const DeliveryRow& row) {
      return row.state == DeliveryState::delivered && row.finished &&
             *row.finished < reference - retention.deliveries;
    });
    delivery_places_.clear();
    for (std::size_t i = 0; i < deliveries_.size(); ++i) {
      delivery_places_[deliveries_[i].id] = i;
    }
  }
}

void MemoryStore::backup(const std::string& path) {
  throw StoreError(StoreTrouble::io, path + ": a store in memory cannot be backed up");
}

}  // namespace revisitd::storage
