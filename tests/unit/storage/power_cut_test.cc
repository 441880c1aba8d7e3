#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/storage/faulty_files.h"
#include "tests/unit/storage/store_folder.h"

// The power goes at some operation on files: what was not synced is lost, torn or there, in any
// order. What a commit acknowledged must be there, whole.
namespace revisitd::storage {
namespace {

constexpr int kSteps = 12;

Batch step(int n) {
  const std::string number = std::to_string(n);
  return {.puts = {state("n", number), state("k" + number, std::string(300, 'x'))},
          .trail = {happened("step")},
          .deliveries = {delivery("d" + number)}};
}

// Runs until the power goes at the nth operation; how many steps were acknowledged.
int run_until_cut(const StoreFolder& folder, FaultyFiles& files, int nth) {
  int acknowledged = 0;
  files.fail_at(nth, Fault::io_error, true);
  try {
    const auto store = folder.open();
    for (int n = 1; n <= kSteps; ++n) {
      store->commit(step(n));
      acknowledged = n;
      store->append_slots(slots(n * 50, n * 50 + 50));
      if (n % 5 == 0) store->checkpoint();
    }
  } catch (const StoreError&) {
  }
  return acknowledged;
}

void expect_whole(Store& store, int acknowledged) {
  const auto rows = store.load("decision");
  const auto n = rows.empty() ? 0 : static_cast<int>(rows.size()) - 1;
  EXPECT_GE(n, acknowledged);
  EXPECT_LE(n, acknowledged + 1);
  if (n > 0) EXPECT_EQ(rows.back().value, std::to_string(n));
  EXPECT_EQ(store.trail({}).size(), static_cast<std::size_t>(n));
  EXPECT_EQ(store.deliveries({.state = DeliveryState::pending}).size(),
            static_cast<std::size_t>(n));
  store.commit(step(n + 1));
}

TEST(PowerCutTest, EveryAcknowledgedCommitIsThereAfterwards) {
  std::mt19937 random(17);
  int nth = 1;
  for (bool cut = true; cut; nth += 1 + static_cast<int>(random() % 3)) {
    SCOPED_TRACE(nth);
    FaultyFiles files;
    const StoreFolder before;
    const int acknowledged = run_until_cut(before, files, nth);
    cut = files.struck();
    // The first page has a few sectors only, whose every order is to be seen.
    const int variants = nth < 8 ? 40 : 3;
    for (int variant = 0; cut && variant < variants; ++variant) {
      const StoreFolder after;
      for (const auto& [name, bytes] : files.after_power_cut(before.path(), random))
        after.write(name, bytes);
      if (before.holds("revisitd.mark")) after.write("revisitd.mark", before.read("revisitd.mark"));
      files.heal();
      EXPECT_EQ(refusal_of([&] {
                  after.with_store([&](Store& store) { expect_whole(store, acknowledged); });
                }),
                "");
    }
  }
  EXPECT_GT(nth, 60);
}

}  // namespace
}  // namespace revisitd::storage
