#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "storage/store.h"

namespace revisitd::daemon {

// The database's own thread: the store is opened, used and closed on it and nowhere else, in the
// order asked. ask() is called on the network thread and resumes there; what the store throws comes
// out of it.
class StoreThread {
 private:
  // What is asked is done, even when the loop that asks is cancelled: half a commit is none.
  static auto whole() {
    return boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(),
                                               boost::asio::use_awaitable);
  }

 public:
  using Opener = std::function<std::unique_ptr<storage::Store>()>;

  StoreThread() : pool_(1) {}
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;
  ~StoreThread() { close(); }

  boost::asio::awaitable<void> open(Opener opener) {
    co_await boost::asio::co_spawn(pool_, open_here(this, std::move(opener)), whole());
  }

  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work, storage::Store&>> ask(Work work) {
    co_return co_await boost::asio::co_spawn(pool_, run_here<Work>(this, std::move(work)), whole());
  }

  // Finishes what was asked, closes the store and ends the thread. Blocks; may be called twice.
  void close() {
    boost::asio::post(pool_, [this] { store_.reset(); });
    pool_.join();
  }

 private:
  static boost::asio::awaitable<void> open_here(StoreThread* self, Opener opener) {
    self->store_ = opener();
    co_return;
  }

  template <class Work>
  static boost::asio::awaitable<std::invoke_result_t<Work, storage::Store&>> run_here(
      StoreThread* self, Work work) {
    co_return work(*self->store_);
  }

  std::unique_ptr<storage::Store> store_;  // touched on the pool's one thread only
  boost::asio::thread_pool pool_;
};

}  // namespace revisitd::daemon
