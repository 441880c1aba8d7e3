#include "storage/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/storage/store_folder.h"

namespace revisitd::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Batch full_batch(const std::string& value) {
  return {.puts = {state("a", value), state("b", value)},
          .trail = {happened("said", value)},
          .deliveries = {delivery("d" + value)}};
}

TEST(SqliteStoreTest, WhatWasCommittedOutlivesAKill) {
  const StoreFolder folder;
  folder.with_killed_store([](Store& store) {
    store.commit(full_batch("1"));
    store.append_slots(slots(0, 300, 5));
  });
  folder.with_store([](Store& store) {
    EXPECT_EQ(states_of(store), "a=1 b=1");
    EXPECT_EQ(trail_of(store), "1 said 1");
    EXPECT_EQ(deliveries_of(store), "d1:pending");
    EXPECT_EQ(store.read_slots("checkout", "rps", std::chrono::seconds(1), 0, 300).size(), 300u);
    EXPECT_EQ(store.stats().pending, 1);
    EXPECT_EQ(store.commit({.trail = {happened("again")}}), 2);
  });
}

TEST(SqliteStoreTest, AGoodEndLeavesOneFileToCopy) {
  const StoreFolder folder;
  folder.with_store([](Store& store) { store.commit(full_batch("1")); });
  EXPECT_FALSE(folder.holds("revisitd.db-wal"));
  EXPECT_FALSE(folder.holds("revisitd.db-journal"));
}

TEST(SqliteStoreTest, TheLogIsCutWhenIdle) {
  const StoreFolder folder;
  const auto store = folder.open();
  for (int i = 0; i < 50; ++i) store->commit(full_batch(std::to_string(i)));
  EXPECT_GT(store->stats().wal_bytes, 0);
  store->checkpoint();
  EXPECT_EQ(store->stats().wal_bytes, 0);
}

TEST(SqliteStoreTest, ARefusedSlotUndoesItsRound) {
  const StoreFolder folder;
  const auto store = folder.open();
  SlotRow bad = slot(2, 1);
  bad.length = Duration(1);
  EXPECT_THROW(store->append_slots({slot(1, 1), bad}), std::invalid_argument);
  EXPECT_EQ(store->stats().step, 0);
}

// Rows carry digests: a byte that changes inside a value is no damage to the database format.
class TamperedStoreTest : public testing::Test {
 protected:
  TamperedStoreTest() {
    folder_.with_store([](Store& store) {
      store.commit(full_batch("1"));
      store.commit(full_batch("2"));
    });
  }
  std::string after(const std::string& statements, const std::function<void(Store&)>& use) {
    folder_.tamper(statements);
    return refusal_of([&] { use(*folder_.open()); });
  }
  StoreFolder folder_;
};

TEST_F(TamperedStoreTest, AChangedStateIsNoticed) {
  EXPECT_THAT(after("UPDATE state SET value='9' WHERE key='a'", states_of),
              HasSubstr("is damaged (state decision/a)"));
}

TEST_F(TamperedStoreTest, ALostStateIsNoticed) {
  EXPECT_THAT(after("DELETE FROM state WHERE key='a'", states_of),
              HasSubstr("state of kind decision is not complete"));
}

TEST_F(TamperedStoreTest, AStateThatMovedToAnotherKindIsNoticed) {
  EXPECT_THAT(after("UPDATE state SET kind='meta' WHERE key='a'", states_of),
              HasSubstr("state of kind decision is not complete"));
}

TEST_F(TamperedStoreTest, AChangedTrailIsNoticed) {
  EXPECT_THAT(
      after("UPDATE trail SET at=5 WHERE sequence=2", [](Store& store) { trail_of(store, {}); }),
      HasSubstr("is damaged (trail row 2)"));
}

TEST_F(TamperedStoreTest, AChangedWordIsNoticed) {
  EXPECT_THAT(after("UPDATE word SET text='unsaid' WHERE text='said'",
                    [](Store& store) { trail_of(store, {}); }),
              HasSubstr("is damaged (trail row 1)"));
}

TEST_F(TamperedStoreTest, AChangedDeliveryIsNoticed) {
  EXPECT_THAT(after("UPDATE delivery SET body='{\"x\":1}' WHERE id='d1'",
                    [](Store& store) { deliveries_of(store, {}); }),
              HasSubstr("is damaged (delivery d1)"));
}

TEST_F(TamperedStoreTest, ALostPendingDeliveryIsNoticed) {
  EXPECT_THAT(after("DELETE FROM delivery WHERE id='d1'",
                    [](Store& store) { deliveries_of(store, {.state = DeliveryState::pending}); }),
              HasSubstr("pending deliveries are missing"));
}

// The newest slots lie in the tail, the others in chunks; both are read, and moved on.
class TamperedSlotsTest : public testing::Test {
 protected:
  TamperedSlotsTest() {
    folder_.with_store([](Store& store) { store.append_slots(slots(0, 100, 7)); });
  }
  void expect_noticed(const std::string& statements) {
    const std::string mark = folder_.read("revisitd.mark");
    folder_.tamper(statements);
    EXPECT_THAT(refusal_of([&] { slots_of(*folder_.open(), 0, 100); }),
                HasSubstr("is damaged (slots of series 0 to 31)"));
    // Whoever opens it again is told, and can put it aside.
    EXPECT_THAT(refusal_of([&] { folder_.open(); }),
                HasSubstr("was found damaged while it was in use"));
    folder_.write("revisitd.mark", mark);
    EXPECT_EQ(trouble_of([&] { folder_.open()->append_slots(slots(100, 400)); }), "corrupt");
    EXPECT_EQ(trouble_of([&] { folder_.open(); }), "corrupt");
    set_aside(folder_.path(), {});
    folder_.with_store([](Store& store) { EXPECT_EQ(slots_of(store, 0, 100), ""); });
  }
  // Puts another byte at a place, counted from 1, in the row of slot 50.
  static std::string with_byte(int place, const std::string& byte) {
    return "UPDATE slot_tail SET packed=CAST(substr(packed, 1, " + std::to_string(place - 1) +
           ") || " + byte + " || substr(packed, " + std::to_string(place + 1) +
           ") AS BLOB) WHERE slot=50";
  }
  StoreFolder folder_;
};

TEST_F(TamperedSlotsTest, AChangedValueIsNoticed) { expect_noticed(with_byte(20, "x'41'")); }

TEST_F(TamperedSlotsTest, AnIntervalInTheWrongPlaceIsNoticed) {
  expect_noticed(with_byte(10, "x'01'"));
}

TEST_F(TamperedSlotsTest, ARowThatEndsEarlyIsNoticed) {
  expect_noticed("UPDATE slot_tail SET packed=substr(packed, 1, 20) WHERE slot=50");
}

TEST_F(TamperedSlotsTest, AnEmptyRowIsNoticed) {
  expect_noticed("UPDATE slot_tail SET packed='' WHERE slot=50");
}

TEST_F(TamperedSlotsTest, ASlotThatMovedInTimeIsNoticed) {
  expect_noticed("DELETE FROM slot_tail WHERE slot=50; UPDATE slot_tail SET slot=50 WHERE slot=99");
}

TEST_F(TamperedSlotsTest, ASlotOfAnotherSeriesIsNoticed) {
  folder_.with_store([](Store& store) {
    std::vector<SlotRow> others(32, slot(50, 9));
    for (std::size_t i = 0; i < others.size(); ++i) others[i].signal = "other" + std::to_string(i);
    store.append_slots(others);
  });
  expect_noticed(
      "DELETE FROM slot_tail WHERE slot=50 AND part=0;"
      "UPDATE slot_tail SET part=0 WHERE slot=50 AND part=1");
}

TEST_F(TamperedStoreTest, LostBooksAreNoticed) {
  EXPECT_THAT(after("DELETE FROM books", [](Store&) {}), HasSubstr("its books are empty"));
}

class MovedStoreTest : public testing::Test {
 protected:
  MovedStoreTest() { store_->commit(full_batch("1")); }
  void expect_gone() {
    EXPECT_EQ(trouble_of([&] { store_->verify_in_place(); }), "gone");
    EXPECT_EQ(trouble_of([&] { store_->commit(full_batch("2")); }), "io");
    EXPECT_EQ(trouble_of([&] { states_of(*store_); }), "io");
  }
  StoreFolder folder_;
  std::unique_ptr<Store> store_ = folder_.open();
};

TEST_F(MovedStoreTest, AStoreInPlaceIsWell) {
  EXPECT_EQ(trouble_of([&] { store_->verify_in_place(); }), "none");
  store_->checkpoint();
  EXPECT_EQ(trouble_of([&] { store_->verify_in_place(); }), "none");
}

TEST_F(MovedStoreTest, NoticesThatItsFileWasRemoved) {
  fs::remove(folder_.database());
  expect_gone();
}

TEST_F(MovedStoreTest, NoticesThatItsFileWasReplaced) {
  fs::copy_file(folder_.database(), folder_ / "copy");
  fs::rename(folder_ / "copy", folder_.database());
  const std::string replacement = folder_.read("revisitd.db");
  expect_gone();
  store_.reset();
  EXPECT_EQ(folder_.read("revisitd.db"), replacement);
}

TEST_F(MovedStoreTest, NoticesThatItsLogWasRemoved) {
  fs::remove(folder_ / "revisitd.db-wal");
  expect_gone();
}

TEST(StoreRetentionTest, OverTheSizeTheOldestSlotsGo) {
  const StoreFolder folder;
  const auto store = folder.open();
  store->commit(full_batch("1"));
  for (std::int64_t at = 0; at < 100'000; at += 5000) {
    std::vector<SlotRow> rows = slots(at, at + 5000);
    for (SlotRow& row : rows) row.value = rules::SlotValue::exact(1.0 / double(row.index + 3));
    store->append_slots(rows);
  }
  const std::int64_t before = store->stats().database_bytes;
  const std::int64_t limit = before / 2;
  store->enforce({.max_bytes = limit}, from_millis(0));
  EXPECT_LE(store->stats().database_bytes, limit);
  const auto left = store->read_slots("checkout", "rps", std::chrono::seconds(1), 0, 100'000);
  ASSERT_FALSE(left.empty());
  EXPECT_GT(left.front().index, 0);
  EXPECT_EQ(left.back().index, 99'999);
  EXPECT_EQ(states_of(*store), "a=1 b=1");
  EXPECT_EQ(deliveries_of(*store), "d1:pending");
}

TEST(StoreRetentionTest, ASizeThatStateAloneExceedsEndsWithoutSlots) {
  const StoreFolder folder;
  const auto store = folder.open();
  store->commit(full_batch("1"));
  store->append_slots(slots(0, 2000));
  store->enforce({.max_bytes = 4096}, from_millis(0));
  EXPECT_EQ(states_of(*store), "a=1 b=1");
  EXPECT_EQ(store->stats().slot_chunks, 0);
}

TEST(BackupTest, ACopyIsAWholeStore) {
  const StoreFolder folder, restored;
  const auto store = folder.open();
  store->commit(full_batch("1"));
  store->append_slots(slots(0, 300));
  store->backup(restored.database());
  EXPECT_EQ(fs::status(restored.database()).permissions(), fs::perms(0600));
  restored.with_store([](Store& copy) {
    EXPECT_EQ(states_of(copy), "a=1 b=1");
    EXPECT_EQ(deliveries_of(copy), "d1:pending");
    EXPECT_EQ(slots_of(copy, 0, 2), "0=1 1=1");
  });
  store->commit(full_batch("2"));
  EXPECT_EQ(states_of(*store), "a=2 b=2");
}

TEST(BackupTest, NeverOverwrites) {
  const StoreFolder folder, target;
  const auto store = folder.open();
  target.write("there", "mine");
  EXPECT_EQ(trouble_of([&] { store->backup(target / "there"); }), "unsafe");
  EXPECT_EQ(target.read("there"), "mine");
}

TEST(BackupTest, AFailedCopyLeavesNothing) {
  const StoreFolder folder, target;
  const auto store = folder.open();
  EXPECT_EQ(trouble_of([&] { store->backup(target / "no/such/place"); }), "io");
  EXPECT_TRUE(fs::is_empty(target.path()));
  EXPECT_EQ(trouble_of([&] { store->commit(full_batch("1")); }), "none");
}

TEST(SetAsideTest, ADamagedStoreMakesWayForANewOne) {
  const StoreFolder folder;
  folder.with_store([](Store& store) { store.commit(full_batch("1")); });
  folder.write("revisitd.db", "damaged");
  ASSERT_EQ(trouble_of([&] { folder.open(); }), "corrupt");
  const TimePoint at = from_millis(1'777'888'800'000);
  const std::string moved = set_aside(folder.path(), at);
  EXPECT_THAT(moved, HasSubstr("/revisitd.db.corrupt-20260504T100000Z"));
  EXPECT_EQ(folder.read("revisitd.db.corrupt-20260504T100000Z"), "damaged");
  folder.with_store([](Store& store) { EXPECT_EQ(states_of(store), ""); });
  EXPECT_THAT(set_aside(folder.path(), at), HasSubstr("20260504T100000Z-2"));
}

TEST(SetAsideTest, NothingIsMovedUnderARunningStore) {
  const StoreFolder folder;
  const auto store = folder.open();
  EXPECT_EQ(trouble_of([&] { set_aside(folder.path(), {}); }), "locked");
  EXPECT_TRUE(folder.holds("revisitd.db"));
}

TEST(SetAsideTest, SaysSoWhereThereIsNothing) {
  const StoreFolder folder;
  EXPECT_EQ(trouble_of([&] { set_aside(folder.path(), {}); }), "io");
}

}  // namespace
}  // namespace revisitd::storage
