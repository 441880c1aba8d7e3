#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/result.h"
#include "rules/time.h"

// The one HTTP server: API, page, health and metrics. It knows connections, limits and bytes; what
// a path means is the handler's business. All on one thread.
namespace revisitd::daemon {

struct HttpRequest {
  std::string method;  // GET (also for HEAD), POST, PUT, DELETE or PATCH
  std::string path;    // percent-decoded, normalised, starts with '/'
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::map<std::string, std::string> headers;              // lower-case names
  std::string body;
  std::string peer;  // address without port
  bool peer_is_loopback = false;
  bool secure = false;           // arrived over TLS
  bool client_verified = false;  // showed a certificate of tls_client_ca_file's authorities
  std::string user;              // who proved to be whom by password; set by require_basic_auth()

  [[nodiscard]] std::string_view header(std::string_view lower_name) const;         // "" if absent
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;  // first one
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Completes on the server's thread. An exception becomes a 500 and is counted. HEAD and OPTIONS are
// the server's business.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

// What is asked of TLS clients; the words of Prometheus' client_auth_type.
enum class ClientAuth {
  none,                // NoClientCert
  request,             // RequestClientCert: asked for, not verified
  require_any,         // RequireAnyClientCert: needed, not verified
  verify_if_given,     // VerifyClientCertIfGiven
  require_and_verify,  // RequireAndVerifyClientCert
};

struct HttpServerOptions {
  std::string listen_address =
      "127.0.0.1:9750";  // host:port, ":9750", "[::1]:0"; port 0 picks a free one
  Duration header_timeout = std::chrono::seconds(5);
  Duration request_timeout = std::chrono::seconds(10);
  Duration idle_timeout = std::chrono::seconds(30);
  std::size_t max_connections = 256;
  std::size_t max_connections_per_address = 16;  // loopback excepted
  std::size_t reserved_for_health =
      8;  // of max_connections: only health and metrics paths beyond it
  std::size_t max_header_bytes = 8192;
  std::size_t max_body_bytes = 4096;
  // TLS when set: PEM files, read on start() and renew_tls().
  std::string tls_cert_file, tls_key_file, tls_client_ca_file;
  ClientAuth tls_client_auth = ClientAuth::none;
  bool tls_only_13 = false;  // else TLS 1.2 and 1.3
  // The time for the Date header; none is sent without it.
  std::function<TimePoint()> clock;
  // Told of what a person should hear: a handler's exception, or that no connection can be
  // accepted. One line.
  std::function<void(std::string_view)> on_trouble;
};

struct HttpServerCounters {
  std::uint64_t connections = 0;  // accepted
  std::uint64_t requests = 0;     // complete requests
  std::uint64_t refused = 0;  // connections turned away or evicted, and requests answered 4xx or
                              // 503 by the server itself
  std::uint64_t errors = 0;   // handlers that threw or gave headers that cannot be sent
  std::size_t open = 0;       // connections now
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  // Binds and listens; the error names the address and why (port taken, no such address).
  virtual Status start() = 0;
  // Takes the TLS part of the options for connections from now on; those that are there keep
  // theirs. On an error nothing is changed; turning TLS on or off is one, for clients and links
  // know the server by its scheme.
  virtual Status renew_tls(const HttpServerOptions& options) = 0;
  // "127.0.0.1:41523" after start().
  virtual std::string address() const = 0;
  // Stops accepting, lets requests in flight finish until the deadline, then closes what is left.
  virtual boost::asio::awaitable<void> stop(Duration grace) = 0;
  virtual HttpServerCounters counters() const = 0;
};

// When all but the reserved connections are taken, idle ones are closed for newcomers; failing
// that, newcomers get answers from /-/healthy, /healthz, /-/ready, /readyz and /metrics only. When
// the reserve is taken too, the connection that has been longest about to send its request makes
// room. Must be destroyed before the executor's context.
std::unique_ptr<HttpServer> make_http_server(boost::asio::any_io_executor executor,
                                             HttpServerOptions options, HttpHandler handler);

}  // namespace revisitd::daemon
