#include "daemon/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace revisitd::daemon {
namespace {

class SecretReaderTest : public testing::Test {
 protected:
  SecretReaderTest() : reader_({{}, path()}) {}
  ~SecretReaderTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "secret").string(); }
  // Replaces the file as a rotation does, so that it is another file.
  void write(const std::string& content) {
    std::ofstream(folder_ / "new") << content;
    std::filesystem::rename(folder_ / "new", path());
  }

  std::filesystem::path folder_ = [] {
    std::string name = testing::TempDir() + "/secret-XXXXXX";
    return std::filesystem::path(::mkdtemp(name.data()));
  }();
  SecretReader reader_;
};

TEST_F(SecretReaderTest, WhiteSpaceAtTheEndIsNoPartOfIt) {
  write("hush\r\n\n");
  EXPECT_EQ(reader_.current()->reveal(), "hush");
}

TEST_F(SecretReaderTest, ARotatedFileCountsAtOnce) {
  write("old");
  EXPECT_EQ(reader_.current()->reveal(), "old");
  write("new");
  EXPECT_EQ(reader_.current()->reveal(), "new");
  EXPECT_EQ(reader_.problem(), "");
}

TEST_F(SecretReaderTest, AnEmptiedFileKeepsTheLastGoodOne) {
  write("old");
  ASSERT_TRUE(reader_.current());
  write("\n");
  EXPECT_EQ(reader_.current()->reveal(), "old");
  EXPECT_EQ(reader_.problem(),
            "secret file " + path() + ": is empty; the last good value stays in use");
}

TEST_F(SecretReaderTest, AnUnreadableFileIsAnErrorUntilThereWasAGoodOne) {
  EXPECT_EQ(reader_.current().error().message,
            "secret file " + path() + ": No such file or directory");
  write("good");
  EXPECT_TRUE(reader_.current());
}

TEST_F(SecretReaderTest, AFifoOrAFolderIsRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(reader_.current().error().message, "secret file " + path() + ": is not a regular file");
  SecretReader folder({{}, folder_.string()});
  EXPECT_FALSE(folder.current());
}

TEST_F(SecretReaderTest, AHugeFileIsRefused) {
  write(std::string(65'537, 'x'));
  EXPECT_EQ(reader_.current().error().message, "secret file " + path() + ": is larger than 64 KiB");
}

TEST(SecretTest, PrintsAsAPlaceholder) {
  std::ostringstream out;
  out << Secret("hush");
  EXPECT_EQ(out.str(), "<secret>");
  EXPECT_EQ(testing::PrintToString(Secret("hush")), "<secret>");
}

TEST(SecretTest, IsTakenOutOfMessages) {
  EXPECT_EQ(without_secret("POST hush4 failed: hush4", Secret("hush4")),
            "POST <secret> failed: <secret>");
  EXPECT_EQ(without_secret("a b c", Secret("b")), "a b c");
}

}  // namespace
}  // namespace revisitd::daemon
