// The part of SqliteStore that forgets.
#include <algorithm>

#include "storage/sqlite_store.h"

namespace revisitd::storage {
namespace {

constexpr std::int64_t kSeriesAtOnce = 1000;
constexpr int kDeliveriesAtOnce = 1000;
constexpr int kPagesAtOnce = 1000;
// Over the size limit, this share of the time covered goes at once.
constexpr int kShare = 16;

}  // namespace

void SqliteStore::enforce(const Retention& retention, TimePoint now) {
  const auto newest = connection_.guarded([&] { return tables_->slots.newest_end(); });
  const TimePoint reference = newest ? std::min(now, *newest) : now;
  if (newest && retention.slots > Duration::zero()) {
    erase_slots(reference - retention.slots);
  }
  if (retention.deliveries > Duration::zero()) {
    forget_deliveries(reference - retention.deliveries);
  }
  if (retention.max_bytes > 0) {
    shrink_to(retention.max_bytes);
  }
}

void SqliteStore::erase_slots(TimePoint before) {
  std::optional<std::int64_t> after = 0;
  while (after) {
    change(Durability::buffered,
           [&] { after = tables_->slots.erase_before(before, *after, kSeriesAtOnce, books_); });
  }
}

void SqliteStore::forget_deliveries(TimePoint before) {
  int forgotten = kDeliveriesAtOnce;
  while (forgotten == kDeliveriesAtOnce) {
    change(Durability::buffered,
           [&] { forgotten = tables_->deliveries.forget_delivered(before, kDeliveriesAtOnce); });
  }
}

std::int64_t SqliteStore::used_bytes() {
  return connection_.guarded([&] {
    return (connection_.pragma("page_count") - connection_.pragma("freelist_count")) *
           connection_.pragma("page_size");
  });
}

void SqliteStore::shrink_to(std::int64_t bytes) {
  while (used_bytes() > bytes) {
    const auto oldest = connection_.guarded([&] { return tables_->slots.oldest_chunk_end(); });
    const auto newest = connection_.guarded([&] { return tables_->slots.newest_end(); });
    if (!oldest || !newest) {
      break;
    }
    erase_slots(*oldest + std::max(Duration::zero(), (*newest - *oldest) / kShare));
  }
  while (stats().database_bytes > bytes && connection_.pragma("freelist_count") > 0) {
    change(Durability::buffered, [&] {
      connection_.database().exec("PRAGMA incremental_vacuum(" + std::to_string(kPagesAtOnce) +
                                  ")");
    });
  }
}

}  // namespace revisitd::storage
