#include "storage/slot_layout.h"

#include <cmath>
#include <cstdlib>
#include <stdexcept>

namespace revisitd::storage {
namespace {

constexpr std::int64_t kFarthestMillis = 1'000'000'000'000'000;

}  // namespace

void check_slot(const SlotRow& row) {
  if (row.length < kShortestSlot || !has_place(row.index) ||
      std::abs(row.index) > kFarthestMillis / row.length.count()) {
    throw std::invalid_argument("slot of " + row.service + "/" + row.signal +
                                " out of range: index " + std::to_string(row.index) + " of " +
                                std::to_string(row.length.count()) + " ms");
  }
}

bool is_number(const rules::SlotValue& value) {
  return std::isfinite(value.value) && !std::isnan(value.low) && !std::isnan(value.high);
}

}  // namespace revisitd::storage
