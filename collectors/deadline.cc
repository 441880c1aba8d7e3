#include "collectors/deadline.h"

#include <boost/asio/steady_timer.hpp>

#include "collectors/net_stream.h"

namespace revisitd::collectors {

struct Deadline::State {
  explicit State(const boost::asio::any_io_executor& executor) : timer(executor) {}

  static void schedule(const std::shared_ptr<State>& self) {
    self->scheduled = self->when;
    const std::uint64_t turn = ++self->turn;
    self->timer.expires_at(self->when);
    self->timer.async_wait([weak = std::weak_ptr<State>(self), turn](boost::system::error_code) {
      // A handler that was already queued when the timer moved carries an old turn.
      if (const auto state = weak.lock(); state && state->turn == turn) fire(state);
    });
  }

  static void fire(const std::shared_ptr<State>& self) {
    self->scheduled = Clock::time_point::max();
    if (Clock::now() < self->when) {
      if (self->when != Clock::time_point::max()) schedule(self);
      return;
    }
    self->expired = true;
    if (self->stream == nullptr) return;
    self->interrupt ? self->stream->interrupt() : self->stream->close();
  }

  boost::asio::steady_timer timer;
  NetStream* stream = nullptr;
  Clock::time_point when = Clock::time_point::max();
  Clock::time_point scheduled = Clock::time_point::max();
  std::uint64_t turn = 0;
  bool expired = false;
  bool interrupt = false;
  bool cancelled = false;
};

Deadline::Deadline(const boost::asio::any_io_executor& executor)
    : state_(std::make_shared<State>(executor)) {}

Deadline::~Deadline() = default;

void Deadline::watch(NetStream* stream) {
  state_->stream = stream;
  if (stream != nullptr && (state_->expired || state_->cancelled)) stream->close();
}

void Deadline::expire_at(Clock::time_point when) {
  state_->when = when;
  state_->expired = false;
  if (when < state_->scheduled) State::schedule(state_);
}

void Deadline::only_interrupt(bool on) { state_->interrupt = on; }

void Deadline::cancel() {
  state_->cancelled = true;
  if (state_->stream != nullptr) state_->stream->close();
}

bool Deadline::expired() const { return state_->expired; }
bool Deadline::cancelled() const { return state_->cancelled; }

}  // namespace revisitd::collectors
