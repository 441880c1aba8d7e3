#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rules/time.h"

// A server that plays scripts: what a broken, slow or hostile peer puts on the wire, byte for byte.
namespace revisitd::testing {

struct Step {
  enum class Kind {
    read_request,  // one request: head and, by its Content-Length, body
    send,          // the bytes, `times` over
    trickle,       // the bytes one at a time, again and again, `gap` apart
    hang,          // nothing, until the client closes
    reset,         // RST instead of FIN
    relay,         // both ways between the client and loopback port `times`, until one closes
  };
  Kind kind;
  std::string bytes;
  std::size_t times = 1;
  Duration gap{};
};

Step read_request();
Step send(std::string bytes, std::size_t times = 1);
Step trickle(std::string bytes, Duration gap = std::chrono::milliseconds(2));
Step hang();
Step reset();
Step relay(std::uint16_t port);

// The steps of one connection; at its end the connection is closed.
using Script = std::vector<Step>;

// "HTTP/1.1 200 OK" with Content-Length and the body.
std::string ok_response(const std::string& body, const std::string& extra_headers = "");
// A script that reads a request and sends the bytes.
Script answering(std::string bytes);

// What the server shows under TLS; plain without a certificate.
struct FaultTls {
  std::string cert_file, key_file;
  std::string client_ca_file;  // not empty: the client must show a certificate of this authority
  bool only_tls11 = false;
  bool silent_close = false;  // drops the connection without the TLS goodbye
};

// Listens on a free loopback port, on threads of its own. Connection number n plays script n, or
// the last one. Ends all connections and threads when it goes away.
class FaultServer {
 public:
  explicit FaultServer(std::vector<Script> scripts, FaultTls tls = {});
  explicit FaultServer(Script script) : FaultServer(std::vector<Script>{std::move(script)}) {}
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  // "http://127.0.0.1:PORT/path", https under TLS.
  [[nodiscard]] std::string url(const std::string& path = "/") const;
  [[nodiscard]] std::size_t connections() const;
  // Requests read so far, head and body, oldest first.
  [[nodiscard]] std::vector<std::string> requests() const;
  // Bytes sent so far, over all connections.
  [[nodiscard]] std::size_t bytes_sent() const;
  // Waits until no connection is open; false after 5 s.
  [[nodiscard]] bool wait_until_idle() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace revisitd::testing
