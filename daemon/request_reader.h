#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/http_server.h"

namespace revisitd::daemon {

// A request the server answers itself.
struct RefusedRequest {
  int status;
  std::string reason;  // one line for people
};

// Bytes of a connection in, one request out, without any I/O: framing, limits, and everything two
// parsers could read differently is refused (T15 of the threat table: one Host, one Content-Length,
// never both framings, only "chunked").
class RequestReader {
 public:
  static constexpr std::size_t kMaxTargetBytes = 4096;
  static constexpr int kMaxFields = 64;

  // The limits' max_header_bytes and max_body_bytes apply; the options must outlive the reader.
  explicit RequestReader(const HttpServerOptions& options);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  enum class State { more, done, failed };

  // Returns how many bytes were consumed; what follows a complete request is left for the next
  // reader.
  std::size_t feed(std::string_view bytes);
  [[nodiscard]] State state() const;

  [[nodiscard]] bool started() const;  // any byte arrived
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] bool expects_continue()
      const;  // the client waits for "100 Continue" before it sends the body
  [[nodiscard]] bool keep_alive() const;  // the client lets the connection live
  [[nodiscard]] bool http10() const;
  [[nodiscard]] bool head_only() const;  // HEAD: no body in the answer
  [[nodiscard]] RefusedRequest refusal() const;
  HttpRequest take_request();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace revisitd::daemon
