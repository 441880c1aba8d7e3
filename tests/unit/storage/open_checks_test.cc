#include "storage/open_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/storage/store_folder.h"

// What is refused before a database is used, and that a refusal leaves it as it was.
namespace revisitd::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OpenChecksTest : public testing::Test {
 protected:
  OpenChecksTest() {
    folder_.with_store([](Store& store) {
      store.commit({.puts = {state("a", "1")}, .trail = {happened("made")}});
      store.append_slots(slots(0, 500));
    });
  }

  void change_database(const std::function<void(std::string&)>& how) {
    std::string bytes = folder_.read("revisitd.db");
    how(bytes);
    folder_.write("revisitd.db", bytes);
  }
  // Opening is refused for this, and not a byte of the database is touched by it.
  void expect_refused(const std::string& trouble, const std::string& words) {
    const std::string before = folder_.read("revisitd.db");
    EXPECT_EQ(trouble_of([&] { folder_.open(); }), trouble);
    EXPECT_THAT(refusal_of([&] { folder_.open(); }), HasSubstr(words));
    EXPECT_EQ(folder_.read("revisitd.db"), before);
    EXPECT_FALSE(folder_.holds("revisitd.db-journal"));
  }

  StoreFolder folder_;
};

TEST_F(OpenChecksTest, OpensWhatItLeft) {
  folder_.with_store([](Store& store) { EXPECT_EQ(states_of(store), "a=1"); });
}

TEST_F(OpenChecksTest, RefusesADatabaseOfAnotherProgram) {
  folder_.tamper("PRAGMA application_id=252006673");
  expect_refused("foreign", "is a database of another program");
}

TEST_F(OpenChecksTest, RefusesAnyDatabaseThatIsNotOurs) {
  fs::remove(folder_.database());
  fs::remove(folder_ / "revisitd.mark");
  folder_.write("revisitd.db", "");
  folder_.tamper("CREATE TABLE theirs(x)");
  expect_refused("foreign", "is a database of another program");
}

TEST_F(OpenChecksTest, RefusesADatabaseFromTheFuture) {
  folder_.tamper("PRAGMA user_version=99");
  expect_refused("newer", "was written by a newer revisitd (schema 99, this one knows 4)");
}

TEST_F(OpenChecksTest, RefusesAFutureThatIsOnlyInTheLog) {
  folder_.with_killed_store([](Store& store) { store.commit({.puts = {state("a", "2")}}); });
  const std::string mark = folder_.read("revisitd.mark");
  const int code = in_child([&] {
    // Another connection writes the version into the log and dies.
    folder_.tamper("PRAGMA wal_autocheckpoint=0; PRAGMA user_version=7; SELECT 1");
    return 0;
  });
  ASSERT_EQ(code, 0);
  EXPECT_EQ(trouble_of([&] { folder_.open(); }), "newer");
  EXPECT_EQ(folder_.read("revisitd.mark"), mark);
}

TEST_F(OpenChecksTest, RefusesAHeaderOfZeros) {
  change_database([](std::string& bytes) { bytes.replace(0, 100, std::string(100, '\0')); });
  expect_refused("corrupt", "is not a database, or its header is damaged");
}

TEST_F(OpenChecksTest, RefusesRandomBytes) {
  change_database([](std::string& bytes) { bytes.assign(8192, 'x'); });
  expect_refused("corrupt", "is not a database");
}

TEST_F(OpenChecksTest, RefusesATruncatedFile) {
  for (const std::size_t size : {50u, 100u, 4096u, 20'000u}) {
    StoreFolder folder;
    folder.with_store([](Store& store) { store.append_slots(slots(0, 5000)); });
    folder.write("revisitd.db", folder.read("revisitd.db").substr(0, size));
    EXPECT_EQ(trouble_of([&] { folder.open(); }), "corrupt") << size;
  }
}

TEST_F(OpenChecksTest, AnEmptyFileIsNoNewStoreWhereThereWasOne) {
  change_database([](std::string& bytes) { bytes.clear(); });
  expect_refused("corrupt", "is missing or empty, though revisitd.mark says");
  fs::remove(folder_.database());
  EXPECT_EQ(trouble_of([&] { folder_.open(); }), "corrupt");
  EXPECT_FALSE(folder_.holds("revisitd.db"));
}

// As the first page's write may be torn.
TEST_F(OpenChecksTest, ABlankPageIsANewStoreWhereThereWasNone) {
  for (const std::size_t size : {512, 4096}) {
    const StoreFolder folder;
    folder.write("revisitd.db", std::string(size, '\0'));
    folder.with_store([](Store& store) { store.commit({.puts = {state("a", "1")}}); });
    EXPECT_EQ(states_of(*folder.open()), "a=1");
  }
  folder_.write("revisitd.db", std::string(4096, '\0'));
  expect_refused("corrupt", "is missing or empty, though revisitd.mark says");
  const StoreFolder longer;
  longer.write("revisitd.db", std::string(4097, '\0'));
  EXPECT_EQ(trouble_of([&] { longer.open(); }), "corrupt");
  EXPECT_EQ(longer.read("revisitd.db"), std::string(4097, '\0'));
}

TEST_F(OpenChecksTest, AnEmptyFileIsANewStoreWhereThereWasNone) {
  const StoreFolder folder;
  folder.write("revisitd.db", "");
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "none");
}

TEST_F(OpenChecksTest, RefusesAPageOfGarbage) {
  for (const std::size_t page : {1u, 2u, 5u, 9u}) {
    StoreFolder folder;
    folder.with_store([](Store& store) { store.append_slots(slots(0, 5000)); });
    std::string bytes = folder.read("revisitd.db");
    ASSERT_GT(bytes.size(), (page + 1) * 4096);
    bytes.replace(page * 4096, 4096, std::string(4096, 'x'));
    folder.write("revisitd.db", bytes);
    EXPECT_EQ(trouble_of([&] { folder.open(); }), "corrupt") << page;
  }
}

TEST_F(OpenChecksTest, RefusesTheLogOfAnotherDatabase) {
  const StoreFolder other;
  other.with_killed_store([](Store& store) { store.commit({.puts = {state("a", "other")}}); });
  folder_.write("revisitd.db-wal", other.read("revisitd.db-wal"));
  EXPECT_EQ(trouble_of([&] { folder_.open(); }), "corrupt");
}

TEST_F(OpenChecksTest, RefusesADatabaseWhoseLogWasLost) {
  folder_.with_killed_store([](Store& store) { store.commit({.puts = {state("a", "2")}}); });
  fs::remove(folder_ / "revisitd.db-wal");
  expect_refused("corrupt", "1 changes that had been committed are missing");
}

TEST_F(OpenChecksTest, RefusesAnOldCopyOfTheDatabase) {
  const std::string old = folder_.read("revisitd.db");
  folder_.with_store([](Store& store) { store.commit({.puts = {state("a", "2")}}); });
  folder_.write("revisitd.db", old);
  expect_refused("corrupt", "is older than it was");
}

TEST_F(OpenChecksTest, RefusesTheDatabaseOfAnotherStore) {
  const StoreFolder other;
  other.with_store([](Store& store) { store.append_slots(slots(0, 5000)); });
  folder_.write("revisitd.db", other.read("revisitd.db"));
  expect_refused("corrupt", "belongs to another store");
}

struct Craft {
  const char* name;
  const char* statements;
  const char* words;
};

class CraftedSchemaTest : public OpenChecksTest, public testing::WithParamInterface<Craft> {};

TEST_P(CraftedSchemaTest, IsRefusedBeforeItIsUsed) {
  folder_.tamper(GetParam().statements);
  expect_refused("corrupt", GetParam().words);
}

INSTANTIATE_TEST_SUITE_P(
    Crafts, CraftedSchemaTest,
    testing::Values(
        Craft{"ATriggerThatForgets",
              "CREATE TRIGGER late AFTER INSERT ON trail BEGIN DELETE FROM delivery; END",
              "its trigger late is none of ours"},
        Craft{"AViewForATable",
              "ALTER TABLE state RENAME TO old; CREATE VIEW state AS SELECT * FROM old",
              "is none of ours"},
        Craft{"AColumnThatIsComputed",
              "ALTER TABLE word ADD COLUMN big TEXT AS (hex(zeroblob(999999999)))",
              "its table word is none of ours"},
        Craft{"AnIndexThatIsComputed", "CREATE INDEX slow ON trail(hex(zeroblob(length(body))))",
              "its index slow is none of ours"},
        Craft{"AConditionOnRows",
              "PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql=replace(sql, 'body TEXT NOT "
              "NULL', 'body TEXT NOT NULL CHECK(body<>1)') WHERE name='trail'",
              "its table trail is none of ours"},
        Craft{"AnotherTable", "CREATE TABLE theirs(x)", "its table theirs is none of ours"},
        Craft{"ALostTable", "DROP TABLE delivery", "its schema lacks tables or indexes"},
        Craft{"ALostIndex", "DROP INDEX trail_team", "its schema lacks tables or indexes"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(OpenChecksTest, RefusesLinks) {
  fs::rename(folder_.database(), folder_ / "elsewhere");
  fs::create_symlink("elsewhere", folder_.database());
  EXPECT_EQ(trouble_of([&] { folder_.open(); }), "unsafe");
  EXPECT_THAT(refusal_of([&] { folder_.open(); }), HasSubstr("revisitd.db: is a symbolic link"));
  fs::remove(folder_.database());
  fs::create_hard_link(folder_ / "elsewhere", folder_.database());
  EXPECT_THAT(refusal_of([&] { folder_.open(); }), HasSubstr("has another hard link"));
}

TEST_F(OpenChecksTest, RefusesWhatIsNoFile) {
  fs::remove(folder_.database());
  fs::create_directory(folder_.database());
  EXPECT_EQ(trouble_of([&] { folder_.open(); }), "unsafe");
  fs::remove(folder_.database());
  ASSERT_EQ(::mkfifo(folder_.database().c_str(), 0600), 0);
  EXPECT_EQ(trouble_of([&] { folder_.open(); }), "unsafe");
}

TEST_F(OpenChecksTest, RefusesWhatOthersCanWrite) {
  ::chmod(folder_.database().c_str(), 0620);
  EXPECT_THAT(refusal_of([&] { folder_.open(); }), HasSubstr("can be written by other users"));
  ::chmod(folder_.database().c_str(), 0600);
  ::chmod(folder_.path().c_str(), 0777);
  EXPECT_THAT(refusal_of([&] { folder_.open(); }), HasSubstr("can be written by other users"));
}

TEST_F(OpenChecksTest, MakesItsFilesForTheOwnerAlone) {
  for (const char* name : {"revisitd.db", "revisitd.mark", "revisitd.lock"}) {
    struct stat entry{};
    ASSERT_EQ(::stat((folder_ / name).c_str(), &entry), 0);
    EXPECT_EQ(entry.st_mode & 07777, 0600u) << name;
  }
}

TEST(StorageDirectoryTest, RefusesFilesOfAnotherUser) {
  struct stat entry{};
  entry.st_mode = S_IFREG | 0600;
  entry.st_nlink = 1;
  entry.st_uid = 1000;
  EXPECT_EQ(unsafe_reason(entry, 1000), std::nullopt);
  EXPECT_THAT(unsafe_reason(entry, 1001).value_or(""), HasSubstr("belongs to user 1000"));
}

TEST(StorageDirectoryTest, RefusesNetworkFileSystems) {
  EXPECT_TRUE(is_remote_file_system(0x6969));              // NFS
  EXPECT_TRUE(is_remote_file_system(0x65735546));          // FUSE
  EXPECT_TRUE(is_remote_file_system(0xFFFFFFFFFF534D42));  // CIFS, sign-extended
  EXPECT_FALSE(is_remote_file_system(0xEF53));             // ext4
}

TEST(StorageDirectoryTest, MakesOnlyTheLastPartOfAPath) {
  const StoreFolder folder;
  EXPECT_EQ(trouble_of([&] { open_store({.directory = folder / "new"}); }), "none");
  struct stat entry{};
  ASSERT_EQ(::stat((folder / "new").c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 07777, 0700u);
  EXPECT_EQ(trouble_of([&] { open_store({.directory = folder / "a/b"}); }), "io");
}

}  // namespace
}  // namespace revisitd::storage
