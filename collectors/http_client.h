#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/result.h"
#include "rules/time.h"

// The one HTTP client: scrapes, PromQL, rosters over HTTP and notifications all go through it. It
// never follows redirects, never talks past a deadline or a byte limit, and connects only to
// addresses its policy allows, after resolution. One instance per io_context; all calls from that
// context's thread.
namespace revisitd::collectors {

// Why a fetch has no response. One word each, for metrics and messages.
enum class FetchFailure {
  bad_url,  // not http(s), userinfo, no host, control bytes; also a method or header that cannot be
            // sent
  resolve,  // the name does not resolve
  refused_address,  // the address is not allowed (metadata service, link-local, unspecified,
                    // multicast, private)
  connect,          // refused, unreachable, reset while connecting
  tls,              // handshake, chain or host name
  timeout,          // the total deadline passed, in whatever phase
  too_large,        // header, wire or decoded bytes over the limit
  truncated,        // the peer ended the message early
  protocol,         // not HTTP, bad encoding, broken gzip
  cancelled,        // the program is stopping
};
const char* fetch_failure_name(FetchFailure failure);

struct FetchError {
  FetchFailure failure;
  std::string message;  // one line for people; never holds credentials
};

struct TlsOptions {
  std::string ca_file;  // "" = the system's
  std::string cert_file, key_file;
  std::string server_name;  // "" = the URL's host
  bool insecure_skip_verify = false;
  bool only_tls13 = false;  // else 1.2 and later; before that nothing is ever spoken
};

// Through which proxy requests go, as Prometheus' keys of the same names say. A proxy is spoken to
// in plain HTTP; https URLs are tunnelled through it with CONNECT. The address that is checked is
// the proxy's: whom it connects to is its own affair.
struct ProxyOptions {
  std::string url;                // "http://host:port"; "" = none
  std::string no_proxy;           // "host, .domain, 10.0.0.0/8, host:port", or "*"
  bool from_environment = false;  // http_proxy, https_proxy and no_proxy, in either case, instead
  std::vector<std::pair<std::string, std::string>> connect_headers;
};

struct FetchRequest {
  std::string method = "GET";
  std::string url;
  // Checked: no control bytes, and none of Host, Content-Length, Transfer-Encoding, Connection,
  // Accept-Encoding, which the client writes itself.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Duration timeout = std::chrono::seconds(10);  // total: resolve + connect + TLS + write + read
  std::size_t max_wire_bytes = 16u << 20;
  std::size_t max_body_bytes = 16u << 20;  // after decoding
  // A body over the limit is cut there and the response given, instead of failing. The body of an
  // answer that is no success is always cut, at 64 KiB at the latest, so that its status is never
  // lost.
  bool cut_body = false;
  bool accept_gzip = true;
  bool keep_alive = true;
  bool allow_private = true;                  // loopback and private networks
  std::shared_ptr<const TlsOptions> tls;      // null = verify against the system's CAs
  std::shared_ptr<const ProxyOptions> proxy;  // null = none, whatever the environment says
  // A text body without Content-Length or final chunk counts as truncated.
  bool require_framing = false;
  // Called with decoded body bytes as they come, in pieces of at most 64 KiB; then
  // FetchResponse::body stays empty. Returning false stops the fetch (failure `cancelled`). Called
  // only for status 200.
  std::function<bool(std::string_view)> sink;
  // Called once with status and content type before the first piece.
  std::function<void(int status, std::string_view content_type)> on_head;
};

struct FetchResponse {
  int status = 0;
  std::string content_type;
  std::optional<std::string> retry_after;
  std::string location;   // of a 3xx, for the message only
  std::string body;       // decoded
  bool body_cut = false;  // there was more of it
  bool unframed = false;  // neither Content-Length nor chunks: nobody knows that it is whole
  std::size_t wire_bytes = 0;
  Duration elapsed{};
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Completes once, at the latest at the deadline. Any status is a response; only transport trouble
  // is an error.
  virtual boost::asio::awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) = 0;
  // Ends every fetch under way, and every later one, with `cancelled`: the program is stopping.
  virtual void cancel_all() {}
};

// Who waits for the answers of one RepeatedRequest.
class FetchListener {
 public:
  // What came of a send(). On the client's thread, once, perhaps before send() returns.
  virtual void fetched(Result<FetchResponse, FetchError> outcome) noexcept = 0;
  // Instead of that: what the request's sink or on_head threw.
  virtual void broke(std::exception_ptr why) noexcept = 0;

 protected:
  ~FetchListener() = default;
};

// A request that is sent again and again, as scrapes are: what can be known of it beforehand is
// worked out once, and an answer over a kept connection costs neither a coroutine nor a timer.
class RepeatedRequest {
 public:
  virtual ~RepeatedRequest() = default;
  // Sends it, under the rules of HttpClient::fetch. Not before the last answer is there; the
  // listener must live until its own is. Whoever destroys the request meanwhile still gets it.
  virtual void send(FetchListener& listener) = 0;
  // Ends what is under way with `cancelled`, soon.
  virtual void cancel() = 0;
};

class RepeatingClient : public HttpClient {
 public:
  // The error says why it could never be sent.
  virtual Result<std::unique_ptr<RepeatedRequest>, FetchError> repeat(FetchRequest request) = 0;
};

struct HttpClientOptions {
  std::string user_agent = "revisitd";
  std::size_t max_idle_connections = 64;  // over all hosts
  Duration idle_timeout = std::chrono::seconds(90);
  Duration dns_ttl = std::chrono::seconds(30);
  std::size_t resolver_threads = 32;  // started as lookups need them
};

// The real client. Literal addresses bypass the resolver pool; lookups are cached and flown once
// per name. A GET or HEAD that fails on a kept connection before any byte of an answer is sent once
// more on a new one; nothing else is ever sent twice. Must be destroyed before the executor's
// context.
std::unique_ptr<RepeatingClient> make_http_client(boost::asio::any_io_executor executor,
                                                  HttpClientOptions options);

}  // namespace revisitd::collectors
