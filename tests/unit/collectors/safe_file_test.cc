#include "collectors/safe_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::pair<FileProblem, std::string> problem(const std::string& path, std::size_t limit = 1024) {
  const auto content = read_file(path, limit);
  EXPECT_FALSE(content);
  return {content.error().problem, content.error().message};
}

TEST(SafeFileTest, ReadsTextHashAndTime) {
  const TempFolder folder;
  const auto content = read_file(folder.write("a", "hello"), 5);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->text, "hello");
  EXPECT_EQ(hex_of(content->hash),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(content->modified, kWritten);
}

TEST(SafeFileTest, ReadsAnEmptyFile) {
  const TempFolder folder;
  const auto content = read_file(folder.write("a", ""), 5);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->text, "");
}

TEST(SafeFileTest, RefusesWhatIsNoRegularFileWithoutBlocking) {
  const TempFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(problem(folder / "pipe").first, FileProblem::refused);
  EXPECT_THAT(problem(folder / "pipe").second, HasSubstr("is a pipe, expected a regular file"));
  EXPECT_THAT(problem(folder.path()).second, HasSubstr("is a directory"));
  EXPECT_THAT(problem("/dev/zero").second, HasSubstr("is a device"));
}

TEST(SafeFileTest, NamesMissingFilesAndLoopsOfLinks) {
  const TempFolder folder;
  EXPECT_EQ(problem(folder / "none").first, FileProblem::missing);
  EXPECT_EQ(problem(folder.write("file", "") + "/below").first, FileProblem::missing);
  fs::create_symlink("loop", folder / "loop");
  EXPECT_EQ(problem(folder / "loop").first, FileProblem::unreadable);
  EXPECT_THAT(problem(folder / "loop").second, HasSubstr("loop: "));
}

TEST(SafeFileTest, RefusesASparseGiantUnread) {
  const TempFolder folder;
  folder.write("giant", "");
  fs::resize_file(folder / "giant", std::uintmax_t{5} << 30);
  EXPECT_EQ(problem(folder / "giant").first, FileProblem::too_large);
  EXPECT_THAT(problem(folder / "giant").second, HasSubstr("5368709120 bytes, expected at most"));
}

TEST(SafeFileTest, AFileThatIsLongerThanItsSizeIsNotTaken) {
  // Files of the kernel say that they are empty.
  EXPECT_EQ(problem("/proc/self/status", 1 << 20).first, FileProblem::changing);
}

TEST(SafeFileTest, FollowsLinks) {
  const TempFolder folder;
  folder.write("a", "hello");
  fs::create_symlink("a", folder / "link");
  EXPECT_TRUE(read_file(folder / "link", 10));
}

}  // namespace
}  // namespace revisitd::collectors
