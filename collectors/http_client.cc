#include "collectors/http_client.h"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <optional>
#include <span>

#include "collectors/address_policy.h"
#include "collectors/connection_pool.h"
#include "collectors/deadline.h"
#include "collectors/http_url.h"
#include "collectors/proxy.h"
#include "collectors/read_buffers.h"
#include "collectors/request_head.h"
#include "collectors/resolver.h"
#include "collectors/response_reader.h"
#include "collectors/tls_context.h"
#include "collectors/tls_contexts.h"

namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// A fetch as long as it lives.
struct UnderWay
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  explicit UnderWay(const asio::any_io_executor& executor) : deadline(executor) {}

  Deadline deadline;
};

// What all fetches of one client share; each fetch keeps it alive.
struct Shared {
  Shared(asio::any_io_executor where, HttpClientOptions wanted)
      : executor(where),
        options(std::move(wanted)),
        resolver(where, {.ttl = options.dns_ttl, .threads = options.resolver_threads}),
        pool(options.max_idle_connections, options.idle_timeout) {}

  asio::any_io_executor executor;
  HttpClientOptions options;
  Resolver resolver;
  ConnectionPool pool;
  ReadBuffers buffers;
  TlsContexts tls;
  boost::intrusive::list<UnderWay, boost::intrusive::constant_time_size<false>> under_way;
  bool cancelled = false;
};

// One fetch: what was asked, and when it must be over.
struct Exchange : UnderWay {
  Exchange(Shared& everyone, FetchRequest wanted)
      : UnderWay(everyone.executor),
        shared(everyone),
        request(std::move(wanted)),
        started(Clock::now()),
        over_at(started + request.timeout) {
    shared.under_way.push_back(*this);
  }
  ~Exchange() { deadline.watch(nullptr); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // The reason behind a failed operation: our own time limit or stop first, then what the system
  // said.
  [[nodiscard]] FetchError failed(FetchFailure failure, std::string_view phase,
                                  const std::string& why) const {
    const std::string where = std::string(phase) + " " + url.origin() + ": ";
    if (deadline.cancelled()) return {FetchFailure::cancelled, where + "stopping"};
    if (Clock::now() >= over_at) {
      return {FetchFailure::timeout, where + "not done within " + format_duration(request.timeout)};
    }
    return {failure, where + why};
  }

  Shared& shared;
  FetchRequest request;
  HttpUrl url;
  std::optional<Proxy> proxy;
  std::string tunnel_head;  // to the proxy, where the URL is https
  std::string head;
  std::string pool_key;
  std::shared_ptr<TlsContext> tls;
  Clock::time_point started;
  Clock::time_point over_at;

  // What came of the last attempt.
  Result<FetchResponse, FetchError> outcome = FetchResponse{};
  bool answered = false;  // at least one byte came back
  bool reusable = false;
};

using Stream = std::unique_ptr<NetStream>;

std::string pool_key_of(const Exchange& exchange) {
  std::string key;
  key.reserve(64);
  // Plain requests for all hosts share the connections to their proxy.
  if (exchange.proxy) key = "proxy " + exchange.proxy->origin() + " ";
  if (!exchange.proxy || exchange.tls) key += exchange.url.origin();
  key += exchange.request.allow_private ? " any" : " public";
  if (exchange.tls) key += " tls " + std::to_string(exchange.tls->number);
  if (exchange.request.tls) key += " " + exchange.request.tls->server_name;
  return key;
}

Status prepare_proxy(Exchange& exchange) {
  if (exchange.request.proxy == nullptr) return Ok{};
  const ProxyOptions& options = *exchange.request.proxy;
  auto proxy = proxy_for(options, exchange.url);
  if (!proxy) return proxy.error();
  exchange.proxy = *std::move(proxy);
  if (!exchange.proxy) return Ok{};
  if (exchange.url.tls) {
    auto head = format_connect_head(*exchange.proxy, exchange.url, options,
                                    exchange.shared.options.user_agent);
    if (!head) return head.error();
    exchange.tunnel_head = *std::move(head);
  } else if (!exchange.proxy->authorization.empty()) {
    exchange.request.headers.emplace_back("Proxy-Authorization", exchange.proxy->authorization);
  }
  return Ok{};
}

// All that can be refused before a byte is sent.
std::optional<FetchError> prepare(Exchange& exchange) {
  auto url = parse_http_url(exchange.request.url);
  if (!url) return FetchError{FetchFailure::bad_url, url.error().message};
  exchange.url = *std::move(url);
  if (const Status proxied = prepare_proxy(exchange); !proxied)
    return FetchError{FetchFailure::bad_url, proxied.error().message};
  std::optional<HttpUrl> whole;  // as a proxy is asked
  if (exchange.proxy && !exchange.url.tls) {
    whole = exchange.url;
    whole->target = "http://" + whole->host_header + whole->target;
  }
  auto head = format_request_head(exchange.request, whole ? *whole : exchange.url,
                                  exchange.shared.options.user_agent);
  if (!head) return FetchError{FetchFailure::bad_url, head.error().message};
  exchange.head = *std::move(head);
  if (exchange.url.tls) {
    auto context = exchange.shared.tls.get(exchange.request.tls.get());
    if (!context) return FetchError{FetchFailure::tls, context.error().message};
    exchange.tls = *std::move(context);
  }
  exchange.pool_key = pool_key_of(exchange);
  return std::nullopt;
}

// The addresses that may be connected to; an error when the policy leaves none.
Result<Addresses, FetchError> allowed_of(const Addresses& found, const Exchange& exchange) {
  Addresses allowed;
  std::string refusal = "no address";
  for (const auto& address : found) {
    if (auto verdict = check_address(address, exchange.request.allow_private); verdict) {
      allowed.push_back(address);
    } else {
      refusal = verdict.error().message;
    }
  }
  if (allowed.empty()) {
    return FetchError{FetchFailure::refused_address,
                      "connect to " + exchange.url.origin() + ": " + refusal};
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
    auto stream = std::make_unique<NetStream>(exchange.shared.executor);
    exchange.deadline.watch(stream.get());
    const asio::ip::tcp::endpoint endpoint(
        addresses[i], exchange.proxy ? exchange.proxy->port : exchange.url.port);
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
                           "the proxy " + exchange.proxy->origin() + " " + why);
  };
  const error_code error = co_await stream.write(exchange.tunnel_head, "");
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
  const std::string& host = exchange.proxy ? exchange.proxy->host : exchange.url.host;
  auto found = co_await exchange.shared.resolver.resolve(host, exchange.over_at);
  if (!found) co_return found.error();
  auto allowed = allowed_of(*found, exchange);
  if (!allowed) co_return allowed.error();
  auto stream = co_await connect_to_any(exchange, *std::move(allowed));
  if (!stream || !exchange.tls) co_return stream;
  if (exchange.proxy) {
    if (auto refused = co_await open_tunnel(exchange, **stream)) co_return *std::move(refused);
  }

  const bool renamed = exchange.request.tls && !exchange.request.tls->server_name.empty();
  const std::string name = renamed ? exchange.request.tls->server_name : exchange.url.host;
  std::string why;
  const error_code error = co_await (*stream)->client_handshake(exchange.tls->context, name, why);
  if (error) {
    exchange.deadline.watch(nullptr);
    co_return exchange.failed(FetchFailure::tls, "TLS with", why);
  }
  co_return stream;
}

// After as many full buffers others have their turn before the next one is read.
constexpr int kMostInARow = 8;

// What came of an answer and was not understood yet. A peer that is silent costs no memory, and
// those that talk all fill the same few buffers, which the processor has at hand.
class Inbox {
 public:
  explicit Inbox(ReadBuffers& buffers) : buffers_(buffers) {}

  // Where to read to; never empty unless the buffer is full.
  [[nodiscard]] std::span<char> free_space() {
    if (!lease_) lease_.emplace(buffers_.take());
    return {lease_->data() + held_, lease_->size() - held_};
  }
  void received(std::size_t bytes) { held_ += bytes; }
  [[nodiscard]] std::string_view text() const { return {lease_->data(), held_}; }
  void consumed(std::size_t bytes) {
    std::copy(lease_->data() + bytes, lease_->data() + held_, lease_->data());
    held_ -= bytes;
  }
  // Nothing is expected for a while.
  void rest() {
    if (held_ == 0) lease_.reset();
  }

 private:
  ReadBuffers& buffers_;
  std::optional<ReadBuffers::Lease> lease_;
  std::size_t held_ = 0;
};

// What the peer's part of a talk came to.
struct Heard {
  std::size_t wire = 0;  // bytes
  error_code error;
};

// Draws the outcome of a talk.
void conclude(Exchange& exchange, ResponseReader& reader, const Heard& heard,
              const error_code& write_error) {
  if (heard.error == asio::error::eof && !write_error) reader.finish();
  exchange.answered = heard.wire > 0;
  exchange.reusable = false;
  if (reader.state() == ResponseReader::State::done) {
    FetchResponse response = reader.take_response();
    response.wire_bytes = heard.wire;
    exchange.outcome = std::move(response);
    exchange.reusable = reader.reusable() && !heard.error && !write_error;
  } else if (reader.state() == ResponseReader::State::failed) {
    exchange.outcome = exchange.failed(reader.error().failure, "read from", reader.error().message);
  } else if (heard.wire > exchange.request.max_wire_bytes) {
    exchange.outcome = FetchError{FetchFailure::too_large,
                                  "read from " + exchange.url.origin() + ": more than " +
                                      std::to_string(exchange.request.max_wire_bytes) + " bytes"};
  } else if (write_error) {
    exchange.outcome = exchange.failed(FetchFailure::connect, "write to", write_error.message());
  } else {
    exchange.outcome = exchange.failed(FetchFailure::truncated, "read from", heard.error.message());
  }
}

// Sends the request and hears the answer out. A failed write is not the end: a server that refuses
// a body answers first and closes then.
awaitable<void> talk(Exchange& exchange, NetStream& stream) {
  std::string_view head = exchange.head;
  std::string_view body = exchange.request.body;
  error_code write_error;
  if (stream.secure() || !stream.write_now(head, body, write_error))
    write_error = co_await stream.write(head, body);
  Heard heard;
  if (!stream.secure()) co_await stream.wait_readable(heard.error);
  ResponseReader reader(exchange.request);
  Inbox inbox(exchange.shared.buffers);
  int in_a_row = 0;  // full buffers, after each of which there will be more
  while (!heard.error && reader.state() == ResponseReader::State::more &&
         heard.wire <= exchange.request.max_wire_bytes) {
    const std::span<char> space = inbox.free_space();
    std::optional<IoOutcome> got;
    if (stream.secure()) {
      got = co_await stream.read_some(space.data(), space.size());
    } else {
      got = stream.read_now(space.data(), space.size());
      in_a_row = got && got->bytes == space.size() ? in_a_row + 1 : 0;
    }
    if (got) {
      heard.wire += got->bytes;
      heard.error = got->error;
      inbox.received(got->bytes);
      inbox.consumed(reader.feed(inbox.text()));
    }
    const bool patient = !stream.secure() && in_a_row % kMostInARow == 0;
    if (patient && !heard.error && reader.state() == ResponseReader::State::more) {
      inbox.rest();
      co_await stream.wait_readable(heard.error);
    }
  }
  conclude(exchange, reader, heard, write_error);
}

bool may_repeat(const FetchRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

awaitable<void> run_exchange(Exchange& exchange) {
  Stream stream;
  if (exchange.request.keep_alive)
    stream = exchange.shared.pool.take(exchange.pool_key, Clock::now());
  for (;;) {
    const bool kept = stream != nullptr;
    exchange.deadline.expire_at(exchange.over_at);
    if (!kept) {
      auto opened = co_await open_stream(exchange);
      if (!opened) {
        exchange.outcome = opened.error();
        co_return;
      }
      stream = *std::move(opened);
    }
    exchange.deadline.watch(stream.get());
    co_await talk(exchange, *stream);
    exchange.deadline.watch(nullptr);
    const bool stale = kept && !exchange.outcome && !exchange.answered &&
                       may_repeat(exchange.request) && !exchange.deadline.cancelled() &&
                       Clock::now() < exchange.over_at;
    if (!stale) break;
    stream.reset();
  }
  if (exchange.outcome && exchange.reusable && exchange.request.keep_alive &&
      !exchange.shared.cancelled) {
    exchange.shared.pool.give(exchange.pool_key, std::move(stream), Clock::now());
  }
}

// The exchange lies outside of the frames of those who work on it: as large as all is together, it
// would come from the slow side of the allocator.
awaitable<Result<FetchResponse, FetchError>> run_fetch(std::shared_ptr<Shared> shared,
                                                       std::unique_ptr<Exchange> exchange) {
  if (shared->cancelled) co_return FetchError{FetchFailure::cancelled, "stopping"};
  if (auto refused = prepare(*exchange)) co_return *std::move(refused);
  co_await run_exchange(*exchange);
  if (exchange->outcome) {
    exchange->outcome->elapsed =
        std::chrono::duration_cast<Duration>(Clock::now() - exchange->started);
  }
  co_return std::move(exchange->outcome);
}

class RealHttpClient final : public HttpClient {
 public:
  RealHttpClient(asio::any_io_executor executor, HttpClientOptions options)
      : shared_(std::make_shared<Shared>(std::move(executor), std::move(options))) {}
  ~RealHttpClient() override { RealHttpClient::cancel_all(); }

  awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) override {
    return run_fetch(shared_, std::make_unique<Exchange>(*shared_, std::move(request)));
  }

  void cancel_all() override {
    shared_->cancelled = true;
    shared_->pool.clear();
    shared_->resolver.cancel();
    for (UnderWay& one : shared_->under_way) one.deadline.cancel();
  }

 private:
  std::shared_ptr<Shared> shared_;
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

std::unique_ptr<HttpClient> make_http_client(asio::any_io_executor executor,
                                             HttpClientOptions options) {
  return std::make_unique<RealHttpClient>(std::move(executor), std::move(options));
}

}  // namespace revisitd::collectors
