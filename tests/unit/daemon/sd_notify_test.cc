#include "daemon/sd_notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace revisitd::daemon {
namespace {

// An abstract socket, as containers get it.
TEST(SdNotifyTest, TellsAnAbstractSocket) {
  const std::string name = "revisitd-test-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  sd_notify("READY=1");
  char buffer[64] = {};
  EXPECT_EQ(::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT), 7);
  EXPECT_STREQ(buffer, "READY=1");
  ::close(fd);
  sd_notify("STOPPING=1");  // nobody listens: no error, no wait
  ::unsetenv("NOTIFY_SOCKET");
  sd_notify("READY=1");
}

std::optional<Duration> interval(const char* usec, const std::string& pid) {
  ::setenv("WATCHDOG_USEC", usec, 1);
  ::setenv("WATCHDOG_PID", pid.c_str(), 1);
  const auto found = watchdog_interval();
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  return found;
}

TEST(SdNotifyTest, TheWatchdogIsFedAtHalfItsTimeAndOnlyByUs) {
  EXPECT_EQ(interval("30000000", std::to_string(::getpid())), std::chrono::seconds(15));
  EXPECT_EQ(interval("30000000", "1"), std::nullopt);
  EXPECT_EQ(interval("soon", std::to_string(::getpid())), std::nullopt);
  EXPECT_EQ(interval("1000", std::to_string(::getpid())), std::nullopt) << "too short to keep";
  EXPECT_EQ(watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace revisitd::daemon
