#include "daemon/http_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>

#include "daemon/request_reader.h"
#include "daemon/response_format.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using collectors::Deadline;
using collectors::IoOutcome;
using Clock = Deadline::Clock;

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr Duration kGoodbye = std::chrono::seconds(1);
constexpr Duration kReservedHeaderTimeout = std::chrono::seconds(1);
constexpr std::array<std::string_view, 5> kReservedPaths = {"/-/healthy", "/healthz", "/-/ready",
                                                            "/readyz", "/metrics"};

// The bytes of a connection that no request has consumed yet. Without memory while there are none.
struct Inbox {
  std::unique_ptr<char[]> bytes;
  std::size_t held = 0;

  void drop(std::size_t used) {
    std::copy(bytes.get() + used, bytes.get() + held, bytes.get());
    held -= used;
  }
};

Duration header_timeout(const ServerShared& server, const Session& session) {
  const Duration usual = server.options.header_timeout;
  return session.reserved ? std::min(usual, kReservedHeaderTimeout) : usual;
}

// Waits for the first byte of the next request; false when the connection should end instead.
awaitable<bool> await_request(const ServerShared& server, Session& session, Inbox& inbox,
                              bool first) {
  if (inbox.held > 0) co_return true;
  if (server.stopping) co_return false;
  inbox.bytes.reset();
  session.phase = Session::Phase::idle;
  const Duration patience = first ? header_timeout(server, session) : server.options.idle_timeout;
  session.deadline.expire_at(Clock::now() + patience);
  error_code error;
  if (!session.stream.secure()) co_await session.stream.wait_readable(error);
  co_return !error && !session.deadline.expired() && !server.stopping;
}

awaitable<bool> send_continue(Session& session) {
  const error_code error = co_await session.stream.write("HTTP/1.1 100 Continue\r\n\r\n", "");
  co_return !error;
}

// Moves the deadline on as the request comes in: to the head's time at the first byte, to the
// request's after the head.
class ArrivalTimes {
 public:
  void note(const ServerShared& server, Session& session, const RequestReader& reader) {
    if (reader.started() && !begun_) {
      begun_ = Clock::now();
      session.phase = Session::Phase::reading;
      session.deadline.expire_at(*begun_ + header_timeout(server, session));
    }
    if (reader.head_done() && !timed_) {
      timed_ = true;
      session.deadline.expire_at(*begun_ + server.options.request_timeout);
    }
  }

 private:
  std::optional<Clock::time_point> begun_;
  bool timed_ = false;
};

// Feeds the reader until it has a request or refuses one; false when the connection is over without
// a word.
awaitable<bool> read_request(const ServerShared& server, Session& session, Inbox& inbox,
                             RequestReader& reader) {
  const std::size_t capacity = server.options.max_header_bytes;
  ArrivalTimes times;
  bool told_continue = false;
  session.deadline.only_interrupt(true);
  if (!inbox.bytes) inbox.bytes = std::make_unique_for_overwrite<char[]>(capacity);
  for (;;) {
    if (inbox.held > 0) inbox.drop(reader.feed({inbox.bytes.get(), inbox.held}));
    if (reader.state() != RequestReader::State::more) break;
    times.note(server, session, reader);
    if (reader.expects_continue() && !told_continue) {
      told_continue = true;
      if (!co_await send_continue(session)) co_return false;
    }
    const IoOutcome got =
        co_await session.stream.read_some(inbox.bytes.get() + inbox.held, capacity - inbox.held);
    inbox.held += got.bytes;
    if (session.deadline.expired() || got.error) break;
  }
  session.deadline.only_interrupt(false);
  if (session.deadline.cancelled()) co_return false;
  co_return reader.started();
}

awaitable<HttpResponse> call_handler(ServerShared& server, HttpRequest request) {
  std::string why = "something that is no exception type";
  try {
    co_return co_await server.handler(std::move(request));
  } catch (const std::exception& thrown) {
    why = thrown.what();
  } catch (...) {  // NOLINT: whatever a handler throws ends its request, not the server
  }
  ++server.counters.errors;
  server.trouble("a request handler failed: " + why);
  co_return plain_response(500, "internal error");
}

bool is_reserved_path(std::string_view path) {
  return std::ranges::find(kReservedPaths, path) != kReservedPaths.end();
}

awaitable<HttpResponse> answer(ServerShared& server, Session& session, HttpRequest request) {
  if (session.reserved && !is_reserved_path(request.path)) {
    ++server.counters.refused;
    HttpResponse busy = plain_response(503, "too many connections");
    busy.headers.emplace_back("Retry-After", "1");
    co_return busy;
  }
  if (request.method == "OPTIONS") {
    HttpResponse allowed = plain_response(204, "");
    allowed.headers.emplace_back("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    co_return allowed;
  }
  request.peer = session.peer;
  request.peer_is_loopback = session.loopback;
  request.secure = session.stream.secure();
  request.client_verified = session.stream.peer_verified();
  co_return co_await call_handler(server, std::move(request));
}

HttpResponse refused_response(ServerShared& server, const RequestReader& reader) {
  ++server.counters.refused;
  if (reader.state() == RequestReader::State::failed) {
    return plain_response(reader.refusal().status, reader.refusal().reason);
  }
  return plain_response(408, "the request did not arrive in time");
}

// Writes in pieces, each with its own time, so that a large answer to a slow but living peer gets
// through.
awaitable<bool> send_reply(const ServerShared& server, Session& session, const Reply& reply) {
  std::string_view head = reply.head;
  std::string_view rest = reply.body;
  do {
    const std::string_view piece = rest.substr(0, kPieceBytes);
    rest.remove_prefix(piece.size());
    session.deadline.expire_at(Clock::now() + server.options.request_timeout);
    const error_code error = co_await session.stream.write(head, piece);
    if (error) co_return false;
    head = {};
  } while (!rest.empty());
  co_return true;
}

Reply format_or_apologise(ServerShared& server, HttpResponse response,
                          const ReplyOptions& options) {
  if (auto reply = format_reply(std::move(response), options)) return *std::move(reply);
  ++server.counters.errors;
  server.trouble("a request handler gave a status or header that cannot be sent");
  return format_reply(plain_response(500, "internal error"), options).value_or(Reply{});
}

// One request and its answer; true when another may follow.
awaitable<bool> serve_one(ServerShared& server, Session& session, Inbox& inbox) {
  RequestReader reader(server.options);
  if (!co_await read_request(server, session, inbox, reader)) co_return false;
  session.phase = Session::Phase::busy;
  session.deadline.expire_at(Clock::time_point::max());

  ReplyOptions options;
  options.head_only = reader.head_only();
  options.keep_alive = false;
  options.http10 = reader.http10();
  HttpResponse response;
  if (reader.state() == RequestReader::State::done) {
    ++server.counters.requests;
    HttpRequest request = reader.take_request();
    options.accepts_gzip = accepts_gzip(request.header("accept-encoding"));
    response = co_await answer(server, session, std::move(request));
    options.keep_alive = reader.keep_alive() && !server.stopping && !session.reserved;
  } else {
    response = refused_response(server, reader);
  }
  if (server.options.clock) options.date = format_http_date(server.options.clock());
  const Reply reply = format_or_apologise(server, std::move(response), options);
  const bool sent = co_await send_reply(server, session, reply);
  // Closing with bytes unread resets the connection, which may take the answer away from the
  // client.
  const bool unread = reader.state() != RequestReader::State::done || inbox.held > 0;
  if (sent && !options.keep_alive && (unread || session.stream.secure())) {
    session.deadline.expire_at(Clock::now() + kGoodbye);
    co_await session.stream.linger();
  }
  co_return sent&& options.keep_alive;
}

awaitable<bool> shake_hands(ServerShared& server, Session& session) {
  const auto tls = server.tls;  // may be renewed meanwhile
  if (!tls) co_return true;
  session.deadline.expire_at(Clock::now() + header_timeout(server, session));
  const error_code error = co_await session.stream.server_handshake(*tls);
  co_return !error;
}

}  // namespace

awaitable<void> serve_session(std::shared_ptr<ServerShared> server,
                              std::shared_ptr<Session> session) {
  session->deadline.watch(&session->stream);
  Inbox inbox;
  bool going = co_await shake_hands(*server, *session);
  for (bool first = true; going; first = false) {
    going = co_await await_request(*server, *session, inbox, first);
    if (going) going = co_await serve_one(*server, *session, inbox);
  }
  session->deadline.watch(nullptr);
  session->stream.close();
}

}  // namespace revisitd::daemon
