#include "collectors/connection_pool.h"

#include <limits>
#include <utility>

namespace revisitd::collectors {

ConnectionPool::ConnectionPool(std::size_t max_idle, Duration idle_timeout)
    : max_idle_(max_idle), idle_timeout_(idle_timeout) {}

std::unique_ptr<NetStream> ConnectionPool::take(const std::string& key, Clock::time_point now) {
  drop_expired(now);
  for (;;) {
    auto behind = by_key_.upper_bound({key, std::numeric_limits<Turn>::max()});
    if (behind == by_key_.begin() || (--behind)->first != key) return nullptr;
    std::unique_ptr<NetStream> stream = remove(idle_.find(behind->second));
    if (stream->quiet()) return stream;
  }
}

void ConnectionPool::give(std::string key, std::unique_ptr<NetStream> stream,
                          Clock::time_point now) {
  drop_expired(now);
  if (max_idle_ == 0) return;
  if (idle_.size() >= max_idle_) remove(idle_.begin());
  by_key_.emplace(key, ++turns_);
  idle_.emplace(turns_, Idle{std::move(key), std::move(stream), now});
}

void ConnectionPool::clear() {
  idle_.clear();
  by_key_.clear();
}

std::unique_ptr<NetStream> ConnectionPool::remove(Place place) {
  std::unique_ptr<NetStream> stream = std::move(place->second.stream);
  by_key_.erase({place->second.key, place->first});
  idle_.erase(place);
  return stream;
}

void ConnectionPool::drop_expired(Clock::time_point now) {
  while (!idle_.empty() && now - idle_.begin()->second.since > idle_timeout_) {
    remove(idle_.begin());
  }
}

}  // namespace revisitd::collectors
