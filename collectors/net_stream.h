#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace revisitd::collectors {

struct IoOutcome {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

// A TCP connection, plain or under TLS, of the client and of the server. Owned by the coroutine
// that reads and writes it; one read or write at a time. No operation throws.
class NetStream {
 public:
  explicit NetStream(const boost::asio::any_io_executor& executor);
  explicit NetStream(boost::asio::ip::tcp::socket socket);
  ~NetStream();
  NetStream(const NetStream&) = delete;
  NetStream& operator=(const NetStream&) = delete;

  boost::asio::awaitable<boost::system::error_code> connect(
      boost::asio::ip::tcp::endpoint endpoint);

  // TLS as the client: the peer's certificate is verified against `name` (a host name or an IP
  // address), unless the context verifies nothing. `why` receives a sentence when the handshake
  // fails.
  boost::asio::awaitable<boost::system::error_code> client_handshake(
      boost::asio::ssl::context& context, std::string name, std::string& why);
  boost::asio::awaitable<boost::system::error_code> server_handshake(
      boost::asio::ssl::context& context);

  // At least one byte, or an error; end of stream is asio::error::eof.
  boost::asio::awaitable<IoOutcome> read_some(char* data, std::size_t size);
  // All of both pieces, or an error.
  boost::asio::awaitable<boost::system::error_code> write(std::string_view head,
                                                          std::string_view body);
  // The same without waiting, for plain streams alone. What has arrived; nothing when nothing has.
  std::optional<IoOutcome> read_now(char* data, std::size_t size);
  // Sends what the socket takes and takes that away from both pieces. True when nothing is left or
  // the stream failed.
  bool write_now(std::string_view& head, std::string_view& body, boost::system::error_code& error);
  // Completes when a plain stream has something to read, or its end.
  boost::asio::awaitable<void> wait_readable(boost::system::error_code& error);
  // Says goodbye under TLS, ends the sending side, and reads away what the peer still sends (at
  // most 64 KiB), so that the last response is not lost to a reset. Bounded by the caller's
  // deadline.
  boost::asio::awaitable<void> linger();

  // Ends pending operations with operation_aborted. Idempotent.
  void close();
  // The same, but the stream stays open.
  void interrupt();

  // True when an idle connection is still usable: open, and nothing has arrived (data or end of
  // stream).
  [[nodiscard]] bool quiet();
  [[nodiscard]] bool secure() const { return tls_ != nullptr; }
  // The peer showed a certificate and the context verified it.
  [[nodiscard]] bool peer_verified() const;
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  struct Tls;

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace revisitd::collectors
