#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/set_hook.hpp>
#include <chrono>
#include <memory>

namespace revisitd::collectors {

class NetStream;

// What all deadlines of one client or server share: the timer. It is set to the earliest of them
// and looks again when it fires, so that a fetch that ends in time costs no timer at all.
class Deadlines {
 public:
  explicit Deadlines(const boost::asio::any_io_executor& executor);

 private:
  friend class Deadline;
  struct State;

  std::shared_ptr<State> state_;
};

// Closes a stream when its time is up, which ends whatever awaits it. One per fetch or session, on
// the executor's thread. It may outlive the Deadlines it was made of.
class Deadline : public boost::intrusive::set_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(const Deadlines& all);
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

  [[nodiscard]] bool expired() const { return expired_; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  friend class Deadlines;

  void expire();

  std::shared_ptr<Deadlines::State> all_;
  NetStream* stream_ = nullptr;
  Clock::time_point when_ = Clock::time_point::max();
  bool expired_ = false;
  bool interrupt_ = false;
  bool cancelled_ = false;
};

}  // namespace revisitd::collectors
