#include "collectors/blocking_pool.h"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace revisitd::collectors {

// The `done` callbacks stay on the owner's side of this table: a thread that outlives the pool
// never destroys one, so they may hold things of the io_context.
struct BlockingPool::Shared : std::enable_shared_from_this<Shared> {
  explicit Shared(boost::asio::any_io_executor where) : executor(std::move(where)) {}

  void run_thread() {
    std::unique_lock lock(mutex);
    for (;;) {
      ready.wait(lock, [this] { return closed || !queue.empty(); });
      if (closed) return;
      auto [id, work] = std::move(queue.front());
      queue.pop_front();
      ++busy;
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
      --busy;
      if (closed) return;
      boost::asio::post(executor, [self = shared_from_this(), job = id] { self->finish(job); });
    }
  }

  void finish(std::uint64_t job) {
    std::function<void()> done;
    {
      const std::lock_guard lock(mutex);
      const auto found = waiting.find(job);
      if (found == waiting.end()) return;
      done = std::move(found->second);
      waiting.erase(found);
    }
    done();
  }

  boost::asio::any_io_executor executor;
  std::mutex mutex;
  std::condition_variable ready;
  std::deque<std::pair<std::uint64_t, std::function<void()>>> queue;
  std::map<std::uint64_t, std::function<void()>> waiting;
  std::uint64_t next = 0;
  std::size_t busy = 0;
  bool closed = false;
};

BlockingPool::BlockingPool(boost::asio::any_io_executor executor, BlockingPoolOptions options)
    : options_(options), shared_(std::make_shared<Shared>(std::move(executor))) {}

BlockingPool::~BlockingPool() {
  std::map<std::uint64_t, std::function<void()>> dropped;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
    shared_->queue.clear();
    dropped.swap(shared_->waiting);
  }
  shared_->ready.notify_all();
}

bool BlockingPool::submit(std::function<void()> work, std::function<void()> done) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->queue.size() >= options_.max_queue) return false;
    const std::uint64_t id = ++shared_->next;
    shared_->waiting.emplace(id, std::move(done));
    shared_->queue.emplace_back(id, std::move(work));
  }
  if (ensure_threads()) {
    shared_->ready.notify_one();
    return true;
  }
  const std::lock_guard lock(shared_->mutex);
  shared_->waiting.erase(shared_->queue.back().first);
  shared_->queue.pop_back();
  return false;
}

// Starts one more thread when all are busy; true when there is at least one.
bool BlockingPool::ensure_threads() {
  {
    const std::lock_guard lock(shared_->mutex);
    const bool enough = shared_->busy + shared_->queue.size() <= started_;
    if (started_ >= options_.threads || enough) return true;
  }
  try {
    std::thread([shared = shared_] { shared->run_thread(); }).detach();
    ++started_;
  } catch (const std::system_error&) {
    // With no thread at all the job cannot run; with some it only waits longer.
  }
  return started_ > 0;
}

}  // namespace revisitd::collectors
