#include "storage/mark_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/storage/store_folder.h"

namespace revisitd::storage {
namespace {

using testing::HasSubstr;

const std::string kIdentity = "0123456789abcdef0123456789abcdef";

TEST(MarkFileTest, ReadsWhatItWrote) {
  for (const std::int64_t step :
       {std::int64_t{0}, std::int64_t{42}, std::numeric_limits<std::int64_t>::max()}) {
    for (const bool clean : {true, false}) {
      const Mark mark{kIdentity, step, clean};
      EXPECT_EQ(parse_mark(format_mark(mark)), mark);
    }
  }
}

TEST(MarkFileTest, IsAlwaysTheSameNumberOfBytes) {
  EXPECT_EQ(format_mark({kIdentity, 0, true}).size(),
            format_mark({kIdentity, std::numeric_limits<std::int64_t>::max(), false}).size());
}

TEST(MarkFileTest, EveryPrefixAndEveryOtherTitleIsRefused) {
  const std::string text = format_mark({kIdentity, 7, false});
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_mark(text.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_mark(text + "x"));
  EXPECT_FALSE(parse_mark("revisitd 2 " + text.substr(11)));
}

TEST(MarkFileTest, ThereIsNoneBeforeOneIsMade) {
  const StoreFolder folder;
  const StorageDirectory directory(folder.path());
  EXPECT_EQ(MarkFile::read(directory), std::nullopt);
  MarkFile file(directory, {kIdentity, 1, false});
  file.write({kIdentity, 2, false});
  EXPECT_EQ(MarkFile::read(directory), (Mark{kIdentity, 2, false}));
}

TEST(MarkFileTest, FollowsEveryDurableChange) {
  const StoreFolder folder;
  folder.with_killed_store([](Store& store) { store.commit({.puts = {state("a", "1")}}); });
  EXPECT_THAT(folder.read("revisitd.mark"), HasSubstr(" 0000000000000000001 in use\n"));
  folder.with_store([](Store& store) { store.commit({.puts = {state("a", "2")}}); });
  EXPECT_THAT(folder.read("revisitd.mark"), HasSubstr(" 0000000000000000002 clean \n"));
}

TEST(MarkFileTest, OnceCondemnedAStoreStaysSo) {
  const StoreFolder folder;
  const StorageDirectory directory(folder.path());
  MarkFile file(directory, {kIdentity, 7, false});
  file.condemn();
  EXPECT_EQ(MarkFile::read(directory), (Mark{kIdentity, 7, false, true}));
  file.write({kIdentity, 8, true});
  EXPECT_EQ(MarkFile::read(directory), (Mark{kIdentity, 8, false, true}));
}

TEST(MarkFileTest, ADamagedMarkStopsTheStart) {
  const StoreFolder folder;
  folder.with_store([](Store&) {});
  folder.write("revisitd.mark", "revisitd 1 who knows");
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "corrupt");
  EXPECT_THAT(refusal_of([&] { folder.open(); }), HasSubstr("revisitd.mark: is damaged"));
}

TEST(MarkFileTest, AStoreWithoutAMarkIsTakenAsItIs) {
  const StoreFolder folder;
  folder.with_store([](Store& store) { store.commit({.puts = {state("a", "1")}}); });
  ASSERT_EQ(::unlink((folder / "revisitd.mark").c_str()), 0);
  folder.with_store([](Store& store) { EXPECT_EQ(states_of(store), "a=1"); });
  EXPECT_TRUE(folder.holds("revisitd.mark"));
}

}  // namespace
}  // namespace revisitd::storage
