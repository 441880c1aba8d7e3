#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "collectors/net_stream.h"
#include "rules/time.h"

namespace revisitd::collectors {

// Connections between requests. Idle ones hold no read buffer. The oldest are looked at at every
// take() and give(), so no timer runs for them; both take constant time, for a fleet keeps one
// connection per target.
class ConnectionPool {
 public:
  using Clock = std::chrono::steady_clock;

  ConnectionPool(std::size_t max_idle, Duration idle_timeout);

  // The most recently used connection of this key that is still quiet; null if there is none.
  // Connections that were closed or spoken to by the peer meanwhile are dropped.
  std::unique_ptr<NetStream> take(const std::string& key, Clock::time_point now);
  // Over the limit the one that has been idle longest gives way.
  void give(std::string key, std::unique_ptr<NetStream> stream, Clock::time_point now);
  void clear();
  [[nodiscard]] std::size_t size() const { return idle_.size(); }

 private:
  struct Idle {
    const std::string* key;  // that of its shelf
    std::unique_ptr<NetStream> stream;
    Clock::time_point since;
  };
  using Shelves = std::unordered_map<std::string, std::vector<std::list<Idle>::iterator>>;

  // The one at this position of the shelf.
  std::unique_ptr<NetStream> remove(Shelves::iterator shelf, std::size_t position);
  void remove_oldest();
  void drop_expired(Clock::time_point now);

  std::size_t max_idle_;
  Duration idle_timeout_;
  std::list<Idle> idle_;  // oldest first
  Shelves by_key_;        // oldest first, never empty
};

}  // namespace revisitd::collectors
