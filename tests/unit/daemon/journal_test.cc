#include "daemon/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <mutex>
#include <thread>
#include <utility>

#include "storage/memory_store.h"
#include "tests/throw_at_nth.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using revisitd::testing::kAllocationsCanThrow;
using revisitd::testing::ThrowAtNth;
using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::Batch;
using storage::StoreError;
using storage::StoreTrouble;
using ::testing::ElementsAre;

Batch put(const std::string& key, const std::string& value) {
  return {.puts = {{"k", key, value}}};
}
Batch erase(const std::string& key) { return {.erases = {{"k", key}}}; }
Batch say(const std::string& type) {
  storage::TrailRow row;
  row.type = type;
  return {.trail = {row}};
}
storage::SlotRow slot(std::int64_t index) {
  return {"checkout", "rps", seconds(1), index, rules::SlotValue::exact(1)};
}

// What the store would hold after the batches, each in a commit of its own or all in one.
std::map<std::string, std::string> held(storage::Store& store) {
  std::map<std::string, std::string> rows;
  for (const storage::StateRow& row : store.load("k")) rows[row.key] = row.value;
  return rows;
}

TEST(AppendBatchTest, OneCommitMeansWhatSeveralMeant) {
  // Every sequence of four steps out of these, on a store that holds "a".
  Batch both = put("a", "3");
  both.erases = {{"k", "a"}};
  const std::vector<Batch> steps = {put("a", "1"), put("b", "2"), erase("a"), erase("b"), both};
  for (std::size_t code = 0; code < 625; ++code) {
    SCOPED_TRACE(code);
    storage::MemoryStore apart, together;
    apart.commit(put("a", "0"));
    together.commit(put("a", "0"));
    Batch all;
    for (std::size_t i = 0, rest = code; i < 4; ++i, rest /= 5) {
      apart.commit(steps[rest % 5]);
      append_batch(all, steps[rest % 5]);
    }
    together.commit(all);
    EXPECT_EQ(held(together), held(apart));
  }
}

TEST(AppendBatchTest, TheTrailKeepsItsOrderAndDeliveriesTheirPlace) {
  storage::DeliveryRow first, second;
  first.id = "1";
  second.id = "2";
  Batch all = say("a");
  all.deliveries = {first, second};
  first.attempts = 7;
  Batch newer = say("b");
  newer.deliveries = {first};
  append_batch(all, newer);
  EXPECT_EQ(all.trail.at(0).type + all.trail.at(1).type, "ab");
  ASSERT_EQ(all.deliveries.size(), 2u);
  EXPECT_EQ(all.deliveries[0].attempts, 7);
}

TEST(AppendBatchTest, WhereMemoryRunsOutNothingIsAppended) {
  if (!kAllocationsCanThrow) GTEST_SKIP() << "a sanitizer's allocations never fail";
  const std::string longer(40, 'x');  // than a string holds in place
  Batch older = put("a" + longer, "1");
  older.trail = say(longer).trail;
  older.deliveries.resize(1);
  older.deliveries[0].id = longer;
  Batch newer = put("a" + longer, "2");
  newer.puts.push_back(put("b" + longer, "3").puts[0]);
  newer.erases = {{"k", "a" + longer}};
  newer.trail = say("new").trail;
  newer.deliveries.resize(2);
  newer.deliveries[0].id = longer;
  newer.deliveries[0].attempts = 7;
  newer.deliveries[1].id = "2" + longer;
  bool done = false;
  for (std::size_t n = 0; !done; ++n) {
    Batch all = older, next = newer;
    {
      const ThrowAtNth failing(n);
      try {
        append_batch(all, std::move(next));
        done = true;
      } catch (const std::bad_alloc&) {
      }
    }
    SCOPED_TRACE(n);
    ASSERT_EQ(all.puts.size(), done ? 2u : 1u);
    EXPECT_EQ(all.puts[0].value, done ? "2" : "1");
    EXPECT_EQ(all.erases.size(), done ? 1u : 0u);
    EXPECT_EQ(all.trail.size(), done ? 2u : 1u);
    ASSERT_EQ(all.deliveries.size(), done ? 2u : 1u);
    EXPECT_EQ(all.deliveries[0].attempts, done ? 7 : 0);
  }
}

// A store in memory that is in trouble when told to.
class TroubledStore : public storage::MemoryStore {
 public:
  std::int64_t commit(const Batch& batch) override {
    complain();
    ++commits;
    return MemoryStore::commit(batch);
  }
  void append_slots(const std::vector<storage::SlotRow>& slots) override {
    complain();
    MemoryStore::append_slots(slots);
  }

  std::atomic<bool> troubled = false;
  std::atomic<StoreTrouble> trouble = StoreTrouble::full;
  std::atomic<bool> odd = false;  // an exception that is no StoreError
  std::atomic<int> commits = 0;

 private:
  void complain() const {
    if (odd) throw std::runtime_error("odd");
    if (troubled) throw StoreError(trouble, "in trouble");
  }
};

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    auto store = std::make_unique<TroubledStore>();
    store_ = store.get();
    StoreThread::Opener opener = [made = store.release()](std::unique_ptr<storage::Store>) {
      return std::unique_ptr<storage::Store>(made);
    };
    thread_.open(std::move(opener));
    asio::co_spawn(context_, thread_.opened(), [this](std::exception_ptr) { opened_ = true; });
    until([this] { return opened_; });
    Journal::Hooks hooks;
    hooks.broken = [this](const StoreError& error) {
      broken_ += storage::store_trouble_name(error.trouble());
    };
    hooks.trouble = [this](std::optional<std::string> what) {
      troubles_.push_back(what.value_or("over"));
    };
    journal_.emplace(context_.get_executor(), thread_, std::move(hooks));
    journal_->start();
  }
  ~JournalTest() override {
    stop(milliseconds(200));
    thread_.close();
  }

  void until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      context_.restart();
      context_.run_one_for(milliseconds(20));
    }
  }
  void add(Batch batch, const std::string& name) {
    journal_->add(std::move(batch), [this, name] { durable_.push_back(name); });
  }
  void stop(Duration patience) {
    bool stopped = false;
    asio::co_spawn(context_, journal_->stop(patience), [&](std::exception_ptr) { stopped = true; });
    until([&] { return stopped; });
  }

  asio::io_context context_;
  StoreThread thread_;
  TroubledStore* store_ = nullptr;
  std::optional<Journal> journal_;
  bool opened_ = false;
  std::string broken_;
  std::vector<std::string> troubles_, durable_;
};

TEST_F(JournalTest, CallsBackOnlyOnceDurable) {
  add(say("a"), "a");
  EXPECT_TRUE(durable_.empty());
  EXPECT_EQ(journal_->waiting(), 1u);
  until([&] { return !durable_.empty(); });
  EXPECT_EQ(store_->commits, 1);
  EXPECT_EQ(store_->trail({}).size(), 1u);
  EXPECT_EQ(journal_->waiting(), 0u);
}

TEST_F(JournalTest, WhatGathersGoesDownTogetherInOrder) {
  for (const char* name : {"a", "b", "c"}) add(say(name), name);
  until([&] { return durable_.size() == 3; });
  EXPECT_THAT(durable_, ElementsAre("a", "b", "c"));
  EXPECT_LE(store_->commits, 2);
  EXPECT_EQ(store_->trail({}).at(2).type, "c");
}

TEST_F(JournalTest, NothingToWriteIsDurableAtOnce) {
  add({}, "empty");
  EXPECT_THAT(durable_, ElementsAre("empty"));
}

TEST_F(JournalTest, NoSlotsAreNothingToWaitFor) {
  journal_->add_slots({});
  bool durable = false;
  asio::co_spawn(context_, journal_->durable(), [&](std::exception_ptr) { durable = true; });
  until([&] { return durable; });
}

TEST_F(JournalTest, AFullDiskKeepsEverythingInOrder) {
  store_->troubled = true;
  add(say("a"), "a");
  journal_->add_slots({slot(1)});
  until([&] { return !journal_->writable(); });
  add(say("b"), "b");
  journal_->add_slots({slot(2)});
  EXPECT_EQ(journal_->waiting(), 4u);
  EXPECT_TRUE(durable_.empty());
  store_->troubled = false;
  until([&] { return durable_.size() == 2; });
  EXPECT_THAT(durable_, ElementsAre("a", "b"));
  EXPECT_THAT(troubles_, ElementsAre("in trouble", "over"));
  EXPECT_TRUE(journal_->writable());
  EXPECT_EQ(store_->trail({}).at(1).type, "b");
  EXPECT_EQ(store_->read_slots("checkout", "rps", seconds(1), 0, 9).size(), 2u);
  EXPECT_EQ(broken_, "");
}

TEST_F(JournalTest, ABrokenDiskIsReported) {
  store_->trouble = StoreTrouble::io;
  store_->troubled = true;
  add(say("a"), "a");
  until([&] { return !broken_.empty(); });
  EXPECT_EQ(broken_, "io");
  EXPECT_TRUE(durable_.empty());
  EXPECT_EQ(journal_->waiting(), 1u);
}

TEST_F(JournalTest, WhatNobodyForesawCountsAsABrokenDisk) {
  store_->odd = true;
  add(say("a"), "a");
  until([&] { return !broken_.empty(); });
  EXPECT_EQ(broken_, "io");
  EXPECT_TRUE(durable_.empty());
}

TEST_F(JournalTest, SlotsBeyondTheLimitAreDroppedAndCounted) {
  store_->troubled = true;
  journal_->add_slots(std::vector<storage::SlotRow>(Journal::kMostSlotRows, slot(1)));
  journal_->add_slots({slot(2), slot(3)});
  EXPECT_EQ(journal_->dropped_slots(), 2u);
  add(say("a"), "a");
  EXPECT_EQ(journal_->waiting(), Journal::kMostSlotRows + 1);
}

TEST_F(JournalTest, WhoWillNotWaitForAFullDiskIsToldAtOnce) {
  std::optional<bool> durable;
  const auto settle = [&] {
    asio::co_spawn(context_, journal_->settled(),
                   [&](std::exception_ptr, bool answer) { durable = answer; });
    until([&] { return durable.has_value(); });
    return *std::exchange(durable, std::nullopt);
  };
  add(say("a"), "a");
  EXPECT_TRUE(settle());
  store_->troubled = true;
  add(say("b"), "b");
  EXPECT_FALSE(settle());
  EXPECT_FALSE(settle());
}

using Haste = StoreThread::Haste;

// The database thread at work that ends when told to.
class BusyStoreTest : public JournalTest {
 protected:
  void ask(Haste haste) {
    auto work = [this](storage::Store&) {
      while (!finish_) std::this_thread::sleep_for(milliseconds(1));
      return true;
    };
    asio::co_spawn(context_, thread_.ask(std::move(work), haste),
                   [this](std::exception_ptr, bool) { ++finished_; });
    context_.restart();
    context_.poll();
  }
  void finish(int count) {
    finish_ = true;
    until([&] { return finished_ == count; });
    finish_ = false;
  }

  std::atomic<bool> finish_ = false;
  int finished_ = 0;
};

TEST_F(BusyStoreTest, SaysForHowLongItHasBeenAtIt) {
  EXPECT_FALSE(thread_.busy_for());
  ask(Haste::soon);
  until([&] { return thread_.busy_for() > milliseconds(5); });
  ask(Haste::soon);
  EXPECT_GT(thread_.busy_for(), milliseconds(5)) << "a second wish is no progress";
  finish(2);
  EXPECT_FALSE(thread_.busy_for());
}

TEST_F(BusyStoreTest, WorkThatMayTakeItsTimeIsNotCounted) {
  ask(Haste::whenever);
  ask(Haste::soon);
  EXPECT_FALSE(thread_.busy_for()) << "it waits behind a copy";
  finish(2);
}

TEST_F(BusyStoreTest, WhoWaitsOnlySoLongForASlowDiskIsToldSo) {
  ask(Haste::soon);
  add(say("a"), "a");
  std::optional<bool> durable;
  asio::co_spawn(context_, journal_->settled(milliseconds(30)),
                 [&](std::exception_ptr, bool answer) { durable = answer; });
  until([&] { return durable.has_value(); });
  EXPECT_EQ(durable, false);
  finish(1);
  until([&] { return !durable_.empty(); });
}

TEST_F(JournalTest, WaitersWakeWhenWhatTheyWaitForIsThere) {
  bool woke = false;
  add(say("a"), "a");
  asio::co_spawn(context_, journal_->durable(), [&](std::exception_ptr) { woke = true; });
  until([&] { return woke; });
  EXPECT_THAT(durable_, ElementsAre("a"));
}

TEST_F(JournalTest, AStopWritesWhatIsLeft) {
  add(say("a"), "a");
  journal_->add_slots({slot(1)});
  stop(seconds(5));
  EXPECT_THAT(durable_, ElementsAre("a"));
  EXPECT_EQ(journal_->waiting(), 0u);
}

TEST_F(JournalTest, AStopWithAFullDiskEndsAndLeavesItsWaitersAsleep) {
  store_->troubled = true;
  add(say("a"), "a");
  bool woke = false;
  asio::co_spawn(context_, journal_->durable(), [&](std::exception_ptr) { woke = true; });
  until([&] { return !journal_->writable(); });
  stop(milliseconds(100));
  EXPECT_EQ(journal_->waiting(), 1u);
  context_.restart();
  EXPECT_LT(context_.run_for(milliseconds(300)), 100u) << "a waiter spins";
  EXPECT_FALSE(woke);
}

}  // namespace
}  // namespace revisitd::daemon
