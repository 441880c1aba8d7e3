#include "daemon/stored_slots.h"

#include <gtest/gtest.h>

#include "storage/memory_store.h"

namespace revisitd::daemon {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);

storage::SlotRow row(const std::string& service, std::int64_t index, double value) {
  return {service, "rps", kMinute, index, rules::SlotValue::exact(value)};
}

TEST(StoredSlotsTest, WhatIsFetchedFillsHolesOnly) {
  storage::MemoryStore store;
  store.append_slots({row("cart", 2, 20), row("cart", 4, 40), row("shop", 1, 10)});
  fill_holes(store, {row("cart", 1, -1), row("cart", 2, -2), row("cart", 3, -3), row("cart", 4, -4),
                     row("shop", 1, -1), row("shop", 2, -2), row("team", 7, 7)});
  std::string all;
  for (const std::string service : {"cart", "shop", "team"}) {
    for (const auto& v : store.read_slots(service, "rps", kMinute, 0, 9)) {
      all += service + std::to_string(v.index) + "=" +
             std::to_string(static_cast<int>(v.value.value)) + " ";
    }
  }
  EXPECT_EQ(all, "cart1=-1 cart2=20 cart3=-3 cart4=40 shop1=10 shop2=-2 team7=7 ");
}

TEST(StoredSlotsTest, HistoryIsReadByNeed) {
  storage::MemoryStore store;
  store.append_slots({row("cart", 2, 20), row("cart", 4, 40)});
  const auto history = read_history(store, {{{"cart", "rps", kMinute}, 3, 9}});
  EXPECT_EQ(history.values.at({"cart", "rps", kMinute}),
            (rules::SlotHistory::Values{{4, rules::SlotValue::exact(40)}}));
}

}  // namespace
}  // namespace revisitd::daemon
