#include "storage/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "storage/sqlite_store.h"
#include "tests/unit/storage/faulty_files.h"
#include "tests/unit/storage/store_folder.h"

namespace revisitd::storage {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// A future: two more steps after the real ones.
std::vector<Migration> future_steps() {
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  const int last = steps.back().version;
  steps.push_back({last + 1,
                   "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
                   "INSERT INTO note(text) SELECT value FROM state;"});
  steps.push_back({last + 2, "CREATE INDEX note_text ON note(text);"});
  return steps;
}

std::unique_ptr<Store> open_with(const StoreFolder& folder, std::span<const Migration> steps,
                                 std::function<void(const Upgrade&)> on_upgrade = {}) {
  return std::make_unique<SqliteStore>(StoreOptions{.directory = folder.path(),
                                                    .lock_wait = Duration::zero(),
                                                    .on_upgrade = std::move(on_upgrade)},
                                       steps);
}

// The copy that is kept of a store of today.
constexpr const char* kOldCopy = "revisitd.db.v4";

// A store of today, with something in it.
void make_old(const StoreFolder& folder) {
  folder.with_store([](Store& store) {
    std::vector<StateRow> rows;
    for (int i = 0; i < 40; ++i) rows.push_back(state(std::to_string(100 + i), "1"));
    store.commit({.puts = rows, .trail = {happened("made")}});
  });
}

void expect_data(Store& store) {
  EXPECT_EQ(store.load("decision").size(), 40u);
  EXPECT_EQ(trail_of(store), "1 made checkout");
}

TEST(MigrateTest, StepsCountFromOneWithoutGaps) {
  int version = 0;
  for (const Migration& step : migrations()) EXPECT_EQ(step.version, ++version);
}

// Everything that SQLite knows of a database's schema, and how its tables begin.
std::string schema_of(const StoreFolder& folder) {
  const SQLite::Database database(folder.database(), SQLite::OPEN_READONLY);
  std::string all;
  for (const char* text : {"SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema"
                           " ORDER BY type, name",
                           "SELECT id, text, '', '' FROM word",
                           "SELECT one, step, trail_last, pending || dead || chunks FROM books"}) {
    SQLite::Statement rows(database, text);
    while (rows.executeStep()) {
      for (int column = 0; column < 4; ++column) all += rows.getColumn(column).getString() + "|";
      all += "\n";
    }
  }
  return all;
}

TEST(MigrateTest, ANewDatabaseIsWhatTheStepsMake) {
  std::vector<Migration> one_by_one(migrations().begin(), migrations().end());
  for (Migration& step : one_by_one) step.whole.clear();
  const StoreFolder at_once, stepwise;
  at_once.open().reset();
  open_with(stepwise, one_by_one).reset();
  EXPECT_THAT(schema_of(at_once), HasSubstr("table|slot_tail|slot_tail|CREATE TABLE slot_tail("));
  EXPECT_EQ(schema_of(at_once), schema_of(stepwise));
}

TEST(MigrateTest, AnOldDatabaseIsBroughtForwardWithItsData) {
  const StoreFolder folder;
  make_old(folder);
  expect_data(*open_with(folder, future_steps()));
  expect_data(*open_with(folder, future_steps()));
}

// The database that an earlier version left, out of tests/fixtures/databases.
void load_old(const StoreFolder& folder, const std::string& name) {
  std::ifstream dump(REVISITD_SOURCE_DIR "/tests/fixtures/databases/" + name);
  folder.write("revisitd.db", "");
  folder.tamper({std::istreambuf_iterator<char>(dump), {}});
}

TEST(MigrateTest, ADatabaseOfTheFirstVersionKeepsItsSlots) {
  const StoreFolder folder;
  load_old(folder, "version-1.sql");
  for (int start = 0; start < 2; ++start) {
    folder.with_store([](Store& store) {
      const auto found = store.read_slots("checkout", "load", std::chrono::seconds(1),
                                          1'778'566'000, 1'778'567'000);
      ASSERT_EQ(found.size(), 7u);
      EXPECT_EQ(found.front().value, rules::SlotValue::exact(100));
      EXPECT_EQ(found.back().value, rules::SlotValue::exact(0));
      EXPECT_EQ(store.trail({}).size(), 7u);
      EXPECT_EQ(store.stats().pending, 4);
    });
  }
}

// What version-2.sql says of a slot of service-`number`, if it has one.
std::optional<rules::SlotValue> second_version_slot(int number, std::int64_t slot) {
  const bool always = number == 1 || number == 35;
  if (slot == 100 + number || (!always && (slot + number) % 40 != 0)) return std::nullopt;
  const double value = static_cast<double>(slot) + number * 0.001;
  if (number == 1 && slot == 100) return rules::SlotValue::exact(0);
  return number % 2 == 1 ? rules::SlotValue::exact(value)
                         : rules::SlotValue{value, value - 0.5, value + 0.5};
}

void expect_second_version(Store& store) {
  for (int number = 1; number <= 35; ++number) {
    std::vector<IndexedValue> expected;
    for (std::int64_t slot = -5; slot <= 120; ++slot) {
      if (const auto value = second_version_slot(number, slot)) expected.push_back({slot, *value});
    }
    EXPECT_EQ(store.read_slots("service-" + std::to_string(number), "p99", std::chrono::minutes(1),
                               -5, 121),
              expected)
        << number;
  }
}

TEST(MigrateTest, ADatabaseOfTheSecondVersionKeepsItsSlots) {
  const StoreFolder folder;
  load_old(folder, "version-2.sql");
  folder.with_store(expect_second_version);
  folder.with_store([](Store& store) {
    expect_second_version(store);
    // The move that was under way goes on to its end.
    for (std::int64_t slot = 121; slot < 400; ++slot) {
      SlotRow row{"service-35", "p99", std::chrono::minutes(1), slot, rules::SlotValue::exact(1)};
      store.append_slots({row});
    }
    expect_second_version(store);
  });
}

// Series 1 has moved already, and its neighbours in the rows of the tail have not.
TEST(MigrateTest, ALateSlotOutlivesTheMoveThatWasUnderWay) {
  const StoreFolder folder;
  load_old(folder, "version-2.sql");
  folder.with_store([](Store& store) {
    const auto minute = std::chrono::minutes(1);
    store.append_slots({{"service-1", "p99", minute, 30, rules::SlotValue::exact(-30)}});
    for (std::int64_t slot = 121; slot < 140; ++slot) {
      store.append_slots({{"service-1", "p99", minute, slot, rules::SlotValue::exact(1)}});
    }
    const auto found = store.read_slots("service-1", "p99", minute, 29, 32);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[1].value, rules::SlotValue::exact(-30));
  });
}

TEST(MigrateTest, DamageInAnOldTailIsToldRatherThanCarriedOver) {
  const StoreFolder folder;
  load_old(folder, "version-2.sql");
  folder.tamper("UPDATE slot_tail SET value=8 WHERE slot=119 AND series=1");
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "corrupt");
  EXPECT_THAT(refusal_of([&] { folder.open(); }), HasSubstr("slots of series 1"));
}

TEST(MigrateTest, KeepsACopyFromBefore) {
  const StoreFolder folder, copy;
  make_old(folder);
  open_with(folder, future_steps()).reset();
  copy.write("revisitd.db", folder.read(kOldCopy));
  copy.with_store(expect_data);
}

// The fourth step changes no table: a store of the third is found as it was, and left behind as a
// copy.
TEST(MigrateTest, AStoreOfTheThirdVersionIsReadAsItWas) {
  StoreFolder folder;
  const auto first_three = migrations().first(3);
  open_with(folder, first_three)
      ->commit({.puts = {state("a", std::string("1\0"
                                                "2",
                                                3)),
                         state("b", "{}")},
                .trail = {happened("made")}});
  auto store = open_with(folder, migrations());
  ASSERT_EQ(store->load("decision").size(), 2U);
  EXPECT_EQ(store->load("decision")[0].value, std::string("1\0"
                                                          "2",
                                                          3));
  EXPECT_EQ(trail_of(*store), "1 made checkout");
  store->commit({.puts = {state("a", "3")}});
  EXPECT_EQ(store->load("decision")[0].value, "3");
  store.reset();
  EXPECT_NE(folder.read("revisitd.db.v3"), "");
  EXPECT_THAT(refusal_of([&] { open_with(folder, first_three); }),
              HasSubstr("schema 4, this one knows 3"));
}

TEST(MigrateTest, TellsOfAnOldDatabaseBeforeItIsMovedUp) {
  const StoreFolder folder;
  make_old(folder);
  const std::string before = folder.read("revisitd.db");
  std::vector<Upgrade> told;
  const auto note = [&](const Upgrade& upgrade) {
    told.push_back(upgrade);
    EXPECT_EQ(folder.read("revisitd.db"), before);
    EXPECT_EQ(folder.read(kOldCopy), "");
  };
  open_with(folder, migrations(), note).reset();
  EXPECT_TRUE(told.empty());
  open_with(folder, future_steps(), note).reset();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].from, 4);
  EXPECT_EQ(told[0].to, 6);
  EXPECT_EQ(told[0].copy, folder.path() + "/" + kOldCopy);
  EXPECT_NE(folder.read(kOldCopy), "");
  open_with(StoreFolder(), future_steps(), note).reset();
  EXPECT_EQ(told.size(), 1u) << "a new one";
}

TEST(MigrateTest, WhoIsToldOfTheUpgradeMayRefuseIt) {
  const StoreFolder folder;
  make_old(folder);
  const std::string before = folder.read("revisitd.db");
  EXPECT_THROW(
      open_with(folder, future_steps(), [](const Upgrade&) { throw std::logic_error("not now"); }),
      std::logic_error);
  EXPECT_EQ(folder.read("revisitd.db"), before);
  EXPECT_EQ(folder.read(kOldCopy), "");
  folder.with_store(expect_data);
}

TEST(MigrateTest, TheOldProgramRefusesTheNewDatabase) {
  const StoreFolder folder;
  make_old(folder);
  open_with(folder, future_steps()).reset();
  const std::string before = folder.read("revisitd.db");
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "newer");
  EXPECT_THAT(refusal_of([&] { folder.open(); }), HasSubstr("schema 6, this one knows 4"));
  EXPECT_EQ(folder.read("revisitd.db"), before);
}

TEST(MigrateTest, ACopyInTheWayFromAnEarlierTryIsReplaced) {
  const StoreFolder folder;
  make_old(folder);
  folder.write(kOldCopy, "half");
  open_with(folder, future_steps()).reset();
  EXPECT_GT(folder.read(kOldCopy).size(), 4096u);
}

TEST(MigrateTest, AStepThatFailsLeavesTheOldSchema) {
  const StoreFolder folder;
  make_old(folder);
  std::vector<Migration> broken = future_steps();
  broken.back().statements = "CREATE TABLE half(x); INSERT INTO nowhere VALUES(1);";
  EXPECT_NE(trouble_of([&] { open_with(folder, broken); }), "none");
  folder.with_store(expect_data);
  expect_data(*open_with(folder, future_steps()));
}

// Opens with the future while the nth operation on files fails; whether it got through untouched.
bool migrates_despite(const StoreFolder& folder, int nth, Fault fault, bool sticky) {
  FaultyFiles files;
  files.fail_at(nth, fault, sticky);
  const std::string trouble = trouble_of([&] { expect_data(*open_with(folder, future_steps())); });
  EXPECT_THAT(trouble, AnyOf(fault == Fault::no_space ? "full" : "io", "none"));
  return !files.struck();
}

// Opens in a process that the nth operation on files kills; how it ends, 0 where there are fewer.
int start_killed_at(const StoreFolder& folder, int nth) {
  return in_child([&] {
    FaultyFiles files;
    files.fail_at(nth, Fault::kill);
    folder.open().reset();
    return 0;
  });
}

TEST(MigrateTest, AKillAtAnyPointLeavesOldOrNew) {
  int nth = 0;
  for (int code = 128 + SIGKILL; code != 0; ++nth) {
    SCOPED_TRACE(nth + 1);
    const StoreFolder folder;
    make_old(folder);
    code = in_child([&] { return migrates_despite(folder, nth + 1, Fault::kill, false) ? 0 : 1; });
    ASSERT_TRUE(code == 0 || code == 128 + SIGKILL) << code;
    // The old program sees its own store whole, or one from the future.
    EXPECT_THAT(trouble_of([&] { folder.with_store(expect_data); }), AnyOf("none", "newer"));
    expect_data(*open_with(folder, future_steps()));
  }
  EXPECT_GT(nth, 20);
}

TEST(MigrateTest, AKillWhileTheTailIsPackedLosesNoSlot) {
  int nth = 0;
  for (int code = 128 + SIGKILL; code != 0; ++nth) {
    SCOPED_TRACE(nth + 1);
    const StoreFolder folder;
    load_old(folder, "version-2.sql");
    code = start_killed_at(folder, nth + 1);
    ASSERT_TRUE(code == 0 || code == 128 + SIGKILL) << code;
    folder.with_store(expect_second_version);
  }
  EXPECT_GT(nth, 20);
}

class FailingMigrationTest : public testing::TestWithParam<std::pair<Fault, bool>> {};

INSTANTIATE_TEST_SUITE_P(
    Faults, FailingMigrationTest,
    testing::Values(std::pair(Fault::no_space, false), std::pair(Fault::no_space, true),
                    std::pair(Fault::io_error, false), std::pair(Fault::io_error, true)),
    [](const auto& info) {
      return std::string(info.param.first == Fault::no_space ? "NoSpace" : "IoError") +
             (info.param.second ? "ForGood" : "Once");
    });

TEST_P(FailingMigrationTest, LeavesOldOrNewWhereverItStrikes) {
  const auto [fault, sticky] = GetParam();
  bool untouched = false;
  for (int nth = 1; !untouched; ++nth) {
    SCOPED_TRACE(nth);
    const StoreFolder folder;
    make_old(folder);
    untouched = migrates_despite(folder, nth, fault, sticky);
    EXPECT_THAT(trouble_of([&] { folder.with_store(expect_data); }), AnyOf("none", "newer"));
    expect_data(*open_with(folder, future_steps()));
  }
}

TEST(NewStoreTest, AKillWhileItIsMadeLeavesNothingInTheWay) {
  int nth = 0;
  for (int code = 128 + SIGKILL; code != 0; ++nth) {
    SCOPED_TRACE(nth + 1);
    const StoreFolder folder;
    code = start_killed_at(folder, nth + 1);
    ASSERT_TRUE(code == 0 || code == 128 + SIGKILL) << code;
    folder.with_store([](Store& store) {
      EXPECT_EQ(states_of(store), "");
      store.commit({.puts = {state("a", "1")}});
    });
    folder.with_store([](Store& store) { EXPECT_EQ(states_of(store), "a=1"); });
  }
  EXPECT_GT(nth, 10);
}

TEST(NewStoreTest, ADiskThatIsFullAtFirstIsNoDamage) {
  bool untouched = false;
  for (int nth = 1; !untouched; ++nth) {
    SCOPED_TRACE(nth);
    const StoreFolder folder;
    {
      FaultyFiles files;
      files.fail_at(nth, Fault::no_space, true);
      EXPECT_THAT(trouble_of([&] { folder.open(); }), AnyOf("full", "none"));
      untouched = !files.struck();
    }
    folder.with_store([](Store& store) { EXPECT_EQ(states_of(store), ""); });
  }
}

}  // namespace
}  // namespace revisitd::storage
