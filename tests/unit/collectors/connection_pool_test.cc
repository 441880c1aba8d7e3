#include "collectors/connection_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>

namespace revisitd::collectors {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;

// Connections to a listener that says nothing.
class ConnectionPoolTest : public testing::Test {
 protected:
  std::unique_ptr<PooledStream> open() {
    tcp::socket socket(context_);
    socket.connect(listener_.local_endpoint());
    peers_.push_back(listener_.accept());
    return std::make_unique<PooledStream>(std::move(socket));
  }
  // Puts a new connection into the pool and names it by its own port.
  unsigned give(const std::string& key, int at = 0) {
    auto stream = open();
    const unsigned port = stream->socket().local_endpoint().port();
    pool_.give(pool_.shelf(key), std::move(stream), start_ + milliseconds(at));
    return port;
  }
  // The port of what the pool has; 0 for none.
  unsigned take(const std::string& key, int at = 0) {
    const auto stream = pool_.take(*pool_.shelf(key), start_ + milliseconds(at));
    return stream != nullptr ? stream->socket().local_endpoint().port() : 0;
  }

  boost::asio::io_context context_;
  tcp::acceptor listener_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::list<tcp::socket> peers_;
  ConnectionPool::Clock::time_point start_ = ConnectionPool::Clock::now();
  ConnectionPool pool_{3, milliseconds(100)};
};

TEST_F(ConnectionPoolTest, GivesTheLastOneOfTheKey) {
  give("a");
  const unsigned second = give("a");
  const unsigned other = give("b");
  EXPECT_EQ(take("a"), second);
  EXPECT_EQ(take("b"), other);
  EXPECT_EQ(take("b"), 0u);
  EXPECT_EQ(take("aa"), 0u);
  EXPECT_EQ(pool_.size(), 1u);
}

TEST_F(ConnectionPoolTest, TheOneIdleLongestGivesWay) {
  give("a");
  for (const char* key : {"b", "c", "d"}) give(key);
  EXPECT_EQ(pool_.size(), 3u);
  EXPECT_EQ(take("a"), 0u);
  EXPECT_NE(take("b"), 0u);
}

TEST_F(ConnectionPoolTest, DropsWhatHasBeenIdleTooLong) {
  give("a", 0);
  give("a", 50);
  EXPECT_NE(take("a", 120), 0u);
  EXPECT_EQ(take("a", 120), 0u);
}

TEST_F(ConnectionPoolTest, PassesOverConnectionsThatTheirPeerEnded) {
  const unsigned first = give("a");
  give("a");
  peers_.back().close();
  EXPECT_EQ(take("a"), first);
  EXPECT_EQ(pool_.size(), 0u);
}

TEST_F(ConnectionPoolTest, AShelfIsThereWhileItIsOfUse) {
  give("a");
  EXPECT_EQ(pool_.shelves(), 1u);
  const auto held = pool_.shelf("b");
  EXPECT_EQ(pool_.shelf("b"), held);
  EXPECT_EQ(pool_.shelves(), 2u);
  EXPECT_NE(take("a"), 0u);
  EXPECT_EQ(pool_.shelves(), 1u);
}

TEST_F(ConnectionPoolTest, KeepsNothingOnceCleared) {
  give("a");
  pool_.clear();
  EXPECT_EQ(take("a"), 0u);
}

}  // namespace
}  // namespace revisitd::collectors
