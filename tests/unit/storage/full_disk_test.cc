#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/unit/storage/faulty_files.h"
#include "tests/unit/storage/store_folder.h"

// Disks that are full or broken, at every single point of a commit.
namespace revisitd::storage {
namespace {

using testing::AnyOf;

Batch step(int n) {
  return {.puts = {state("n", std::to_string(n))},
          .trail = {happened("step")},
          .deliveries = {delivery("d" + std::to_string(n))}};
}

// "n=3 trail=3 pending=3": all three of a step, or something was torn.
std::string told(Store& store) {
  return states_of(store) + " trail=" + std::to_string(store.trail({}).size()) +
         " pending=" + std::to_string(store.deliveries({.state = DeliveryState::pending}).size());
}

std::string after(int n) {
  const std::string number = std::to_string(n);
  return "n=" + number + " trail=" + number + " pending=" + number;
}

class FullDiskTest : public testing::TestWithParam<Fault> {
 protected:
  FullDiskTest() {
    store_->commit(step(1));
    store_->append_slots(slots(0, 30));
  }
  FaultyFiles files_;
  StoreFolder folder_;
  std::unique_ptr<Store> store_ = folder_.open();
};

INSTANTIATE_TEST_SUITE_P(Faults, FullDiskTest, testing::Values(Fault::no_space, Fault::read_only),
                         [](const auto& fault) {
                           return fault.param == Fault::no_space ? "NoSpace" : "ReadOnly";
                         });

TEST_P(FullDiskTest, ARefusedCommitChangesNothingAndTheNextOneGoesThrough) {
  int done = 1;
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    files_.fail_at(nth, GetParam());
    const std::string trouble = trouble_of([&] { store_->commit(step(done + 1)); });
    const bool struck = files_.struck();
    files_.heal();
    if (trouble == "none") ++done;
    EXPECT_THAT(trouble, AnyOf("full", "none"));
    EXPECT_EQ(told(*store_), after(done));
    if (!struck) break;
  }
  store_->commit(step(done + 1));
  EXPECT_EQ(told(*store_), after(done + 1));
}

TEST_P(FullDiskTest, ADiskThatStaysFullRefusesUntilThereIsSpace) {
  files_.fail_at(1, GetParam(), true);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(trouble_of([&] { store_->commit(step(2)); }), "full");
    EXPECT_EQ(trouble_of([&] { store_->append_slots(slots(30, 31)); }), "full");
    EXPECT_EQ(told(*store_), after(1));
  }
  files_.heal();
  store_->commit(step(2));
  store_.reset();
  folder_.with_store([](Store& store) {
    EXPECT_EQ(told(store), after(2));
    EXPECT_EQ(store.read_slots("checkout", "rps", std::chrono::seconds(1), 0, 99).size(), 30u);
  });
}

TEST_P(FullDiskTest, SlotsThatDidNotFitAreTakenAgain) {
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    files_.fail_at(nth, GetParam());
    const std::string trouble = trouble_of([&] { store_->append_slots(slots(30, 330, nth)); });
    const bool struck = files_.struck();
    files_.heal();
    EXPECT_THAT(trouble, AnyOf("full", "none"));
    store_->append_slots(slots(30, 330, -nth));
    EXPECT_EQ(slots_of(*store_, 328, 330),
              "328=-" + std::to_string(nth) + " 329=-" + std::to_string(nth));
    if (!struck) break;
  }
}

// Words are kept under numbers, which a step that was undone gives back.
TEST_P(FullDiskTest, AWordOfARefusedStepStandsForNoOther) {
  const auto of_service = [](const std::string& service) {
    return Batch{.puts = {}, .trail = {happened("step", service)}};
  };
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    const std::string number = std::to_string(nth);
    files_.fail_at(nth, GetParam());
    trouble_of([&] { store_->commit(of_service("refused" + number)); });
    const bool struck = files_.struck();
    files_.heal();
    store_->commit(of_service("other" + number));
    store_->commit(of_service("refused" + number));
    const auto last = store_->trail({.limit = 2, .newest_first = true});
    ASSERT_EQ(last.size(), 2u);
    EXPECT_EQ(last[0].service, "refused" + number);
    EXPECT_EQ(last[1].service, "other" + number);
    if (!struck) break;
  }
}

TEST_P(FullDiskTest, UpkeepOfAFullDiskIsRefusedAndHarmless) {
  files_.fail_at(1, GetParam(), true);
  EXPECT_THAT(trouble_of([&] { store_->checkpoint(); }), AnyOf("full", "none"));
  EXPECT_EQ(
      trouble_of([&] { store_->enforce({.deliveries = Duration(1)}, from_millis(1'000'000)); }),
      "full");
  EXPECT_EQ(trouble_of([&] { store_->backup(folder_ / "copy"); }), "full");
  EXPECT_FALSE(folder_.holds("copy"));
  files_.heal();
  store_->commit(step(2));
  EXPECT_EQ(told(*store_), after(2));
}

// A commit that reports an I/O error may be there or not; nothing may be said until it was read
// again.
TEST(BrokenDiskTest, AFailedCommitIsReadAgainBeforeAnythingElse) {
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    FaultyFiles files;
    const StoreFolder folder;
    auto store = folder.open();
    store->commit(step(1));
    files.fail_at(nth, Fault::io_error);
    const std::string trouble = trouble_of([&] { store->commit(step(2)); });
    const bool struck = files.struck();
    files.heal();
    EXPECT_EQ(trouble, struck ? "io" : "none");
    store.reset();
    folder.with_store([&](Store& again) {
      EXPECT_THAT(told(again), AnyOf(after(1), after(2)));
      if (!struck) EXPECT_EQ(told(again), after(2));
    });
    if (!struck) break;
  }
}

TEST(BrokenDiskTest, AnErrorAfterAFullDiskIsNotTakenForAFullDisk) {
  FaultyFiles files;
  const StoreFolder folder;
  const auto store = folder.open();
  files.fail_at(1, Fault::read_only, true);
  EXPECT_EQ(trouble_of([&] { store->commit(step(1)); }), "full");
  EXPECT_EQ(trouble_of([&] { store->backup(folder / "copy"); }), "full");
  files.fail_at(1, Fault::io_error);
  EXPECT_EQ(trouble_of([&] { store->commit(step(1)); }), "io");
}

TEST(BrokenDiskTest, AfterACommitOfUnknownOutcomeTheStoreSaysNothingMore) {
  FaultyFiles files;
  const StoreFolder folder;
  const auto store = folder.open();
  store->commit(step(1));
  files.fail_at(1, Fault::none);
  store->commit(step(2));
  files.fail_at(files.operations(), Fault::io_error);  // the sync is the last of a commit
  EXPECT_EQ(trouble_of([&] { store->commit(step(3)); }), "io");
  files.heal();
  EXPECT_EQ(trouble_of([&] { store->commit(step(4)); }), "io");
  EXPECT_EQ(trouble_of([&] { told(*store); }), "io");
  EXPECT_EQ(trouble_of([&] { store->checkpoint(); }), "io");
}

TEST(KilledStoreTest, AKillAtAnyPointOfACommitLeavesAllOfItOrNothing) {
  int nth = 0;
  for (int code = 128 + SIGKILL; code != 0; ++nth) {
    SCOPED_TRACE(nth + 1);
    const StoreFolder folder;
    folder.with_killed_store([](Store& store) { store.commit(step(1)); });
    code = in_child([&] {
      FaultyFiles files;
      const auto store = folder.open();
      files.fail_at(nth + 1, Fault::kill);
      store->commit(step(2));
      store->append_slots(slots(0, 300));
      store->checkpoint();
      return 0;
    });
    ASSERT_TRUE(code == 0 || code == 128 + SIGKILL) << code;
    folder.with_store([](Store& store) {
      EXPECT_THAT(told(store), AnyOf(after(1), after(2)));
      store.commit(step(3));
    });
  }
  EXPECT_GT(nth, 10);
}

}  // namespace
}  // namespace revisitd::storage
