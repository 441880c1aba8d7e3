#include "collectors/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <set>
#include <utility>

namespace revisitd::collectors {
namespace asio = boost::asio;
using boost::system::error_code;

// One name: being looked up while `found` is empty, afterwards its answer until `expires`.
struct Resolver::Flight {
  // What may be answered while the name service says nothing.
  [[nodiscard]] const Addresses* instead() const {
    return last_good.empty() || Clock::now() >= good_until ? nullptr : &last_good;
  }

  std::set<asio::steady_timer*> waiting;
  std::optional<Result<Addresses>> found;
  Clock::time_point begun = Clock::now();
  Clock::time_point expires = Clock::time_point::max();
  Addresses last_good;  // of flights before; empty when there was none
  Clock::time_point good_until{};
  bool silent = false;  // the flight before, then this one, met silence
  bool cancelled = false;
};

namespace {

constexpr std::size_t kMaxAddresses = 8;
constexpr std::size_t kMaxNames = 8192;

std::optional<asio::ip::address> to_address(const sockaddr* raw) {
  if (raw->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(raw);
    return asio::ip::address_v4(ntohl(v4->sin_addr.s_addr));
  }
  if (raw->sa_family != AF_INET6) return std::nullopt;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(raw);
  asio::ip::address_v6::bytes_type bytes;
  std::copy_n(v6->sin6_addr.s6_addr, bytes.size(), bytes.begin());
  return asio::ip::address_v6(bytes, v6->sin6_scope_id);
}

// A timer in a flight's list of those who wait, for as long as this lives.
class Waiting {
 public:
  Waiting(std::set<asio::steady_timer*>& list, asio::steady_timer& timer)
      : list_(list), timer_(&timer) {
    list_.insert(timer_);
  }
  ~Waiting() { list_.erase(timer_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::set<asio::steady_timer*>& list_;
  asio::steady_timer* timer_;
};

}  // namespace

Result<Addresses> system_lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0) {
    return Error{::gai_strerror(code)};
  }
  Addresses out;
  for (const addrinfo* entry = list; entry != nullptr && out.size() < kMaxAddresses;
       entry = entry->ai_next) {
    if (const auto address = to_address(entry->ai_addr)) out.push_back(*address);
  }
  ::freeaddrinfo(list);
  if (out.empty()) return Error{"no IPv4 or IPv6 address"};
  return out;
}

Resolver::Resolver(asio::any_io_executor executor, ResolverOptions options)
    : executor_(executor),
      options_(std::move(options)),
      pool_(executor, {.threads = std::max<std::size_t>(1, options_.threads)}),
      silent_pool_(executor, {.threads = std::max<std::size_t>(1, options_.silent_threads)}) {}

Resolver::~Resolver() = default;

asio::awaitable<Result<Addresses, FetchError>> Resolver::resolve(std::string host,
                                                                 Clock::time_point deadline) {
  error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return Addresses{literal};

  const std::shared_ptr<Flight> flight = flight_for(host);
  if (!flight->found) {
    const auto until = flight->instead() == nullptr
                           ? deadline
                           : std::min(deadline, flight->begun + options_.patience);
    asio::steady_timer timer(executor_, until);
    const Waiting waiting(flight->waiting, timer);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (flight->cancelled) co_return FetchError{FetchFailure::cancelled, "stopping"};
  const bool unanswered = !flight->found || flight->silent;
  if (const Addresses* instead = flight->instead(); unanswered && instead != nullptr)
    co_return *instead;
  if (!flight->found) {
    co_return FetchError{FetchFailure::timeout,
                         "no answer from the name service for " + host + " in time"};
  }
  const Result<Addresses>& found = *flight->found;
  if (!found) co_return FetchError{FetchFailure::resolve, host + ": " + found.error().message};
  co_return *found;
}

void Resolver::cancel() {
  for (auto& [host, flight] : flights_) {
    if (flight->found) continue;
    flight->cancelled = true;
    for (asio::steady_timer* timer : flight->waiting) timer->cancel();
  }
  std::erase_if(flights_, [](const auto& entry) { return entry.second->cancelled; });
}

std::shared_ptr<Resolver::Flight> Resolver::flight_for(const std::string& host) {
  auto& slot = flights_[host];
  if (slot && slot->expires > Clock::now()) return slot;
  const std::shared_ptr<Flight> before = std::exchange(slot, std::make_shared<Flight>());
  const std::shared_ptr<Flight> flight = slot;
  if (before && before->found && *before->found) {
    flight->last_good = **before->found;
    flight->good_until = before->expires + options_.stale;
  } else if (before) {
    flight->last_good = before->last_good;
    flight->good_until = before->good_until;
    flight->silent = before->silent;
  }
  forget_old();
  start(host, flight);
  return flight;
}

void Resolver::start(const std::string& host, const std::shared_ptr<Flight>& flight) {
  struct Answer {
    std::optional<Result<Addresses>> found;
    Clock::duration took{};
  };
  const auto answer = std::make_shared<Answer>();
  auto work = [answer, host, lookup = options_.lookup] {
    const auto begun = Clock::now();
    try {
      answer->found = lookup(host);
    } catch (const std::exception& broken) {
      answer->found = Error{broken.what()};
    }
    answer->took = Clock::now() - begun;
  };
  auto done = [this, flight, answer] {
    const bool good = answer->found->has_value();
    flight->silent = !good && answer->took > options_.patience;
    flight->expires = Clock::now() + (good ? options_.ttl : options_.failure_ttl);
    flight->found = std::move(answer->found);
    for (asio::steady_timer* timer : flight->waiting) timer->cancel();
  };
  BlockingPool& pool = flight->silent ? silent_pool_ : pool_;
  if (pool.submit(std::move(work), std::move(done))) return;
  flight->expires = Clock::now() + options_.failure_ttl;
  flight->found = Error{"too many names are being looked up"};
}

void Resolver::forget_old() {
  if (flights_.size() < kMaxNames) return;
  const auto now = Clock::now();
  std::erase_if(flights_, [now](const auto& entry) { return entry.second->expires <= now; });
}

}  // namespace revisitd::collectors
