#include "daemon/loops.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

// A cancelled loop ends by looking, not by an exception from whatever it happened to await.
asio::awaitable<void> run_quietly(asio::awaitable<void> loop) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await std::move(loop);
}

}  // namespace

Loops::Loops(asio::any_io_executor executor, ErrorSink on_error)
    : executor_(std::move(executor)), on_error_(std::move(on_error)), ended_(executor_) {}

void Loops::spawn(std::string name, asio::awaitable<void> loop) {
  const auto task = tasks_.emplace(tasks_.end());
  task->name = std::move(name);
  const auto ended = [this, task](std::exception_ptr error) {
    if (error && !cancelled_) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        on_error_(task->name, e.what());
      }
    }
    tasks_.erase(task);
    ended_.cancel();
  };
  asio::co_spawn(executor_, run_quietly(std::move(loop)),
                 asio::bind_cancellation_slot(task->signal.slot(), ended));
}

void Loops::cancel() {
  cancelled_ = true;
  for (auto task = tasks_.begin(); task != tasks_.end();) {
    const auto next = std::next(task);
    task->signal.emit(asio::cancellation_type::terminal);
    task = next;
  }
}

asio::awaitable<std::size_t> Loops::join(Duration patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!tasks_.empty() && std::chrono::steady_clock::now() < until) {
    ended_.expires_at(until);
    boost::system::error_code ignored;
    co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return tasks_.size();
}

asio::awaitable<bool> sleep_for(Duration time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

}  // namespace revisitd::daemon
