#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collectors/blocking_pool.h"
#include "collectors/http_client.h"

namespace revisitd::collectors {

using Addresses = std::vector<boost::asio::ip::address>;

// What blocks: the addresses of a name in the order to try them, or why there are none. Called on a
// pool thread.
using Lookup = std::function<Result<Addresses>(const std::string& host)>;

// The system's own lookup (getaddrinfo).
Result<Addresses> system_lookup(const std::string& host);

struct ResolverOptions {
  Duration ttl = std::chrono::seconds(30);
  Duration failure_ttl = std::chrono::seconds(1);  // how long a failure is remembered
  // An answer past its ttl still serves while the name service says nothing (RFC 8767), so long.
  Duration stale = std::chrono::hours(1);
  // How long a renewal is waited for before that; and a failure that took longer was silence.
  Duration patience = std::chrono::seconds(1);
  std::size_t threads = 2;         // started as lookups need them
  std::size_t silent_threads = 2;  // for names that met silence the last time
  Lookup lookup = system_lookup;
};

// Names to addresses: literals at once, names through a bounded pool, each name looked up once at a
// time however many wait for it, answers kept for their time. Names that nobody answers for are
// looked up apart from the others, and do not hold them up. On the executor's thread; destruction
// never waits for a lookup.
class Resolver {
 public:
  using Clock = std::chrono::steady_clock;

  Resolver(boost::asio::any_io_executor executor, ResolverOptions options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Completes at `deadline` at the latest (failure `timeout`); other failures are `resolve`, or
  // `cancelled` after cancel(). At most 8 addresses.
  boost::asio::awaitable<Result<Addresses, FetchError>> resolve(std::string host,
                                                                Clock::time_point deadline);

  // Ends all waits now.
  void cancel();

 private:
  struct Flight;

  std::shared_ptr<Flight> flight_for(const std::string& host);
  void start(const std::string& host, const std::shared_ptr<Flight>& flight);
  void forget_old();

  boost::asio::any_io_executor executor_;
  ResolverOptions options_;
  BlockingPool pool_;
  BlockingPool silent_pool_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace revisitd::collectors
