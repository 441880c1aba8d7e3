#include "collectors/connection_pool.h"

#include <utility>

namespace revisitd::collectors {

ConnectionPool::ConnectionPool(std::size_t max_idle, Duration idle_timeout)
    : max_idle_(max_idle), idle_timeout_(idle_timeout) {}

std::unique_ptr<NetStream> ConnectionPool::take(const std::string& key, Clock::time_point now) {
  drop_expired(now);
  for (;;) {
    const auto shelf = by_key_.find(key);
    if (shelf == by_key_.end()) return nullptr;
    std::unique_ptr<NetStream> stream = remove(shelf, shelf->second.size() - 1);
    if (stream->quiet()) return stream;
  }
}

void ConnectionPool::give(std::string key, std::unique_ptr<NetStream> stream,
                          Clock::time_point now) {
  drop_expired(now);
  if (max_idle_ == 0) return;
  if (idle_.size() >= max_idle_) remove_oldest();
  const auto shelf = by_key_.try_emplace(std::move(key)).first;
  shelf->second.push_back(idle_.insert(idle_.end(), {&shelf->first, std::move(stream), now}));
}

void ConnectionPool::clear() {
  idle_.clear();
  by_key_.clear();
}

std::unique_ptr<NetStream> ConnectionPool::remove(Shelves::iterator shelf, std::size_t position) {
  const auto place = shelf->second[position];
  std::unique_ptr<NetStream> stream = std::move(place->stream);
  shelf->second.erase(shelf->second.begin() + static_cast<std::ptrdiff_t>(position));
  if (shelf->second.empty()) by_key_.erase(shelf);
  idle_.erase(place);
  return stream;
}

void ConnectionPool::remove_oldest() { remove(by_key_.find(*idle_.front().key), 0); }

void ConnectionPool::drop_expired(Clock::time_point now) {
  while (!idle_.empty() && now - idle_.front().since > idle_timeout_) remove_oldest();
}

}  // namespace revisitd::collectors
