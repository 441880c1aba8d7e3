#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/http_server.h"

namespace revisitd::testing {

// Answers at once, on the server's thread; may throw.
using PlainHandler = std::function<daemon::HttpResponse(const daemon::HttpRequest&)>;

// The real server on a free loopback port and a thread of its own.
class RunningServer {
 public:
  explicit RunningServer(PlainHandler handler, daemon::HttpServerOptions options = {});
  // Behind passwords, with bcrypt hashes by name.
  RunningServer(PlainHandler handler, std::map<std::string, std::string> users);
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string address() const;
  [[nodiscard]] daemon::HttpServerCounters counters() const;
  // Requests to this path wait until release() is called.
  static constexpr const char* kGated = "/gated";
  void release();
  // Waits until the handler has been called for `count` gated requests; false after 5 s.
  [[nodiscard]] bool wait_for_gated(int count) const;
  // Why the TLS files of the options are refused, "" when new connections get them.
  [[nodiscard]] std::string renew_tls(const daemon::HttpServerOptions& options);
  // Starts stopping and returns at once; `grace` as for HttpServer::stop.
  void begin_stop(Duration grace);
  // Waits until the stop is over; false after 5 s.
  [[nodiscard]] bool wait_until_stopped() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// Why a server does not start on this address, "" when it does.
std::string start_error(const std::string& listen_address);

// A connection of a client that says exactly what it is told. Reads give up after 5 s.
class RawClient {
 public:
  enum class Connect { now, later };
  explicit RawClient(std::uint16_t port, Connect when = Connect::now);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // For a client made with Connect::later, whose socket exists already.
  RawClient& connect();
  RawClient& send(const std::string& bytes);
  // One response: head, and body by its Content-Length (none after HEAD). Empty when the connection
  // ended before.
  std::string read_response(bool after_head = false);
  // Everything until the server closes; `closed()` says whether it did.
  std::string read_to_end();
  [[nodiscard]] bool closed() const { return closed_; }
  void half_close();

 private:
  bool read_more();

  std::uint16_t port_;
  int fd_ = -1;
  bool closed_ = false;
  std::string held_;
};

// Connects, sends, and reads to the end.
std::string talk(std::uint16_t port, const std::string& bytes);
// The status of a response text, 0 if there is none.
int status_of(const std::string& response);
std::string body_of(const std::string& response);
// The value of a field, "" if absent.
std::string field_of(const std::string& response, const std::string& name);

}  // namespace revisitd::testing
