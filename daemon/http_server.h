#pragma once

#include <boost/asio/awaitable.hpp>
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

// The one HTTP server: API, page, health and metrics. It knows connections, limits and bytes; what a path means is
// the handler's business. All on one thread.
namespace revisitd::daemon {

struct HttpRequest {
  std::string method;                      // upper case
  std::string path;                        // percent-decoded, normalised, starts with '/'
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::map<std::string, std::string> headers;              // lower-case names
  std::string body;
  std::string peer;                        // address without port
  bool peer_is_loopback = false;
  bool secure = false;                     // arrived over TLS

  [[nodiscard]] std::string_view header(std::string_view lower_name) const;  // "" if absent
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;  // first one
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

struct HttpServerOptions {
  std::string listen_address = "127.0.0.1:9750";  // host:port, ":9750", "[::1]:0"; port 0 picks a free one
  Duration header_timeout = std::chrono::seconds(5);
  Duration request_timeout = std::chrono::seconds(10);
  Duration idle_timeout = std::chrono::seconds(30);
  std::size_t max_connections = 256;
  std::size_t max_connections_per_address = 16;   // loopback excepted
  std::size_t reserved_for_health = 8;            // of max_connections: only health and metrics paths beyond it
  std::size_t max_header_bytes = 8192;
  std::size_t max_body_bytes = 4096;
  // TLS when set: PEM files, re-read on start() only.
  std::string tls_cert_file, tls_key_file, tls_client_ca_file;
};

struct HttpServerCounters {
  std::uint64_t connections = 0, requests = 0, refused = 0, errors = 0;
  std::size_t open = 0;
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  // Binds and listens; the error names the address and why (port taken, no such address).
  virtual Status start() = 0;
  // "127.0.0.1:41523" after start().
  virtual std::string address() const = 0;
  // Stops accepting, lets requests in flight finish until the deadline, then closes what is left.
  virtual boost::asio::awaitable<void> stop(Duration grace) = 0;
  virtual HttpServerCounters counters() const = 0;
};

std::unique_ptr<HttpServer> make_http_server(boost::asio::any_io_executor executor, HttpServerOptions options,
                                             HttpHandler handler);

}  // namespace revisitd::daemon
