#include "tests/integration/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::testing {
namespace {

// Whether a process is there and not merely waiting to be reaped.
bool lives(const std::string& pid) {
  std::ifstream stat("/proc/" + pid + "/stat");
  std::string number, name, state;
  return stat >> number >> name >> state && state != "Z";
}

TEST(ChildProcessTest, EndsWithATestThatCrashes) {
  const collectors::TempFolder folder;
  const pid_t test = ::fork();
  ASSERT_GE(test, 0);
  if (test == 0) {
    const ChildProcess child({"/bin/sh", "-c", "echo $$; exec sleep 60"}, folder / "log");
    for (std::string line; line.empty(); std::this_thread::yield()) {
      std::ifstream log(folder / "log");
      std::getline(log, line);
    }
    ::_exit(0);  // as a crash does: no destructor runs
  }
  ASSERT_EQ(::waitpid(test, nullptr, 0), test);
  std::string pid;
  std::ifstream(folder / "log") >> pid;
  ASSERT_FALSE(pid.empty());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (lives(pid) && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_FALSE(lives(pid));
}

TEST(ChildProcessTest, AProgramThatIsNotThereIsNamed) {
  const collectors::TempFolder folder;
  EXPECT_THROW(ChildProcess({"/nowhere/prometheus"}, folder / "log"), std::runtime_error);
}

}  // namespace
}  // namespace revisitd::testing
