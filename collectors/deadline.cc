#include "collectors/deadline.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>
#include <cstdint>

#include "collectors/net_stream.h"

namespace revisitd::collectors {

using Clock = Deadline::Clock;

struct Deadlines::State {
  explicit State(const boost::asio::any_io_executor& executor) : timer(executor) {}

  struct When {
    using type = Clock::time_point;
    const type& operator()(const Deadline& deadline) const { return deadline.when_; }
  };

  static void set(const std::shared_ptr<State>& self, Clock::time_point when) {
    if (when >= self->set_to) return;
    self->set_to = when;
    const std::uint64_t turn = ++self->turn;
    self->timer.expires_at(when);
    self->timer.async_wait([weak = std::weak_ptr<State>(self), turn](boost::system::error_code) {
      // A handler that was already queued when the timer moved carries an old turn.
      if (const auto state = weak.lock(); state && state->turn == turn) fire(state);
    });
  }

  static void fire(const std::shared_ptr<State>& self) {
    self->set_to = Clock::time_point::max();
    const auto now = Clock::now();
    auto& pending = self->pending;
    while (!pending.empty() && pending.begin()->when_ <= now) {
      Deadline& due = *pending.begin();
      pending.erase(pending.begin());
      due.expire();
    }
    if (!pending.empty()) set(self, pending.begin()->when_);
  }

  // With nothing to wait for the event loop must be able to end.
  void rest() {
    if (!pending.empty() || set_to == Clock::time_point::max()) return;
    set_to = Clock::time_point::max();
    ++turn;
    timer.cancel();
  }

  boost::asio::steady_timer timer;
  boost::intrusive::multiset<Deadline, boost::intrusive::key_of_value<When>,
                             boost::intrusive::constant_time_size<false>>
      pending;
  Clock::time_point set_to = Clock::time_point::max();
  std::uint64_t turn = 0;
};

Deadlines::Deadlines(const boost::asio::any_io_executor& executor)
    : state_(std::make_shared<State>(executor)) {}

Deadline::Deadline(const Deadlines& all) : all_(all.state_) {}
Deadline::~Deadline() {
  unlink();
  all_->rest();
}

void Deadline::watch(NetStream* stream) {
  stream_ = stream;
  if (stream != nullptr && (expired_ || cancelled_)) stream->close();
}

void Deadline::expire_at(Clock::time_point when) {
  unlink();
  when_ = when;
  expired_ = false;
  if (when == Clock::time_point::max()) return all_->rest();
  all_->pending.insert(*this);
  Deadlines::State::set(all_, when);
}

void Deadline::only_interrupt(bool on) { interrupt_ = on; }

void Deadline::cancel() {
  cancelled_ = true;
  if (stream_ != nullptr) stream_->close();
}

void Deadline::expire() {
  expired_ = true;
  if (stream_ == nullptr) return;
  interrupt_ ? stream_->interrupt() : stream_->close();
}

}  // namespace revisitd::collectors
