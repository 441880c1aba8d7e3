#include "collectors/async_semaphore.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace revisitd::collectors {

using Clock = std::chrono::steady_clock;

struct AsyncSemaphore::Waiter {
  Waiter(const boost::asio::any_io_executor& executor, Clock::time_point until)
      : timer(executor, until) {}

  boost::asio::steady_timer timer;
  bool admitted = false;
};

AsyncSemaphore::AsyncSemaphore(boost::asio::any_io_executor executor, std::size_t permits)
    : executor_(std::move(executor)), free_(permits) {}

AsyncSemaphore::~AsyncSemaphore() = default;

boost::asio::awaitable<AsyncSemaphore::Permit> AsyncSemaphore::acquire() {
  std::optional<Permit> permit = co_await acquire_until(Clock::time_point::max());
  co_return std::move(*permit);
}

boost::asio::awaitable<std::optional<AsyncSemaphore::Permit>> AsyncSemaphore::acquire_until(
    Clock::time_point until) {
  if (free_ > 0) {
    --free_;
    co_return Permit(*this);
  }
  const auto waiter = std::make_shared<Waiter>(executor_, until);
  waiting_.push_back(waiter);
  boost::system::error_code ignored;
  while (!waiter->admitted && Clock::now() < until) {
    co_await waiter->timer.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
  if (waiter->admitted) co_return Permit(*this);
  std::erase(waiting_, waiter);
  co_return std::nullopt;
}

void AsyncSemaphore::release() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  // The place goes straight to the first in line, so that a newcomer cannot take it.
  waiting_.front()->admitted = true;
  waiting_.front()->timer.cancel();
  waiting_.pop_front();
}

}  // namespace revisitd::collectors
