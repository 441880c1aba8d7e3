#include "collectors/connection_pool.h"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace revisitd::collectors {

struct ConnectionPool::Shelves {
  std::unordered_map<std::string_view, std::weak_ptr<PoolShelf>> by_key;  // each shelf's own key
};

class PoolShelf {
 public:
  PoolShelf(std::string key, std::shared_ptr<ConnectionPool::Shelves> among)
      : key_(std::move(key)), among_(std::move(among)) {}
  ~PoolShelf() { among_->by_key.erase(key_); }
  PoolShelf(const PoolShelf&) = delete;
  PoolShelf& operator=(const PoolShelf&) = delete;

  [[nodiscard]] const std::string& key() const { return key_; }

  boost::intrusive::list<
      PooledStream,
      boost::intrusive::member_hook<PooledStream, PooledStream::Hook, &PooledStream::on_shelf_>,
      boost::intrusive::constant_time_size<false>>
      idle;  // oldest first

 private:
  std::string key_;
  std::shared_ptr<ConnectionPool::Shelves> among_;
};

ConnectionPool::ConnectionPool(std::size_t max_idle, Duration idle_timeout)
    : max_idle_(max_idle), idle_timeout_(idle_timeout), shelves_(std::make_shared<Shelves>()) {}
ConnectionPool::~ConnectionPool() { clear(); }

std::shared_ptr<PoolShelf> ConnectionPool::shelf(const std::string& key) {
  const auto found = shelves_->by_key.find(key);
  if (found != shelves_->by_key.end()) return found->second.lock();
  auto made = std::make_shared<PoolShelf>(key, shelves_);
  shelves_->by_key.emplace(made->key(), made);
  return made;
}

std::unique_ptr<PooledStream> ConnectionPool::take(PoolShelf& shelf, Clock::time_point now) {
  drop_expired(now);
  while (!shelf.idle.empty()) {
    std::unique_ptr<PooledStream> stream = remove(shelf.idle.back());
    if (stream->quiet()) return stream;
  }
  return nullptr;
}

void ConnectionPool::give(const std::shared_ptr<PoolShelf>& shelf,
                          std::unique_ptr<PooledStream> stream, Clock::time_point now) {
  drop_expired(now);
  if (max_idle_ == 0) return;
  if (idle_.size() >= max_idle_) remove(idle_.front());
  PooledStream& kept = *stream.release();
  kept.shelf_ = shelf;
  kept.since_ = now;
  idle_.push_back(kept);
  shelf->idle.push_back(kept);
}

void ConnectionPool::clear() {
  while (!idle_.empty()) remove(idle_.front());
}

std::size_t ConnectionPool::shelves() const { return shelves_->by_key.size(); }

std::unique_ptr<PooledStream> ConnectionPool::remove(PooledStream& stream) {
  idle_.erase(idle_.iterator_to(stream));
  const std::shared_ptr<PoolShelf> shelf = std::move(stream.shelf_);
  shelf->idle.erase(shelf->idle.iterator_to(stream));
  return std::unique_ptr<PooledStream>(&stream);
}

void ConnectionPool::drop_expired(Clock::time_point now) {
  while (!idle_.empty() && now - idle_.front().since_ > idle_timeout_) remove(idle_.front());
}

}  // namespace revisitd::collectors
