#include "daemon/http_server.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/http_session.h"
#include "daemon/listen_address.h"
#include "daemon/server_tls.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kAcceptBackOff = std::chrono::milliseconds(20);
constexpr Duration kLastCall = std::chrono::milliseconds(500);

// A file descriptor in hand for the moment when there are no others: given up, it lets one
// connection in.
class SpareDescriptor {
 public:
  SpareDescriptor() { refill(); }
  ~SpareDescriptor() { give_up(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  bool give_up() {
    if (fd_ < 0) return false;
    ::close(fd_);
    fd_ = -1;
    return true;
  }
  void refill() {
    if (fd_ < 0) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

 private:
  int fd_ = -1;
};

struct Listener {
  explicit Listener(const asio::any_io_executor& executor)
      : acceptor(executor), drained(executor) {}

  tcp::acceptor acceptor;
  asio::steady_timer drained;  // cancelled when the last session ends
  SpareDescriptor spare;
};

bool out_of_resources(const error_code& error) {
  return error == asio::error::no_descriptors ||
         error == boost::system::errc::too_many_files_open_in_system ||
         error == asio::error::no_memory || error == asio::error::no_buffer_space;
}

void evict(ServerShared& server, std::list<Session*>::iterator victim) {
  Session* session = *victim;
  server.sessions.erase(victim);
  ++server.counters.refused;
  session->deadline.cancel();
}

// The list is oldest first, so the first match has been connected longest.
bool evict_first(ServerShared& server, Session::Phase phase) {
  const auto victim =
      std::ranges::find(server.sessions, phase, [](const Session* s) { return s->phase; });
  if (victim == server.sessions.end()) return false;
  evict(server, victim);
  return true;
}

bool too_many_of_one_peer(const ServerShared& server, const Session& session) {
  if (session.loopback) return false;
  const auto same =
      std::ranges::count(server.sessions, session.peer,
                         [](const Session* s) -> const std::string& { return s->peer; });
  return static_cast<std::size_t>(same) >= server.options.max_connections_per_address;
}

// Finds room for a newcomer and says on what terms; false turns it away.
bool admit(ServerShared& server, Session& session) {
  if (too_many_of_one_peer(server, session)) return false;
  const std::size_t most = server.options.max_connections;
  const std::size_t unreserved = most - std::min(most, server.options.reserved_for_health);
  if (server.sessions.size() < unreserved) return true;
  if (evict_first(server, Session::Phase::idle)) return true;
  session.reserved = true;
  return server.sessions.size() < most || evict_first(server, Session::Phase::reading);
}

void introduce(Session& session) {
  error_code error;
  const tcp::endpoint peer = session.stream.socket().remote_endpoint(error);
  auto address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  session.peer = error ? "unknown" : address.to_string();
  session.loopback = !error && address.is_loopback();
  session.stream.socket().set_option(tcp::no_delay(true), error);
}

void end_session(ServerShared& server, Session* session) {
  std::erase(server.sessions, session);
  --server.running;
  server.on_session_end();
}

void start_session(const std::shared_ptr<ServerShared>& server, tcp::socket socket, bool on_spare) {
  ++server->counters.connections;
  auto session = std::make_shared<Session>(*server, std::move(socket));
  introduce(*session);
  if (!admit(*server, *session)) {
    ++server->counters.refused;
    session->stream.close();
    server->on_session_end();
    return;
  }
  session->reserved = session->reserved || on_spare;
  server->sessions.push_back(session.get());
  ++server->running;
  const auto ended = [server, session](const std::exception_ptr& broken) {
    if (broken) {
      ++server->counters.errors;
      session->stream.close();
    }
    end_session(*server, session.get());
  };
  try {
    asio::co_spawn(server->executor, serve_session(server, session), ended);
  } catch (const std::exception&) {
    end_session(*server, session.get());
    throw;
  }
}

awaitable<void> pause(Duration time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  error_code ignored;
  co_await timer.async_wait(redirect_error(use_awaitable, ignored));
}

// Without descriptors the queue stays full and accept fails at once, for ever: give up the spare
// for one connection, then wait instead of spinning.
awaitable<void> accept_connections(std::shared_ptr<ServerShared> server,
                                   std::shared_ptr<Listener> listener) {
  bool on_spare = false;
  while (!server->stopping) {
    tcp::socket socket(server->executor);
    error_code error;
    co_await listener->acceptor.async_accept(socket, redirect_error(use_awaitable, error));
    if (server->stopping || error == asio::error::operation_aborted) break;
    if (!error) {
      try {
        start_session(server, std::move(socket), on_spare);
      } catch (const std::exception& thrown) {  // the next one may fare better
        ++server->counters.errors;
        server->trouble(std::string("a connection was not taken: ") + thrown.what());
      }
      on_spare = false;
    } else if (out_of_resources(error)) {
      on_spare = listener->spare.give_up();
      if (!on_spare) {
        server->trouble("no connection can be accepted: " + error.message());
        co_await pause(kAcceptBackOff);
        listener->spare.refill();
      }
    }
  }
}

awaitable<void> drain(std::shared_ptr<ServerShared> server, std::shared_ptr<Listener> listener,
                      Duration time) {
  if (server->running == 0) co_return;
  listener->drained.expires_after(time);
  error_code ignored;
  co_await listener->drained.async_wait(redirect_error(use_awaitable, ignored));
}

awaitable<void> stop_server(std::shared_ptr<ServerShared> server,
                            std::shared_ptr<Listener> listener, Duration grace) {
  server->stopping = true;
  error_code ignored;
  listener->acceptor.close(ignored);
  for (Session* session : server->sessions) {
    if (session->phase == Session::Phase::idle) session->deadline.cancel();
  }
  co_await drain(server, listener, grace);
  for (Session* session : server->sessions) session->deadline.cancel();
  co_await drain(server, listener, kLastCall);
}

class BeastHttpServer final : public HttpServer {
 public:
  BeastHttpServer(asio::any_io_executor executor, HttpServerOptions options, HttpHandler handler)
      : shared_(std::make_shared<ServerShared>(executor, std::move(options), std::move(handler))),
        listener_(std::make_shared<Listener>(executor)) {}

  ~BeastHttpServer() override {
    shared_->stopping = true;
    error_code ignored;
    listener_->acceptor.close(ignored);
    for (Session* session : shared_->sessions) session->deadline.cancel();
  }

  Status start() override {
    auto tls = make_server_tls(shared_->options);
    if (!tls) return tls.error();
    shared_->tls = *std::move(tls);
    if (auto bound = bind(); !bound) return bound.error();
    shared_->on_session_end = [weak = std::weak_ptr<Listener>(listener_), server = shared_.get()] {
      const auto listener = weak.lock();
      if (!listener) return;
      listener->spare.refill();
      if (server->running == 0) listener->drained.cancel();
    };
    asio::co_spawn(shared_->executor, accept_connections(shared_, listener_),
                   [server = shared_](const std::exception_ptr& broken) {
                     // A daemon that is deaf must not go on as if it were not.
                     if (broken && !server->stopping) std::rethrow_exception(broken);
                   });
    return Ok{};
  }

  Status renew_tls(const HttpServerOptions& options) override {
    auto tls = make_server_tls(options);
    if (!tls) return tls.error();
    if ((*tls == nullptr) != (shared_->tls == nullptr))
      return Error{"TLS is turned on or off by a restart, not by a reload"};
    shared_->tls = *std::move(tls);
    return Ok{};
  }

  std::string address() const override { return address_; }

  awaitable<void> stop(Duration grace) override { return stop_server(shared_, listener_, grace); }

  HttpServerCounters counters() const override {
    HttpServerCounters out = shared_->counters;
    out.open = shared_->sessions.size();
    return out;
  }

 private:
  Status bind() {
    auto endpoint = parse_listen_address(shared_->options.listen_address);
    if (!endpoint) return endpoint.error();
    error_code error = listen(*endpoint, true);
    const bool no_ipv6 = error == asio::error::address_family_not_supported && endpoint->wildcard;
    if (no_ipv6) error = listen(*endpoint, false);
    if (error)
      return Error{"listen on " + shared_->options.listen_address + ": " + error.message()};
    return Ok{};
  }

  // The wildcard listens on IPv6 and IPv4 at once where the host knows IPv6.
  error_code listen(const ListenAddress& wanted, bool v6) {
    tcp::endpoint endpoint(wanted.address, wanted.port);
    if (wanted.wildcard) endpoint = tcp::endpoint(v6 ? tcp::v6() : tcp::v4(), wanted.port);
    tcp::acceptor& acceptor = listener_->acceptor;
    error_code error;
    error_code ignored;
    acceptor.close(ignored);
    acceptor.open(endpoint.protocol(), error);
    if (error) return error;
    acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
    if (wanted.wildcard && v6) acceptor.set_option(asio::ip::v6_only(false), ignored);
    acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) address_ = format_endpoint(acceptor.local_endpoint(ignored));
    return error;
  }

  std::shared_ptr<ServerShared> shared_;
  std::shared_ptr<Listener> listener_;
  std::string address_;
};

}  // namespace

std::unique_ptr<HttpServer> make_http_server(asio::any_io_executor executor,
                                             HttpServerOptions options, HttpHandler handler) {
  return std::make_unique<BeastHttpServer>(std::move(executor), std::move(options),
                                           std::move(handler));
}

}  // namespace revisitd::daemon
