#include "daemon/loops.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <vector>

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using std::chrono::hours;
using std::chrono::milliseconds;

asio::awaitable<void> tick(int& count, bool& ended) {
  while (co_await sleep_for(milliseconds(1))) ++count;
  ended = true;
}
asio::awaitable<void> throw_up() {
  co_await sleep_for(milliseconds(1));
  throw std::runtime_error("broken");
}
asio::awaitable<void> join(Loops& loops, Duration patience, std::size_t& left) {
  left = co_await loops.join(patience);
}

struct LoopsTest : testing::Test {
  asio::io_context io;
  std::vector<std::string> errors;
  Loops loops{io.get_executor(), [this](const std::string& name, const std::string& what) {
                errors.push_back(name + ": " + what);
              }};
  std::size_t left = 99;

  void end(Duration patience) {
    loops.cancel();
    asio::co_spawn(io, join(loops, patience, left), asio::detached);
    io.restart();
    io.run_for(std::chrono::seconds(5));
  }
};

TEST_F(LoopsTest, CancelledLoopsEndByLookingAndAreWaitedFor) {
  int count = 0;
  bool ended = false;
  loops.spawn("ticks", tick(count, ended));
  io.run_for(milliseconds(50));
  EXPECT_GT(count, 0);
  end(std::chrono::seconds(1));
  EXPECT_TRUE(ended);
  EXPECT_EQ(left, 0u);
  EXPECT_TRUE(errors.empty());
}

TEST_F(LoopsTest, ALongSleepIsCutShort) {
  bool whole = true;
  const auto sleeper = [](bool& result) -> asio::awaitable<void> {
    result = co_await sleep_for(hours(1));
  };
  loops.spawn("sleeper", sleeper(whole));
  io.run_for(milliseconds(5));
  end(std::chrono::seconds(1));
  EXPECT_FALSE(whole);
  EXPECT_EQ(left, 0u);
}

TEST_F(LoopsTest, WhatALoopThrowsIsToldWithItsName) {
  loops.spawn("eater", throw_up());
  io.run_for(milliseconds(100));
  EXPECT_THAT(errors, testing::ElementsAre("eater: broken"));
}

}  // namespace
}  // namespace revisitd::daemon
