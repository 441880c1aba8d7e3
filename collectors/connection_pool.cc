#include "collectors/connection_pool.h"

#include <algorithm>
#include <utility>

namespace revisitd::collectors {

ConnectionPool::ConnectionPool(std::size_t max_idle, Duration idle_timeout)
    : max_idle_(max_idle), idle_timeout_(idle_timeout) {}

std::unique_ptr<NetStream> ConnectionPool::take(const std::string& key, Clock::time_point now) {
  drop_expired(now);
  for (;;) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    std::unique_ptr<NetStream> stream = remove(found->second.back());
    if (stream->quiet()) return stream;
  }
}

void ConnectionPool::give(std::string key, std::unique_ptr<NetStream> stream,
                          Clock::time_point now) {
  drop_expired(now);
  if (max_idle_ == 0) return;
  if (idle_.size() >= max_idle_) remove(idle_.begin());
  const auto shelf = by_key_.try_emplace(std::move(key)).first;
  shelf->second.push_back(idle_.insert(idle_.end(), {&shelf->first, std::move(stream), now}));
}

void ConnectionPool::clear() {
  idle_.clear();
  by_key_.clear();
}

std::unique_ptr<NetStream> ConnectionPool::remove(Place place) {
  std::unique_ptr<NetStream> stream = std::move(place->stream);
  const auto shelf = by_key_.find(*place->key);
  std::erase(shelf->second, place);
  if (shelf->second.empty()) by_key_.erase(shelf);
  idle_.erase(place);
  return stream;
}

void ConnectionPool::drop_expired(Clock::time_point now) {
  while (!idle_.empty() && now - idle_.front().since > idle_timeout_) remove(idle_.begin());
}

}  // namespace revisitd::collectors
