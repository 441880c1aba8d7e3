#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

#include "storage/memory_store.h"
#include "tests/unit/storage/store_folder.h"

// What every store does, whatever it is made of.
namespace revisitd::storage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::Pair;

enum class Engine { sqlite, memory };

class StoreContractTest : public testing::TestWithParam<Engine> {
 protected:
  StoreFolder folder_;
  std::unique_ptr<Store> store_ = GetParam() == Engine::sqlite
                                      ? folder_.open()
                                      : std::unique_ptr<Store>(std::make_unique<MemoryStore>());
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreContractTest, testing::Values(Engine::sqlite, Engine::memory),
                         [](const auto& engine) {
                           return engine.param == Engine::sqlite ? "Sqlite" : "Memory";
                         });

TEST_P(StoreContractTest, BeginsEmpty) {
  EXPECT_EQ(states_of(*store_), "");
  EXPECT_EQ(trail_of(*store_), "");
  EXPECT_EQ(deliveries_of(*store_), "");
  EXPECT_EQ(slots_of(*store_, 0, 1000), "");
  EXPECT_EQ(store_->stats().step, 0);
}

TEST_P(StoreContractTest, KeepsTheLatestValueOfAKey) {
  store_->commit({.puts = {state("b", "1"), state("a", "2"), {"meta", "b", "x"}}});
  store_->commit({.puts = {state("b", "3")}});
  EXPECT_EQ(states_of(*store_), "a=2 b=3");
  EXPECT_EQ(store_->load("meta").size(), 1u);
  EXPECT_TRUE(store_->load("none").empty());
}

TEST_P(StoreContractTest, ErasesComeBeforePuts) {
  store_->commit({.puts = {state("a", "1"), state("b", "1")}});
  store_->commit({.puts = {state("a", "2")},
                  .erases = {{"decision", "a"}, {"decision", "b"}, {"decision", "none"}}});
  EXPECT_EQ(states_of(*store_), "a=2");
}

TEST_P(StoreContractTest, KeepsAnyBytes) {
  const std::string odd("quote ' nul \0 bad \xff end", 22);
  store_->commit({.puts = {state(odd, odd)}, .trail = {happened(odd, odd)}});
  EXPECT_EQ(store_->load("decision").at(0).key, odd);
  EXPECT_EQ(store_->load("decision").at(0).value, odd);
  EXPECT_EQ(store_->trail({.service = odd}).at(0).type, odd);
}

TEST_P(StoreContractTest, AnEmptyBatchIsNoChange) {
  store_->commit({.puts = {state("a", "1")}});
  EXPECT_EQ(store_->commit({}), 0);
  EXPECT_EQ(store_->stats().step, 1);
}

TEST_P(StoreContractTest, StepsOnlyGrow) {
  std::int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    store_->commit({.puts = {state("a", std::to_string(i))}});
    EXPECT_GT(store_->stats().step, last);
    last = store_->stats().step;
    store_->append_slots({slot(i, 1)});
    EXPECT_GT(store_->stats().step, last);
    last = store_->stats().step;
  }
}

TEST_P(StoreContractTest, NumbersTheTrailWithoutGaps) {
  EXPECT_EQ(store_->commit({.trail = {happened("a"), happened("b")}}), 2);
  EXPECT_EQ(store_->commit({.puts = {state("a", "1")}}), 2);
  TrailRow claims_another = happened("c");
  claims_another.sequence = 77;
  EXPECT_EQ(store_->commit({.trail = {claims_another}}), 3);
  EXPECT_EQ(trail_of(*store_), "1 a checkout 2 b checkout 3 c checkout");
  EXPECT_EQ(store_->stats().trail_rows, 3);
}

TEST_P(StoreContractTest, ATrailRowComesBackWhole) {
  TrailRow row = happened("revisit.opened", "checkout", 1'777'032'000'123);
  row.team = "payments";
  row.language = "python";
  row.revisit = "r1";
  row.by = "ana";
  row.body = R"({"why":"because"})";
  store_->commit({.trail = {row}});
  const TrailRow found = store_->trail({}).at(0);
  EXPECT_EQ(found.at, row.at);
  EXPECT_EQ(found.team + found.language + found.revisit + found.by + found.body,
            row.team + row.language + row.revisit + row.by + row.body);
}

TEST_P(StoreContractTest, AnswersTrailQueries) {
  TrailRow of_revisit = happened("revisit.worsened", "search", 300);
  of_revisit.team = "find";
  of_revisit.language = "go";
  of_revisit.revisit = "r1";
  store_->commit(
      {.trail = {happened("revisit.opened", "checkout", 100), happened("revisits", "checkout", 200),
                 of_revisit, happened("roster.changed", "", 400)}});
  EXPECT_EQ(trail_of(*store_, {.service = "search"}), "3 revisit.worsened search");
  EXPECT_EQ(trail_of(*store_, {.team = "find"}), "3 revisit.worsened search");
  EXPECT_EQ(trail_of(*store_, {.language = "go"}), "3 revisit.worsened search");
  EXPECT_EQ(trail_of(*store_, {.revisit = "r1"}), "3 revisit.worsened search");
  EXPECT_EQ(trail_of(*store_, {.service = "search", .team = "other"}), "");
  EXPECT_EQ(trail_of(*store_, {.service = "never heard of"}), "");
  EXPECT_EQ(trail_of(*store_, {.type = "revisits"}), "2 revisits checkout");
  EXPECT_EQ(trail_of(*store_, {.type = "revisit.*"}),
            "1 revisit.opened checkout 3 revisit.worsened search");
  EXPECT_EQ(trail_of(*store_, {.service = "checkout", .type = "revisit.*"}),
            "1 revisit.opened checkout");
  EXPECT_EQ(trail_of(*store_, {.from = from_millis(200), .to = from_millis(300)}),
            "2 revisits checkout");
  EXPECT_EQ(trail_of(*store_, {.service = "checkout", .from = from_millis(101)}),
            "2 revisits checkout");
}

TEST_P(StoreContractTest, PagesThroughTheTrail) {
  store_->commit({.trail = {happened("a", "x"), happened("b", "x"), happened("c", "x")}});
  EXPECT_EQ(trail_of(*store_, {.after_sequence = 1, .limit = 1}), "2 b x");
  EXPECT_EQ(trail_of(*store_, {.limit = 2, .newest_first = true}), "3 c x 2 b x");
  EXPECT_EQ(trail_of(*store_, {.before_sequence = 3, .limit = 1, .newest_first = true}), "2 b x");
  EXPECT_EQ(trail_of(*store_, {.before_sequence = 1, .newest_first = true}), "");
  EXPECT_EQ(trail_of(*store_, {.limit = 0}), "");
  EXPECT_EQ(trail_of(*store_, {.limit = std::numeric_limits<std::size_t>::max()}),
            "1 a x 2 b x 3 c x");
}

TEST_P(StoreContractTest, DeliveriesKeepTheirFirstPlace) {
  store_->commit({.deliveries = {delivery("b"), delivery("a")}});
  store_->commit({.deliveries = {delivery("b", DeliveryState::dead), delivery("c")}});
  EXPECT_EQ(deliveries_of(*store_), "b:dead a:pending c:pending");
  EXPECT_EQ(deliveries_of(*store_, {.newest_first = true}), "c:pending a:pending b:dead");
}

TEST_P(StoreContractTest, ADeliveryComesBackWhole) {
  DeliveryRow row = delivery("a");
  row.service = "checkout";
  row.revisit = "r1";
  row.attempts = 3;
  row.created = from_millis(5);
  row.next_attempt = from_millis(6);
  row.last_error = "503";
  store_->commit({.deliveries = {row}});
  const DeliveryRow found = store_->deliveries({}).at(0);
  EXPECT_EQ(found.service + found.revisit + found.body + found.last_error,
            row.service + row.revisit + row.body + row.last_error);
  EXPECT_EQ(found.attempts, 3);
  EXPECT_EQ(found.created, row.created);
  EXPECT_EQ(found.next_attempt, row.next_attempt);
  EXPECT_EQ(found.finished, std::nullopt);
}

TEST_P(StoreContractTest, AnswersDeliveryQueries) {
  DeliveryRow other = delivery("c", DeliveryState::dead);
  other.receiver = "slack";
  store_->commit({.deliveries = {delivery("a"), delivery("b", DeliveryState::delivered), other}});
  EXPECT_EQ(deliveries_of(*store_, {.state = DeliveryState::pending}), "a:pending");
  EXPECT_EQ(deliveries_of(*store_, {.receiver = "slack"}), "c:dead");
  EXPECT_EQ(deliveries_of(*store_, {.state = DeliveryState::dead, .receiver = "hook"}), "");
  EXPECT_EQ(deliveries_of(*store_, {.limit = 1}), "a:pending");
  EXPECT_EQ(deliveries_of(*store_, {.state = DeliveryState::pending, .limit = 0}), "");
}

TEST_P(StoreContractTest, CountsWhatWaitsAndWhatWasGivenUp) {
  store_->commit({.deliveries = {delivery("a"), delivery("b"), delivery("c")}});
  store_->commit({.deliveries = {delivery("a", DeliveryState::dead),
                                 delivery("b", DeliveryState::delivered)}});
  EXPECT_EQ(store_->stats().pending, 1);
  EXPECT_EQ(store_->stats().dead, 1);
  store_->commit({.deliveries = {delivery("a")}});
  EXPECT_EQ(store_->stats().pending, 2);
  EXPECT_EQ(store_->stats().dead, 0);
}

TEST_P(StoreContractTest, SlotsAreHalfOpenAndKeepTheirHoles) {
  store_->append_slots({slot(10, 1), slot(11, 2), slot(13, 4)});
  EXPECT_EQ(slots_of(*store_, 10, 13), "10=1 11=2");
  EXPECT_EQ(slots_of(*store_, 11, 14), "11=2 13=4");
  EXPECT_EQ(slots_of(*store_, 14, 10), "");
  EXPECT_EQ(slots_of(*store_, std::numeric_limits<std::int64_t>::min(),
                     std::numeric_limits<std::int64_t>::max()),
            "10=1 11=2 13=4");
}

TEST_P(StoreContractTest, ASlotThatIsThereIsReplaced) {
  store_->append_slots({slot(10, 1)});
  store_->append_slots({slot(10, 2), slot(10, 3)});
  EXPECT_EQ(slots_of(*store_, 0, 20), "10=3");
}

TEST_P(StoreContractTest, WhatIsNoNumberStaysAHole) {
  SlotRow bad_edge = slot(12, 1);
  bad_edge.value.high = std::numeric_limits<double>::quiet_NaN();
  store_->append_slots({slot(10, std::numeric_limits<double>::quiet_NaN()),
                        slot(11, std::numeric_limits<double>::infinity()), bad_edge, slot(13, 1)});
  EXPECT_EQ(slots_of(*store_, 0, 20), "13=1");
}

TEST_P(StoreContractTest, ABucketKeepsItsOpenEnd) {
  SlotRow open = slot(5, 10);
  open.value = {10, 8, std::numeric_limits<double>::infinity()};
  store_->append_slots({open});
  EXPECT_EQ(store_->read_slots("checkout", "rps", seconds(1), 5, 6).at(0).value, open.value);
}

TEST_P(StoreContractTest, RefusesSlotsThatHaveNoPlace) {
  SlotRow short_one = slot(1, 1);
  short_one.length = milliseconds(9);
  EXPECT_THROW(store_->append_slots({slot(0, 1), short_one}), std::invalid_argument);
  EXPECT_THROW(store_->append_slots({slot(std::numeric_limits<std::int64_t>::max(), 1)}),
               std::invalid_argument);
  EXPECT_EQ(slots_of(*store_, 0, 20), "");
}

TEST_P(StoreContractTest, KnowsTheSeriesOfAService) {
  SlotRow memory = slot(1, 1);
  memory.signal = "memory";
  SlotRow hourly = slot(1, 1);
  hourly.length = hours(1);
  SlotRow other = slot(1, 1);
  other.service = "search";
  store_->append_slots({slot(1, 1), memory, hourly, other});
  EXPECT_THAT(
      store_->slot_series("checkout"),
      ElementsAre(Pair("memory", seconds(1)), Pair("rps", seconds(1)), Pair("rps", hours(1))));
  EXPECT_TRUE(store_->slot_series("none").empty());
}

TEST_P(StoreContractTest, SlotsReadBackWhateverTheOrderTheyCameIn) {
  std::mt19937 random(7);
  std::map<std::int64_t, double> model;
  std::int64_t newest = -500;
  for (int round = 0; round < 400; ++round) {
    newest += random() % 40 == 0 ? static_cast<std::int64_t>(random() % 2000) : 1;
    std::vector<SlotRow> rows;
    if (random() % 5 != 0) rows.push_back(slot(newest, static_cast<double>(random() % 100)));
    if (random() % 10 == 0) {
      const std::int64_t late = newest - static_cast<std::int64_t>(random() % 1500);
      for (std::int64_t i = late; i < late + 20 && i < newest; ++i) rows.push_back(slot(i, 0.5));
    }
    for (const SlotRow& row : rows) model[row.index] = row.value.value;
    store_->append_slots(rows);
  }
  std::map<std::int64_t, double> found;
  for (const auto& [index, value] :
       store_->read_slots("checkout", "rps", seconds(1), -10'000, newest + 1)) {
    EXPECT_TRUE(found.empty() || found.rbegin()->first < index);
    found[index] = value.value;
  }
  EXPECT_EQ(found, model);
}

// Neighbours share rows: what comes for one, late or twice, must leave the others alone.
TEST_P(StoreContractTest, SlotsOfManySeriesDoNotDisturbEachOther) {
  std::mt19937 random(11);
  std::map<std::pair<std::string, std::int64_t>, rules::SlotValue> model;
  for (std::int64_t newest = 0; newest < 400; ++newest) {
    std::vector<SlotRow> rows;
    for (int series = 0; series < 70; ++series) {
      if (random() % 8 == 0) continue;
      SlotRow row = slot(newest, static_cast<double>(random() % 1000));
      row.signal = "s" + std::to_string(series);
      if (random() % 4 == 0) row.value.high = std::numeric_limits<double>::infinity();
      if (random() % 16 == 0) row.index -= static_cast<std::int64_t>(random() % 200);
      rows.push_back(row);
    }
    for (const SlotRow& row : rows) model[{row.signal, row.index}] = row.value;
    store_->append_slots(rows);
  }
  std::map<std::pair<std::string, std::int64_t>, rules::SlotValue> found;
  for (int series = 0; series < 70; ++series) {
    const std::string signal = "s" + std::to_string(series);
    for (const auto& [index, value] :
         store_->read_slots("checkout", signal, seconds(1), -1000, 1000)) {
      found[{signal, index}] = value;
    }
  }
  EXPECT_EQ(found, model);
}

TEST_P(StoreContractTest, ForgetsSlotsPastTheirTime) {
  store_->append_slots(slots(0, 3000));
  const TimePoint now = slot_start(3000, seconds(1));
  store_->enforce({.slots = seconds(1000)}, now);
  EXPECT_EQ(store_->read_slots("checkout", "rps", seconds(1), 2000, 3000).size(), 1000u);
  EXPECT_EQ(slots_of(*store_, 0, 1500), "");
}

TEST_P(StoreContractTest, AClockThatJumpedAheadForgetsNothing) {
  store_->append_slots(slots(0, 3000));
  store_->enforce({.slots = seconds(4000), .deliveries = hours(1)},
                  from_millis(0) + hours(24 * 365 * 50));
  EXPECT_EQ(store_->read_slots("checkout", "rps", seconds(1), 0, 3000).size(), 3000u);
}

TEST_P(StoreContractTest, OnlyDeliveredDeliveriesAreForgotten) {
  store_->commit({.deliveries = {delivery("a"), delivery("b", DeliveryState::delivered),
                                 delivery("c", DeliveryState::dead)}});
  store_->enforce({.deliveries = minutes(1)}, from_millis(1000) + minutes(1));
  EXPECT_EQ(deliveries_of(*store_), "a:pending b:delivered c:dead");
  store_->enforce({.deliveries = minutes(1)}, from_millis(1001) + minutes(1));
  EXPECT_EQ(deliveries_of(*store_), "a:pending c:dead");
}

TEST_P(StoreContractTest, NothingIsForgottenWithoutALimit) {
  store_->append_slots(slots(0, 1000));
  store_->commit({.deliveries = {delivery("b", DeliveryState::delivered)}});
  store_->enforce({}, from_millis(0) + hours(24 * 365 * 50));
  EXPECT_EQ(store_->read_slots("checkout", "rps", seconds(1), 0, 1000).size(), 1000u);
  EXPECT_EQ(deliveries_of(*store_), "b:delivered");
}

}  // namespace
}  // namespace revisitd::storage
