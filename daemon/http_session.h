#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <memory>
#include <string>

#include "collectors/deadline.h"
#include "collectors/net_stream.h"
#include "daemon/http_server.h"

namespace boost::asio::ssl {
class context;
}

namespace revisitd::daemon {

struct Session;

// What the server and its sessions share; each session's coroutine keeps it alive. All on one
// thread.
struct ServerShared {
  ServerShared(boost::asio::any_io_executor where, HttpServerOptions wanted, HttpHandler what)
      : executor(where),
        options(std::move(wanted)),
        handler(std::move(what)),
        deadlines(executor) {}

  void trouble(std::string_view line) const {
    if (options.on_trouble) options.on_trouble(line);
  }

  boost::asio::any_io_executor executor;
  HttpServerOptions options;
  HttpHandler handler;
  HttpServerCounters counters;
  collectors::Deadlines deadlines;
  std::shared_ptr<boost::asio::ssl::context> tls;
  std::list<Session*> sessions;  // oldest first; evicted ones are no longer here
  std::size_t running = 0;       // coroutines, evicted ones included
  bool stopping = false;
  std::function<void()> on_session_end;
};

// One connection.
struct Session {
  enum class Phase {
    idle,     // nothing of the next request has arrived
    reading,  // a request is on its way
    busy,     // the handler or the answer is under way
  };

  Session(ServerShared& server, boost::asio::ip::tcp::socket socket)
      : stream(std::move(socket)), deadline(server.deadlines) {}

  collectors::NetStream stream;
  collectors::Deadline deadline;
  Phase phase = Phase::idle;
  std::string peer;
  bool loopback = false;
  bool reserved = false;  // lives on the reserve: health paths only, one request
};

// Reads requests and answers them until the connection ends.
boost::asio::awaitable<void> serve_session(std::shared_ptr<ServerShared> server,
                                           std::shared_ptr<Session> session);

}  // namespace revisitd::daemon
