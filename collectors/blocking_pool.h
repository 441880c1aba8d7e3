#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>

namespace revisitd::collectors {

struct BlockingPoolOptions {
  std::size_t threads = 2;
  std::size_t max_queue = 1024;  // jobs that wait for a thread
};

// A few threads for calls that block and cannot be cancelled (name lookups, password hashes),
// started at the first job. Owned and used by the executor's thread; destroyed before its
// io_context. Destruction never waits: a thread inside a job ends after it, unnoticed.
class BlockingPool {
 public:
  BlockingPool(boost::asio::any_io_executor executor, BlockingPoolOptions options);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Runs `work` on a pool thread, then `done` on the executor. `work` must own what it touches and
  // must not throw. `done` is dropped without a call when the pool is destroyed first. False, and
  // nothing runs, when the queue is full or no thread could be started.
  [[nodiscard]] bool submit(std::function<void()> work, std::function<void()> done);

 private:
  struct Shared;

  bool ensure_threads();

  BlockingPoolOptions options_;
  std::size_t started_ = 0;
  std::shared_ptr<Shared> shared_;
};

}  // namespace revisitd::collectors
