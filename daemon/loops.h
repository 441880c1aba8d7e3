#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <string>

#include "rules/time.h"

namespace revisitd::daemon {

// Owns coroutines that run until the program stops: every one has a name, an error sink and an end
// that is waited for. All on the network thread.
class Loops {
 public:
  // What a loop threw; it has ended then.
  using ErrorSink = std::function<void(const std::string& name, const std::string& what)>;

  Loops(boost::asio::any_io_executor executor, ErrorSink on_error);

  void spawn(std::string name, boost::asio::awaitable<void> loop);
  // Asks every loop to end: sleeps end at once, what is awaited is cancelled.
  void cancel();
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  // Completes when all loops have ended, or after `patience`; how many are left.
  boost::asio::awaitable<std::size_t> join(Duration patience);

 private:
  struct Task {
    std::string name;
    boost::asio::cancellation_signal signal;
  };

  boost::asio::any_io_executor executor_;
  ErrorSink on_error_;
  std::list<Task> tasks_;
  boost::asio::steady_timer ended_;
  bool cancelled_ = false;
};

// Sleeps; false when it was cut short by a cancellation.
boost::asio::awaitable<bool> sleep_for(Duration time);

}  // namespace revisitd::daemon
