#include "collectors/file_watch.h"

#include <gtest/gtest.h>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

namespace fs = std::filesystem;

TEST(FileWatchTest, HintsAtWritesCreationsAndRemovals) {
  const TempFolder folder;
  FileWatch watch;
  ASSERT_GE(watch.fd(), 0);
  watch.watch({folder.path()});
  EXPECT_FALSE(watch.drain());
  folder.write("a", "1");
  EXPECT_TRUE(watch.drain());
  EXPECT_FALSE(watch.drain());
  fs::remove(folder / "a");
  EXPECT_TRUE(watch.drain());
}

TEST(FileWatchTest, HintsAtTheSwapOfAConfigMap) {
  const TempFolder folder;
  folder.write("..v1/a", "1");
  fs::create_directory_symlink("..v1", folder / "..data");
  fs::create_directory_symlink("..v1", folder / "..tmp");
  FileWatch watch;
  watch.watch({folder.path()});
  fs::rename(folder / "..tmp", folder / "..data");
  EXPECT_TRUE(watch.drain());
}

TEST(FileWatchTest, HintsWhenADirectoryGoesAndWatchesItsSuccessor) {
  const TempFolder folder;
  folder.write("d/a", "1");
  FileWatch watch;
  watch.watch({folder / "d"});
  fs::remove_all(folder / "d");
  EXPECT_TRUE(watch.drain());
  folder.write("d/a", "2");
  watch.watch({folder / "d"});
  (void)watch.drain();
  folder.write("d/a", "3");
  EXPECT_TRUE(watch.drain());
}

TEST(FileWatchTest, DirectoriesThatAreDroppedAreQuiet) {
  const TempFolder folder;
  fs::create_directory(folder / "d");
  FileWatch watch;
  watch.watch({folder / "d", folder / "none"});
  watch.watch({});
  EXPECT_FALSE(watch.drain());
  folder.write("d/a", "1");
  EXPECT_FALSE(watch.drain());
}

TEST(FileWatchTest, AFullQueueIsAHint) {
  const TempFolder folder;
  folder.write("a", "");
  folder.write("b", "");
  int longest = 16'384;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> longest;
  FileWatch watch;
  watch.watch({folder.path()});
  for (int i = 0; i <= longest; ++i) {
    // Two names in turn, for equal events in a row are joined.
    folder.touch(i % 2 == 0 ? "a" : "b", kWritten + Duration{i});
  }
  EXPECT_TRUE(watch.drain());
  EXPECT_FALSE(watch.drain());
}

}  // namespace
}  // namespace revisitd::collectors
