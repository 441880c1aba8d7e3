#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/storage/store_folder.h"

// A byte that flips anywhere in the file is either noticed or changes nothing that is read, but for
// a hole among the slots: where a key is damaged, what it led to is not found.
namespace revisitd::storage {
namespace {

using testing::AnyOf;

constexpr std::int64_t kSlots = 300;
constexpr double kValue = 7.5;

void fill(Store& store) {
  for (int n = 0; n < 40; ++n) {
    const std::string number = std::to_string(n);
    store.commit(
        {.puts = {state("service-" + number, "{\"verdict\":\"clear\",\"n\":" + number + "}")},
         .trail = {happened("verdict", "service-" + number, n)},
         .deliveries = {delivery("d" + number,
                                 n % 3 == 0 ? DeliveryState::pending : DeliveryState::delivered)}});
  }
  store.append_slots(slots(0, kSlots, kValue));
}

// All that a start and the pages read.
std::string all_of(Store& store) {
  std::string all = states_of(store) + "|" + trail_of(store, {}) + "|" +
                    deliveries_of(store, {.state = DeliveryState::pending});
  for (const TrailRow& row : store.trail({})) all += format_time(row.at) + row.body;
  for (const DeliveryRow& row : store.deliveries({.state = DeliveryState::pending})) {
    all += row.id + row.receiver + row.body + std::to_string(row.attempts);
  }
  return all;
}

// Slots that are there have the value they were stored with.
void look_at_slots(Store& store) {
  const auto found = store.read_slots("checkout", "rps", std::chrono::seconds(1), -1000, 1000);
  for (const IndexedValue& slot : found) {
    EXPECT_EQ(slot.value, rules::SlotValue::exact(kValue)) << slot.index;
    EXPECT_TRUE(slot.index >= 0 && slot.index < kSlots) << slot.index;
  }
}

// The store as a copy of another one with a damaged database; what is wrong with it.
class DamagedFileTest : public testing::Test {
 protected:
  DamagedFileTest() {
    whole_.with_store([&](Store& store) {
      fill(store);
      expected_ = all_of(store);
    });
    bytes_ = whole_.read("revisitd.db");
  }
  std::string trouble_with(const std::string& bytes) {
    const StoreFolder damaged;
    damaged.write("revisitd.db", bytes);
    damaged.write("revisitd.mark", whole_.read("revisitd.mark"));
    std::string found = expected_;
    const std::string trouble = trouble_of([&] {
      damaged.with_store([&](Store& store) {
        found = all_of(store);
        look_at_slots(store);
      });
    });
    EXPECT_EQ(found, expected_);
    return trouble;
  }

  StoreFolder whole_;
  std::string expected_, bytes_;
};

TEST_F(DamagedFileTest, NoFlippedByteIsTakenForData) {
  std::mt19937 random(19);
  int noticed = 0;
  for (std::size_t at = random() % 151; at < bytes_.size(); at += 1 + random() % 151) {
    SCOPED_TRACE(at);
    std::string flipped = bytes_;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (random() % 8)));
    const std::string trouble = trouble_with(flipped);
    EXPECT_THAT(trouble, AnyOf("none", "corrupt", "foreign", "newer"));
    noticed += trouble != "none";
  }
  EXPECT_GT(noticed, 50);
}

TEST_F(DamagedFileTest, AFileCutAnywhereIsNoticed) {
  for (std::size_t size = 0; size + 4096 <= bytes_.size(); size += 997) {
    SCOPED_TRACE(size);
    EXPECT_EQ(trouble_with(bytes_.substr(0, size)), "corrupt");
  }
  // Of the last page only what is free may be missing unnoticed.
  for (std::size_t size = bytes_.size() - 4096; size < bytes_.size(); size += 97) {
    SCOPED_TRACE(size);
    EXPECT_THAT(trouble_with(bytes_.substr(0, size)), AnyOf("none", "corrupt"));
  }
}

}  // namespace
}  // namespace revisitd::storage
