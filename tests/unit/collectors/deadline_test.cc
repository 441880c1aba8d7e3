#include "collectors/deadline.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <optional>

#include "collectors/net_stream.h"

namespace revisitd::collectors {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::minutes;
using Clock = Deadline::Clock;

// Streams to a listener that says nothing.
class DeadlineTest : public testing::Test {
 protected:
  NetStream& open() {
    tcp::socket socket(context_);
    socket.connect(listener_.local_endpoint());
    peers_.push_back(listener_.accept());
    return streams_.emplace_back(std::move(socket));
  }
  // Runs until there is nothing to wait for any more.
  void run() {
    context_.restart();
    context_.run();
  }

  boost::asio::io_context context_;
  tcp::acceptor listener_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::list<tcp::socket> peers_;
  std::list<NetStream> streams_;
  std::optional<Deadlines> all_ = Deadlines(context_.get_executor());
};

TEST_F(DeadlineTest, ClosesTheStreamWhenItsTimeIsUp) {
  NetStream& stream = open();
  Deadline deadline(*all_);
  deadline.watch(&stream);
  const auto when = Clock::now() + milliseconds(20);
  deadline.expire_at(when);
  run();
  EXPECT_GE(Clock::now(), when);
  EXPECT_TRUE(deadline.expired());
  EXPECT_FALSE(stream.socket().is_open());
}

TEST_F(DeadlineTest, OneTimerServesThemAll) {
  NetStream &late = open(), &early = open(), &never = open();
  Deadline first(*all_), second(*all_), third(*all_);
  first.watch(&late);
  second.watch(&early);
  third.watch(&never);
  const auto start = Clock::now();
  first.expire_at(start + minutes(5));
  second.expire_at(start + milliseconds(20));  // earlier than the timer is set to
  third.expire_at(start + milliseconds(10));
  third.expire_at(start + minutes(5));  // the timer looks, and there is nothing to do
  while (!second.expired()) context_.run_one();
  EXPECT_FALSE(first.expired());
  first.expire_at(Clock::now() + milliseconds(10));
  while (!first.expired()) context_.run_one();
  EXPECT_FALSE(third.expired());
  EXPECT_TRUE(never.socket().is_open());
  EXPECT_FALSE(early.socket().is_open());
  EXPECT_FALSE(late.socket().is_open());
}

TEST_F(DeadlineTest, NothingIsWaitedForOnceTheLastIsGone) {
  auto first = std::make_unique<Deadline>(*all_);
  Deadline second(*all_);
  first->expire_at(Clock::now() + minutes(5));
  second.expire_at(Clock::now() + minutes(6));
  first.reset();
  second.expire_at(Clock::time_point::max());
  run();
  EXPECT_FALSE(second.expired());
}

TEST_F(DeadlineTest, MayBeSetAgainAfterItsTime) {
  NetStream& stream = open();
  Deadline deadline(*all_);
  deadline.only_interrupt(true);
  deadline.watch(&stream);
  for (int round = 0; round < 2; ++round) {
    deadline.expire_at(Clock::now() + milliseconds(5));
    EXPECT_FALSE(deadline.expired());
    run();
    EXPECT_TRUE(deadline.expired());
    EXPECT_TRUE(stream.socket().is_open());
  }
}

TEST_F(DeadlineTest, OutlivesTheOthersItWasMadeWith) {
  NetStream& stream = open();
  Deadline deadline(*all_);
  all_.reset();
  deadline.expire_at(Clock::now() + milliseconds(5));
  run();
  deadline.watch(&stream);  // too late
  EXPECT_FALSE(stream.socket().is_open());
}

TEST_F(DeadlineTest, ACancelledOneClosesWhateverItIsGiven) {
  NetStream &now = open(), &later = open();
  Deadline deadline(*all_);
  deadline.watch(&now);
  deadline.cancel();
  deadline.watch(&later);
  EXPECT_FALSE(now.socket().is_open());
  EXPECT_FALSE(later.socket().is_open());
  EXPECT_TRUE(deadline.cancelled());
}

}  // namespace
}  // namespace revisitd::collectors
