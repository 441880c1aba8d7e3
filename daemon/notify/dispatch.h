#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <memory>
#include <string>

#include "daemon/notify/links.h"
#include "daemon/notify/request.h"

namespace revisitd::daemon::notify {

// The fetches that are under way, so that stopping can call them off. One thread.
class Flights {
 public:
  // Calls off everything under way; what is dispatched later is called off at once.
  void abandon();
  [[nodiscard]] bool abandoned() const { return abandoned_; }

  using Signal = std::list<boost::asio::cancellation_signal>::iterator;
  Signal add() { return signals_.emplace(signals_.end()); }
  void remove(Signal signal) { signals_.erase(signal); }

 private:
  std::list<boost::asio::cancellation_signal> signals_;
  bool abandoned_ = false;
};

// One attempt: POSTs the body to every URL of the receiver at the same time and judges the answers.
// Never throws for what the network does. `http` and `courier` outlive the call.
boost::asio::awaitable<Judgement> dispatch(std::shared_ptr<Flights> flights,
                                           collectors::HttpClient& http, Courier& courier,
                                           std::string id, std::string body, TimePoint now);

// Sends a test message and says what became of it; for the receivers' check on the command line and
// in the API.
boost::asio::awaitable<Judgement> send_test(collectors::HttpClient& http, Receiver receiver,
                                            LinkOptions links, TimePoint now);

}  // namespace revisitd::daemon::notify
