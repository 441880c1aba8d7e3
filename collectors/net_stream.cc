#include "collectors/net_stream.h"

#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

namespace revisitd::collectors {
namespace asio = boost::asio;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

struct NetStream::Tls {
  Tls(tcp::socket& socket, asio::ssl::context& context) : stream(socket, context) {}
  asio::ssl::stream<tcp::socket&> stream;
};

namespace {

constexpr std::size_t kLingerBytes = 64 * 1024;
constexpr std::size_t kTlsRecord = 16 * 1024;

// Has OpenSSL itself match the certificate's names; SNI carries names only, never addresses.
bool expect_peer(SSL* ssl, const std::string& name) {
  error_code not_literal;
  asio::ip::make_address(name, not_literal);
  if (!not_literal) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(ssl, name.c_str()) == 1 && SSL_set1_host(ssl, name.c_str()) == 1;
}

// Whether a call failed for want of patience alone.
bool may_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

NetStream::NetStream(const asio::any_io_executor& executor) : socket_(executor) {}
NetStream::NetStream(tcp::socket socket) : socket_(std::move(socket)) {}
NetStream::~NetStream() = default;

awaitable<error_code> NetStream::connect(tcp::endpoint endpoint) {
  error_code error;
  co_await socket_.async_connect(endpoint, redirect_error(use_awaitable, error));
  if (!error) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
  }
  co_return error;
}

awaitable<error_code> NetStream::client_handshake(asio::ssl::context& context, std::string name,
                                                  std::string& why) {
  tls_ = std::make_unique<Tls>(socket_, context);
  SSL* ssl = tls_->stream.native_handle();
  if (!expect_peer(ssl, name)) {
    why = "no certificate can match this host name";
    co_return asio::error::invalid_argument;
  }
  error_code error;
  co_await tls_->stream.async_handshake(asio::ssl::stream_base::client,
                                        redirect_error(use_awaitable, error));
  if (error) {
    const long verdict = SSL_get_verify_result(ssl);
    why = verdict == X509_V_OK ? error.message() : X509_verify_cert_error_string(verdict);
  }
  co_return error;
}

awaitable<error_code> NetStream::server_handshake(asio::ssl::context& context) {
  tls_ = std::make_unique<Tls>(socket_, context);
  error_code error;
  co_await tls_->stream.async_handshake(asio::ssl::stream_base::server,
                                        redirect_error(use_awaitable, error));
  co_return error;
}

awaitable<IoOutcome> NetStream::read_some(char* data, std::size_t size) {
  IoOutcome out;
  const asio::mutable_buffer buffer(data, size);
  if (tls_) {
    out.bytes =
        co_await tls_->stream.async_read_some(buffer, redirect_error(use_awaitable, out.error));
  } else {
    out.bytes = co_await socket_.async_read_some(buffer, redirect_error(use_awaitable, out.error));
  }
  co_return out;
}

awaitable<error_code> NetStream::write(std::string_view head, std::string_view body) {
  error_code error;
  // What fits into the socket goes out at once, and that is nearly always all of it.
  if (!tls_ && write_now(head, body, error)) co_return error;
  const std::array<asio::const_buffer, 2> pieces = {asio::buffer(head), asio::buffer(body)};
  if (tls_ && head.size() + body.size() <= kTlsRecord) {
    // OpenSSL makes a record of each piece it is given.
    std::string whole;
    whole.reserve(head.size() + body.size());
    whole.append(head).append(body);
    co_await asio::async_write(tls_->stream, asio::buffer(whole),
                               redirect_error(use_awaitable, error));
  } else if (tls_) {
    co_await asio::async_write(tls_->stream, pieces, redirect_error(use_awaitable, error));
  } else {
    co_await asio::async_write(socket_, pieces, redirect_error(use_awaitable, error));
  }
  co_return error;
}

bool NetStream::write_now(std::string_view& head, std::string_view& body, error_code& error) {
  // sendmsg() takes its bytes as pointers to non-const and does not write through them.
  std::array<iovec, 2> pieces = {{{const_cast<char*>(head.data()), head.size()},
                                  {const_cast<char*>(body.data()), body.size()}}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = body.empty() ? 1 : 2;
  const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (may_wait(errno)) return false;
    error.assign(errno, boost::system::system_category());
    return true;
  }
  const auto bytes = static_cast<std::size_t>(sent);
  body.remove_prefix(bytes - std::min(bytes, head.size()));
  head.remove_prefix(std::min(bytes, head.size()));
  return head.empty() && body.empty();
}

std::optional<IoOutcome> NetStream::read_now(char* data, std::size_t size) {
  const auto got = ::recv(socket_.native_handle(), data, size, MSG_DONTWAIT);
  if (got > 0) return IoOutcome{{}, static_cast<std::size_t>(got)};
  if (got == 0) return IoOutcome{asio::error::eof, 0};
  if (may_wait(errno)) return std::nullopt;
  return IoOutcome{{errno, boost::system::system_category()}, 0};
}

awaitable<void> NetStream::wait_readable(error_code& error) {
  return socket_.async_wait(tcp::socket::wait_read, redirect_error(use_awaitable, error));
}

awaitable<void> NetStream::linger() {
  error_code error;
  if (tls_) co_await tls_->stream.async_shutdown(redirect_error(use_awaitable, error));
  if (!socket_.is_open()) co_return;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 1024> away{};
  std::size_t seen = 0;
  while (!error && seen < kLingerBytes) {
    seen +=
        co_await socket_.async_read_some(asio::buffer(away), redirect_error(use_awaitable, error));
  }
}

void NetStream::close() {
  error_code ignored;
  socket_.close(ignored);
}

void NetStream::interrupt() {
  error_code ignored;
  socket_.cancel(ignored);
}

bool NetStream::quiet() {
  if (!socket_.is_open()) return false;
  char byte = 0;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && may_wait(errno);
}

bool NetStream::peer_verified() const {
  if (!tls_) return false;
  SSL* ssl = tls_->stream.native_handle();
  return SSL_get0_peer_certificate(ssl) != nullptr && SSL_get_verify_result(ssl) == X509_V_OK &&
         (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0;
}

}  // namespace revisitd::collectors
