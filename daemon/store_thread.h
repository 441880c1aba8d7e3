#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
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
  // How long what is asked may take before the thread counts as stuck.
  enum class Haste {
    soon,      // an ordinary read or write
    whenever,  // as long as there is data: a copy, an upkeep
  };
  // Is given what open_early() opened, null where that was not asked or failed.
  using Opener = std::function<std::unique_ptr<storage::Store>(std::unique_ptr<storage::Store>)>;

  StoreThread() : pool_(1) {}
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;
  ~StoreThread() { close(); }

  // Begins to open it before it is known that it will be wanted; open() comes later, or close().
  // That it fails is nobody's concern: open() tries again.
  void open_early(std::function<std::unique_ptr<storage::Store>()> opener) {
    boost::asio::post(pool_, [this, opener = std::move(opener)] {
      try {
        early_ = opener();
      } catch (const std::exception&) {
      }
    });
  }

  // Begins to open it; what else there is to do can be done before opened() is asked.
  void open(Opener opener) {
    boost::asio::post(pool_, [this, opener = std::move(opener)] {
      try {
        store_ = opener(std::move(early_));
      } catch (...) {
        failure_ = std::current_exception();
      }
    });
  }
  // When it is open. Throws what the opener threw.
  boost::asio::awaitable<void> opened() {
    co_await boost::asio::co_spawn(pool_, opened_here(this), whole());
  }

  // Work that needs no store, done before what is asked after it. It may not throw.
  void post(std::function<void()> work) { boost::asio::post(pool_, std::move(work)); }

  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work, storage::Store&>> ask(
      Work work, Haste haste = Haste::soon) {
    const Turn turn(turns_, haste);
    co_return co_await boost::asio::co_spawn(pool_, run_here<Work>(this, std::move(work)), whole());
  }

  // For how long it has been at what was asked soon; nothing when it is idle or at other work.
  [[nodiscard]] std::optional<std::chrono::steady_clock::duration> busy_for() const {
    if (turns_->waiting.empty() || turns_->waiting.front() == Haste::whenever) return std::nullopt;
    return std::chrono::steady_clock::now() - turns_->progress;
  }

  // Finishes what was asked, closes the store and ends the thread. Blocks; may be called twice.
  void close() {
    boost::asio::post(pool_, [this] {
      early_.reset();
      store_.reset();
    });
    pool_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;

  // What was asked and is not answered, in order. Outlives us in frames that are never resumed.
  struct Turns {
    std::list<Haste> waiting;
    Clock::time_point progress{};  // when the first one's turn came
  };
  class Turn {
   public:
    Turn(std::shared_ptr<Turns> turns, Haste haste) : turns_(std::move(turns)) {
      if (turns_->waiting.empty()) turns_->progress = Clock::now();
      place_ = turns_->waiting.insert(turns_->waiting.end(), haste);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      turns_->waiting.erase(place_);
      turns_->progress = Clock::now();
    }

   private:
    std::shared_ptr<Turns> turns_;
    std::list<Haste>::iterator place_;
  };

  static boost::asio::awaitable<void> opened_here(StoreThread* self) {
    if (self->failure_) std::rethrow_exception(self->failure_);
    co_return;
  }

  template <class Work>
  static boost::asio::awaitable<std::invoke_result_t<Work, storage::Store&>> run_here(
      StoreThread* self, Work work) {
    co_return work(*self->store_);
  }

  std::shared_ptr<Turns> turns_ = std::make_shared<Turns>();
  // Touched on the pool's one thread only.
  std::unique_ptr<storage::Store> early_, store_;
  std::exception_ptr failure_;
  boost::asio::thread_pool pool_;
};

}  // namespace revisitd::daemon
