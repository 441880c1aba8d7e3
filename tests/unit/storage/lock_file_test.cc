#include "storage/lock_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/storage/store_folder.h"

namespace revisitd::storage {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

// Another process that has the store open until this goes away.
class OtherHolder {
 public:
  explicit OtherHolder(const StoreFolder& folder) {
    int ready[2];
    if (::pipe(ready) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      const auto store = folder.open();
      (void)!::write(ready[1], "x", 1);
      for (;;) ::pause();
    }
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  OtherHolder(const OtherHolder&) = delete;
  OtherHolder& operator=(const OtherHolder&) = delete;
  ~OtherHolder() { end(); }

  [[nodiscard]] pid_t pid() const { return child_; }
  void end() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    child_ = -1;
  }

 private:
  pid_t child_ = -1;
};

TEST(LockFileTest, TheSecondOpenerIsToldWhoHoldsTheStore) {
  const StoreFolder folder;
  const OtherHolder holder(folder);
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "locked");
  EXPECT_THAT(refusal_of([&] { folder.open(); }),
              HasSubstr("is in use by process " + std::to_string(holder.pid())));
}

TEST(LockFileTest, ALockEndsWithItsProcessHoweverThatEnds) {
  const StoreFolder folder;
  OtherHolder holder(folder);
  holder.end();
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "none");
}

TEST(LockFileTest, WaitsForAHolderThatIsAboutToLeave) {
  const StoreFolder folder;
  const OtherHolder holder(folder);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(
      trouble_of([&] { open_store({.directory = folder.path(), .lock_wait = milliseconds(200)}); }),
      "locked");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(190));
}

TEST(LockFileTest, OneProcessOpensAStoreOnce) {
  const StoreFolder folder;
  const auto store = folder.open();
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "locked");
}

TEST(LockFileTest, WhatAnotherProgramLocksIsNamedToo) {
  const StoreFolder folder;
  folder.with_store([](Store&) {});
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int handle = ::open(folder.database().c_str(), O_RDWR | O_CLOEXEC);
    // Where SQLite keeps its locks: PENDING, RESERVED and the shared range.
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_start = 0x40000000;
    lock.l_len = 512;
    const char answer = ::fcntl(handle, F_SETLK, &lock) == 0 ? 'x' : '-';
    (void)!::write(ready[1], &answer, 1);
    for (;;) ::pause();
  }
  char byte = 0;
  (void)!::read(ready[0], &byte, 1);
  ASSERT_EQ(byte, 'x');
  EXPECT_EQ(trouble_of([&] { folder.open(); }), "locked");
  EXPECT_THAT(refusal_of([&] { folder.open(); }),
              HasSubstr("is in use by process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace revisitd::storage
