#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "collectors/net_stream.h"
#include "rules/time.h"

namespace revisitd::collectors {

// Connections between requests, oldest first. Idle ones hold no read buffer. They are looked
// through at every take() and give(), so no timer runs for them.
class ConnectionPool {
 public:
  using Clock = std::chrono::steady_clock;

  ConnectionPool(std::size_t max_idle, Duration idle_timeout);

  // The most recently used connection of this key that is still quiet; null if there is none.
  // Connections that were closed or spoken to by the peer meanwhile are dropped.
  std::unique_ptr<NetStream> take(const std::string& key, Clock::time_point now);
  void give(std::string key, std::unique_ptr<NetStream> stream, Clock::time_point now);
  void clear() { idle_.clear(); }
  [[nodiscard]] std::size_t size() const { return idle_.size(); }

 private:
  struct Idle {
    std::string key;
    std::unique_ptr<NetStream> stream;
    Clock::time_point since;
  };

  void drop_expired(Clock::time_point now);

  std::size_t max_idle_;
  Duration idle_timeout_;
  std::list<Idle> idle_;
};

}  // namespace revisitd::collectors
