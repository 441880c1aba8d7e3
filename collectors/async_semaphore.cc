#include "collectors/async_semaphore.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace revisitd::collectors {

struct AsyncSemaphore::Waiter {
  explicit Waiter(const boost::asio::any_io_executor& executor)
      : timer(executor, boost::asio::steady_timer::time_point::max()) {}

  boost::asio::steady_timer timer;
  bool admitted = false;
};

AsyncSemaphore::AsyncSemaphore(boost::asio::any_io_executor executor, std::size_t permits)
    : executor_(std::move(executor)), free_(permits) {}

AsyncSemaphore::~AsyncSemaphore() = default;

boost::asio::awaitable<AsyncSemaphore::Permit> AsyncSemaphore::acquire() {
  if (free_ > 0) {
    --free_;
    co_return Permit(*this);
  }
  const auto waiter = std::make_shared<Waiter>(executor_);
  waiting_.push_back(waiter);
  boost::system::error_code ignored;
  while (!waiter->admitted) {
    co_await waiter->timer.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
  co_return Permit(*this);
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
