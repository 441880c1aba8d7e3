#include "collectors/http_client.h"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>

#include "collectors/address_policy.h"
#include "collectors/http_exchange.h"
#include "collectors/tls_context.h"

namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

using Stream = std::unique_ptr<PooledStream>;

// The addresses that may be connected to; an error when the policy leaves none.
Result<Addresses, FetchError> allowed_of(const Addresses& found, const Exchange& exchange) {
  Addresses allowed;
  std::string refusal = "no address";
  for (const auto& address : found) {
    if (auto verdict = check_address(address, exchange.asked->request.allow_private); verdict) {
      allowed.push_back(address);
    } else {
      refusal = verdict.error().message;
    }
  }
  if (allowed.empty()) {
    return FetchError{FetchFailure::refused_address,
                      "connect to " + exchange.asked->url.origin() + ": " + refusal};
  }
  return allowed;
}

// Tries the addresses in turn, each with an even share of the time that is left.
awaitable<Result<Stream, FetchError>> connect_to_any(Exchange& exchange, Addresses addresses) {
  std::string why = "no address";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto now = Clock::now();
    if (exchange.deadline.cancelled() || now >= exchange.over_at) break;
    exchange.deadline.expire_at(now +
                                (exchange.over_at - now) / static_cast<long>(addresses.size() - i));
    auto stream = std::make_unique<PooledStream>(exchange.shared->executor);
    exchange.deadline.watch(stream.get());
    const asio::ip::tcp::endpoint endpoint(addresses[i], exchange.asked->proxy
                                                             ? exchange.asked->proxy->port
                                                             : exchange.asked->url.port);
    const error_code error = co_await stream->connect(endpoint);
    if (!error && !exchange.deadline.expired() && !exchange.deadline.cancelled()) {
      exchange.deadline.expire_at(exchange.over_at);
      co_return stream;
    }
    exchange.deadline.watch(nullptr);
    why = exchange.deadline.expired() ? "no answer in its share of the time" : error.message();
  }
  co_return exchange.failed(FetchFailure::connect, "connect to", why);
}

// Asks the proxy for a tunnel to the host; nothing when it is there.
awaitable<std::optional<FetchError>> open_tunnel(Exchange& exchange, NetStream& stream) {
  constexpr std::size_t kMostHead = 8 * 1024;
  const auto failed = [&](const std::string& why) {
    exchange.deadline.watch(nullptr);
    return exchange.failed(FetchFailure::connect, "connect to",
                           "the proxy " + exchange.asked->proxy->origin() + " " + why);
  };
  const error_code error = co_await stream.write(exchange.asked->tunnel_head, "");
  if (error) co_return failed("did not listen: " + error.message());
  std::string received(kMostHead, '\0');
  std::size_t held = 0;
  for (;;) {
    const IoOutcome got = co_await stream.read_some(received.data() + held, kMostHead - held);
    held += got.bytes;
    const auto status = connect_status(std::string_view(received).substr(0, held));
    if (status && *status >= 200 && *status < 300) co_return std::nullopt;
    if (status) co_return failed("answered " + std::to_string(*status));
    if (got.error) co_return failed("gave no answer: " + got.error.message());
    if (held == kMostHead) co_return failed("answered with more than 8 KiB");
  }
}

awaitable<Result<Stream, FetchError>> open_stream(Exchange& exchange) {
  const std::string& host =
      exchange.asked->proxy ? exchange.asked->proxy->host : exchange.asked->url.host;
  auto found = co_await exchange.shared->resolver.resolve(host, exchange.over_at);
  if (!found) co_return found.error();
  auto allowed = allowed_of(*found, exchange);
  if (!allowed) co_return allowed.error();
  auto stream = co_await connect_to_any(exchange, *std::move(allowed));
  if (!stream || !exchange.tls) co_return stream;
  if (exchange.asked->proxy) {
    if (auto refused = co_await open_tunnel(exchange, **stream)) co_return *std::move(refused);
  }

  const bool renamed =
      exchange.asked->request.tls && !exchange.asked->request.tls->server_name.empty();
  const std::string name =
      renamed ? exchange.asked->request.tls->server_name : exchange.asked->url.host;
  std::string why;
  const error_code error = co_await (*stream)->client_handshake(exchange.tls->context, name, why);
  if (error) {
    exchange.deadline.watch(nullptr);
    co_return exchange.failed(FetchFailure::tls, "TLS with", why);
  }
  co_return stream;
}

// Sends the request and hears the answer out. A failed write is not the end: a server that refuses
// a body answers first and closes then.
awaitable<void> talk(Exchange& exchange) {
  NetStream& stream = *exchange.stream;
  const error_code write_error =
      co_await stream.write(exchange.asked->front, exchange.asked->rest->text);
  Hearing& hearing = exchange.hearing.emplace(exchange.asked->request, exchange.shared->buffers);
  while (hearing.open()) {
    if (stream.secure()) {
      const std::span<char> space = hearing.free_space();
      hearing.take(co_await stream.read_some(space.data(), space.size()));
    } else {
      error_code error;
      co_await stream.wait_readable(error);
      hearing.waited(error);
      hearing.take_what_is_there(stream);
    }
  }
  exchange.conclude(write_error);
}

awaitable<void> run_exchange(Exchange& exchange) {
  exchange.take_kept();
  for (;;) {
    exchange.deadline.expire_at(exchange.over_at);
    if (exchange.stream == nullptr) {
      auto opened = co_await open_stream(exchange);
      if (!opened) {
        exchange.outcome = opened.error();
        co_return;
      }
      exchange.stream = *std::move(opened);
    }
    exchange.deadline.watch(exchange.stream.get());
    co_await talk(exchange);
    if (!exchange.is_stale()) break;
    exchange.drop_stream();
  }
  exchange.wind_up();
}

awaitable<Result<FetchResponse, FetchError>> run_fetch(std::shared_ptr<ClientShared> shared,
                                                       FetchRequest request) {
  if (shared->cancelled) co_return FetchError{FetchFailure::cancelled, "stopping"};
  auto prepared = prepare_request(std::move(request), shared->options.user_agent);
  if (!prepared) co_return prepared.error();
  const auto exchange = std::make_shared<Exchange>(
      shared, std::make_shared<const PreparedRequest>(*std::move(prepared)));
  if (auto refused = exchange->make_ready()) co_return *std::move(refused);
  co_await run_exchange(*exchange);
  co_return std::move(exchange->outcome);
}

// Room for what Asio notes of one operation that is waited for, which lies with what waits: Asio
// asks for aligned memory, and the allocator has none of that at hand.
class WaitMemory {
 public:
  WaitMemory() = default;
  WaitMemory(const WaitMemory&) = delete;
  WaitMemory& operator=(const WaitMemory&) = delete;

  // Of the memory, which must outlive what was allocated.
  template <class T>
  struct For {
    using value_type = T;

    explicit For(WaitMemory& of) : memory(&of) {}
    template <class Other>
    For(const For<Other>& other) : memory(other.memory) {}  // NOLINT: allocators convert

    T* allocate(std::size_t count) const {
      return static_cast<T*>(memory->take(count * sizeof(T), alignof(T)));
    }
    void deallocate(T* place, std::size_t count) const {
      memory->give_back(place, count * sizeof(T), alignof(T));
    }
    friend bool operator==(const For& a, const For& b) { return a.memory == b.memory; }

    WaitMemory* memory;
  };

 private:
  void* take(std::size_t bytes, std::size_t alignment) {
    if (taken_ || bytes > sizeof room_ || alignment > alignof(std::max_align_t))
      return ::operator new(bytes, std::align_val_t(alignment));
    taken_ = true;
    return room_;
  }
  void give_back(void* place, std::size_t bytes, std::size_t alignment) {
    if (place != static_cast<void*>(room_))
      return ::operator delete(place, bytes, std::align_val_t(alignment));
    taken_ = false;
  }

  alignas(std::max_align_t) std::byte room_[256];
  bool taken_ = false;
};

// What a repeated request sends each time. Over a kept connection without TLS it is sent and heard
// from the event loop directly; whatever is not as simple goes the way of every fetch.
class Sending : public Exchange, public std::enable_shared_from_this<Sending> {
 public:
  Sending(std::shared_ptr<ClientShared> client, std::shared_ptr<const PreparedRequest> what,
          FetchListener& listener)
      : Exchange(std::move(client), std::move(what)), listener_(listener) {}

  // `refused`: what make_ready() said.
  void begin(std::optional<FetchError> refused) {
    if (refused) {
      outcome = *std::move(refused);
      return end();
    }
    if (tls == nullptr && take_kept() && send_now()) return listen();
    go_the_long_way();
  }

  void cancel() {
    stop_.emit(asio::cancellation_type::terminal);
    // Off the event loop the signal is on its way until later, and must be there to arrive.
    asio::post(shared->executor, [self = shared_from_this()] {});
    deadline.cancel();
  }

 private:
  // Sends all at once. Nobody reads a request that stopped half way: another connection will do.
  bool send_now() {
    std::string_view front = asked->front;
    std::string_view rest = asked->rest->text;
    error_code error;
    if (!stream->write_now(front, rest, error) || error) return false;
    deadline.expire_at(over_at);
    deadline.watch(stream.get());
    return true;
  }

  void listen() {
    auto heard = [self = shared_from_this()](const error_code& error) { self->hear(error); };
    stream->socket().async_wait(
        asio::ip::tcp::socket::wait_read,
        asio::bind_allocator(WaitMemory::For<void>(wait_memory_), std::move(heard)));
  }

  void hear(const error_code& error) {
    try {
      // Not before there is something to hear: of many who wait, few hear at once.
      if (!hearing) hearing.emplace(asked->request, shared->buffers);
      hearing->waited(error);
      hearing->take_what_is_there(*stream);
      if (hearing->open()) return listen();
      conclude({});
      if (is_stale()) return go_the_long_way();
      wind_up();
    } catch (...) {  // whatever the sink threw
      return listener_.broke(std::current_exception());
    }
    end();
  }

  void go_the_long_way() {
    if (stream != nullptr) drop_stream();
    asio::co_spawn(shared->executor, run_exchange(*this),
                   asio::bind_cancellation_slot(
                       stop_.slot(), [self = shared_from_this()](std::exception_ptr broken) {
                         if (broken) return self->listener_.broke(std::move(broken));
                         self->end();
                       }));
  }

  void end() { listener_.fetched(std::move(outcome)); }

  FetchListener& listener_;
  asio::cancellation_signal stop_;
  WaitMemory wait_memory_;
};

class TheRepeatedRequest final : public RepeatedRequest {
 public:
  TheRepeatedRequest(std::shared_ptr<ClientShared> client, PreparedRequest prepared)
      : client_(std::move(client)),
        asked_(std::make_shared<const PreparedRequest>(std::move(prepared))) {}

  void send(FetchListener& listener) override {
    // Not in one piece with its counts: what is weakly pointed to would keep all its memory until
    // the next is sent, a fleet's worth of it that no processor has at hand any more.
    const std::shared_ptr<Sending> sending(new Sending(client_, asked_, listener));
    sending->shelf = shelf_;
    sending->tls = tls_;
    auto refused = sending->make_ready();
    shelf_ = sending->shelf;
    tls_ = sending->tls;
    sending_ = sending;
    sending->begin(std::move(refused));  // the last: the listener may destroy us
  }

  void cancel() override {
    if (const auto sending = sending_.lock()) sending->cancel();
  }

 private:
  std::shared_ptr<ClientShared> client_;
  std::shared_ptr<const PreparedRequest> asked_;
  // Found at the last sending.
  std::shared_ptr<TlsContext> tls_;
  std::shared_ptr<PoolShelf> shelf_;
  std::weak_ptr<Sending> sending_;
};

class RealHttpClient final : public RepeatingClient {
 public:
  RealHttpClient(asio::any_io_executor executor, HttpClientOptions options)
      : shared_(std::make_shared<ClientShared>(std::move(executor), std::move(options))) {}
  ~RealHttpClient() override { RealHttpClient::cancel_all(); }

  awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) override {
    return run_fetch(shared_, std::move(request));
  }

  Result<std::unique_ptr<RepeatedRequest>, FetchError> repeat(FetchRequest request) override {
    auto prepared = prepare_request(std::move(request), shared_->options.user_agent);
    if (!prepared) return prepared.error();
    prepared->rest = shared_->rests.one_of(std::move(prepared->rest));
    return std::unique_ptr<RepeatedRequest>(
        std::make_unique<TheRepeatedRequest>(shared_, *std::move(prepared)));
  }

  void cancel_all() override {
    shared_->cancelled = true;
    shared_->pool.clear();
    shared_->resolver.cancel();
    for (UnderWay& one : shared_->under_way) one.deadline.cancel();
  }

 private:
  std::shared_ptr<ClientShared> shared_;
};

}  // namespace

const char* fetch_failure_name(FetchFailure failure) {
  switch (failure) {
    case FetchFailure::bad_url:
      return "bad_url";
    case FetchFailure::resolve:
      return "resolve";
    case FetchFailure::refused_address:
      return "refused_address";
    case FetchFailure::connect:
      return "connect";
    case FetchFailure::tls:
      return "tls";
    case FetchFailure::timeout:
      return "timeout";
    case FetchFailure::too_large:
      return "too_large";
    case FetchFailure::truncated:
      return "truncated";
    case FetchFailure::protocol:
      return "protocol";
    case FetchFailure::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::unique_ptr<RepeatingClient> make_http_client(asio::any_io_executor executor,
                                                  HttpClientOptions options) {
  return std::make_unique<RealHttpClient>(std::move(executor), std::move(options));
}

}  // namespace revisitd::collectors
