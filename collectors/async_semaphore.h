#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace revisitd::collectors {

// Lets a number of coroutines of one thread through at once; the others wait in order. Must outlive
// all permits.
class AsyncSemaphore {
 public:
  AsyncSemaphore(boost::asio::any_io_executor executor, std::size_t permits);
  ~AsyncSemaphore();
  AsyncSemaphore(const AsyncSemaphore&) = delete;
  AsyncSemaphore& operator=(const AsyncSemaphore&) = delete;

  // Gives its place back when it is destroyed.
  class Permit {
   public:
    explicit Permit(AsyncSemaphore& of) : of_(&of) {}
    Permit(Permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (of_ != nullptr) of_->release();
    }

   private:
    AsyncSemaphore* of_;
  };
  boost::asio::awaitable<Permit> acquire();
  // Nothing when no place was free until then.
  boost::asio::awaitable<std::optional<Permit>> acquire_until(
      std::chrono::steady_clock::time_point until);

 private:
  struct Waiter;
  void release();

  boost::asio::any_io_executor executor_;
  std::size_t free_;
  std::deque<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace revisitd::collectors
