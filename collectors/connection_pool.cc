#include "collectors/connection_pool.h"

#include <utility>

namespace revisitd::collectors {

ConnectionPool::ConnectionPool(std::size_t max_idle, Duration idle_timeout)
    : max_idle_(max_idle), idle_timeout_(idle_timeout) {}

std::unique_ptr<NetStream> ConnectionPool::take(const std::string& key, Clock::time_point now) {
  drop_expired(now);
  for (auto entry = idle_.end(); entry != idle_.begin();) {
    --entry;
    if (entry->key != key) continue;
    std::unique_ptr<NetStream> stream = std::move(entry->stream);
    entry = idle_.erase(entry);
    if (stream->quiet()) return stream;
  }
  return nullptr;
}

void ConnectionPool::give(std::string key, std::unique_ptr<NetStream> stream,
                          Clock::time_point now) {
  drop_expired(now);
  if (max_idle_ == 0) return;
  if (idle_.size() >= max_idle_) idle_.pop_front();
  idle_.push_back({std::move(key), std::move(stream), now});
}

void ConnectionPool::drop_expired(Clock::time_point now) {
  while (!idle_.empty() && now - idle_.front().since > idle_timeout_) idle_.pop_front();
}

}  // namespace revisitd::collectors
