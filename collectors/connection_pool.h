#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "collectors/net_stream.h"
#include "rules/time.h"

namespace revisitd::collectors {

class PoolShelf;

// A connection that a pool can keep. It carries what the pool links it by, so that keeping one asks
// for no memory.
class PooledStream : public NetStream {
 public:
  using NetStream::NetStream;

 private:
  friend class ConnectionPool;
  friend class PoolShelf;
  using Hook = boost::intrusive::list_member_hook<>;

  Hook in_pool_, on_shelf_;
  std::shared_ptr<PoolShelf> shelf_;  // while it is idle
  std::chrono::steady_clock::time_point since_;
};

// Connections between requests. Idle ones hold no read buffer. The oldest are looked at at every
// take() and give(), so no timer runs for them; both take constant time, for a fleet keeps one
// connection per target.
class ConnectionPool {
 public:
  using Clock = std::chrono::steady_clock;

  ConnectionPool(std::size_t max_idle, Duration idle_timeout);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // Where the connections of this key lie. It is there as long as somebody holds it or a connection
  // lies on it.
  std::shared_ptr<PoolShelf> shelf(const std::string& key);
  // The most recently used connection of the shelf that is still quiet; null if there is none.
  // Connections that were closed or spoken to by the peer meanwhile are dropped.
  std::unique_ptr<PooledStream> take(PoolShelf& shelf, Clock::time_point now);
  // Over the limit the one that has been idle longest gives way.
  void give(const std::shared_ptr<PoolShelf>& shelf, std::unique_ptr<PooledStream> stream,
            Clock::time_point now);
  void clear();
  [[nodiscard]] std::size_t size() const { return idle_.size(); }
  // Those that somebody holds or that are not empty.
  [[nodiscard]] std::size_t shelves() const;

 private:
  friend class PoolShelf;
  struct Shelves;

  std::unique_ptr<PooledStream> remove(PooledStream& stream);
  void drop_expired(Clock::time_point now);

  std::size_t max_idle_;
  Duration idle_timeout_;
  boost::intrusive::list<PooledStream,
                         boost::intrusive::member_hook<PooledStream, PooledStream::Hook,
                                                       &PooledStream::in_pool_>>
      idle_;  // oldest first
  std::shared_ptr<Shelves> shelves_;
};

}  // namespace revisitd::collectors
