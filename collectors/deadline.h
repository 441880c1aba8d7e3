#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

namespace revisitd::collectors {

class NetStream;

// Closes a stream when its time is up, which ends whatever awaits it. One per fetch or session, on
// the executor's thread. Moving the time later costs nothing: the timer only looks again when it
// would have fired.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(const boost::asio::any_io_executor& executor);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // The stream to close; null for none. It must be detached before it goes away. Closed at once
  // when time is already up.
  void watch(NetStream* stream);
  void expire_at(Clock::time_point when);
  // From now on only cancels what is pending when time is up and leaves the stream open, so that
  // the peer can be told. The owner then asks expired() after every operation.
  void only_interrupt(bool on);
  // Closes the stream now and for good; `cancelled()` is true from here on.
  void cancel();

  [[nodiscard]] bool expired() const;
  [[nodiscard]] bool cancelled() const;

 private:
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace revisitd::collectors
