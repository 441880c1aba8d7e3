#include "tests/unit/collectors/fault_server.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace revisitd::testing {
namespace {

using SslContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslStream = std::unique_ptr<SSL, decltype(&SSL_free)>;

void must(bool well, const char* what) {
  if (!well) throw std::runtime_error(std::string("fault server: ") + what);
}

SslContext make_context(const FaultTls& tls) {
  SslContext context(nullptr, SSL_CTX_free);
  if (tls.cert_file.empty()) return context;
  context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* native = context.get();
  must(SSL_CTX_use_certificate_chain_file(native, tls.cert_file.c_str()) == 1, "certificate");
  must(SSL_CTX_use_PrivateKey_file(native, tls.key_file.c_str(), SSL_FILETYPE_PEM) == 1, "key");
  if (tls.only_tls11) {
    SSL_CTX_set_security_level(native, 0);
    SSL_CTX_set_min_proto_version(native, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(native, TLS1_1_VERSION);
  }
  if (!tls.client_ca_file.empty()) {
    must(SSL_CTX_load_verify_file(native, tls.client_ca_file.c_str()) == 1, "client authority");
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

std::size_t announced_length(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

}  // namespace

struct FaultServer::Inner {
  Inner(std::vector<Script> what, FaultTls how)
      : scripts(std::move(what)), tls(std::move(how)), context(make_context(tls)) {}

  void accept_all();
  void serve(int fd, const Script& script);
  bool play(int fd, SSL* ssl, const Step& step);
  bool write_all(int fd, SSL* ssl, const std::string& bytes);
  bool read_one(int fd, SSL* ssl);
  void record(std::string request) {
    const std::lock_guard lock(mutex);
    requests.push_back(std::move(request));
  }
  bool add_sent(std::size_t bytes) {
    const std::lock_guard lock(mutex);
    sent += bytes;
    return true;
  }

  std::vector<Script> scripts;
  FaultTls tls;
  SslContext context;
  int listener = -1;
  std::uint16_t port = 0;
  std::thread acceptor;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::vector<std::thread> threads;
  std::vector<std::string> requests;
  std::set<int> open;
  std::size_t accepted = 0;
  std::size_t sent = 0;
  bool stopping = false;
};

void FaultServer::Inner::accept_all() {
  // OpenSSL writes without MSG_NOSIGNAL; the threads of the connections inherit this.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  for (;;) {
    const int fd = ::accept(listener, nullptr, nullptr);
    const std::lock_guard lock(mutex);
    if (stopping || fd < 0) {
      if (fd >= 0) ::close(fd);
      return;
    }
    const Script& script = scripts[std::min(accepted, scripts.size() - 1)];
    ++accepted;
    open.insert(fd);
    threads.emplace_back([this, fd, &script] { serve(fd, script); });
  }
}

void FaultServer::Inner::serve(int fd, const Script& script) {
  SslStream ssl(nullptr, SSL_free);
  bool going = true;
  if (context) {
    ssl.reset(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), fd);
    going = SSL_accept(ssl.get()) == 1;
  }
  for (auto step = script.begin(); going && step != script.end(); ++step) {
    going = play(fd, ssl.get(), *step);
  }
  if (ssl && going && !tls.silent_close) SSL_shutdown(ssl.get());
  const std::lock_guard lock(mutex);
  open.erase(fd);
  ::close(fd);
  changed.notify_all();
}

bool FaultServer::Inner::write_all(int fd, SSL* ssl, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t left = bytes.size() - done;
    const auto n = ssl != nullptr ? SSL_write(ssl, bytes.data() + done, static_cast<int>(left))
                                  : ::send(fd, bytes.data() + done, left, MSG_NOSIGNAL);
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return add_sent(bytes.size());
}

bool FaultServer::Inner::read_one(int fd, SSL* ssl) {
  std::string text;
  std::size_t wanted = std::string::npos;
  while (text.size() < wanted) {
    char byte = 0;
    const auto n = ssl != nullptr ? SSL_read(ssl, &byte, 1) : ::recv(fd, &byte, 1, 0);
    if (n <= 0) return false;
    text += byte;
    if (wanted == std::string::npos && text.ends_with("\r\n\r\n")) {
      wanted = text.size() + announced_length(text);
    }
  }
  record(std::move(text));
  return true;
}

namespace {

void relay_to(int client, std::uint16_t port) {
  const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool open = ::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  while (open) {
    pollfd ends[2] = {{client, POLLIN, 0}, {peer, POLLIN, 0}};
    if (::poll(ends, 2, 5000) <= 0) break;
    for (int i = 0; i < 2 && open; ++i) {
      if (ends[i].revents == 0) continue;
      char bytes[4096];
      const auto got = ::recv(ends[i].fd, bytes, sizeof bytes, 0);
      open = got > 0 &&
             ::send(ends[1 - i].fd, bytes, static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
    }
  }
  ::close(peer);
}

}  // namespace

bool FaultServer::Inner::play(int fd, SSL* ssl, const Step& step) {
  pollfd hung_up{fd, POLLRDHUP, 0};
  switch (step.kind) {
    case Step::Kind::read_request:
      return read_one(fd, ssl);
    case Step::Kind::send:
      for (std::size_t i = 0; i < step.times; ++i) {
        if (!write_all(fd, ssl, step.bytes)) return false;
      }
      return true;
    case Step::Kind::trickle:
      for (std::size_t i = 0;; i = (i + 1) % step.bytes.size()) {
        if (!write_all(fd, ssl, step.bytes.substr(i, 1))) return false;
        if (::poll(&hung_up, 1, static_cast<int>(step.gap.count())) > 0) return false;
      }
    case Step::Kind::hang:
      ::poll(&hung_up, 1, -1);
      return false;
    case Step::Kind::reset: {
      const linger hard{1, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
      return false;
    }
    case Step::Kind::relay:
      relay_to(fd, static_cast<std::uint16_t>(step.times));
      return false;
  }
  return false;
}

FaultServer::FaultServer(std::vector<Script> scripts, FaultTls tls)
    : inner_(std::make_unique<Inner>(std::move(scripts), std::move(tls))) {
  Inner& inner = *inner_;
  inner.listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  must(::bind(inner.listener, raw, size) == 0 && ::listen(inner.listener, 64) == 0, "listen");
  ::getsockname(inner.listener, raw, &size);
  inner.port = ntohs(address.sin_port);
  inner.acceptor = std::thread([&inner] { inner.accept_all(); });
}

FaultServer::~FaultServer() {
  {
    const std::lock_guard lock(inner_->mutex);
    inner_->stopping = true;
    for (const int fd : inner_->open) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(inner_->listener, SHUT_RDWR);
  inner_->acceptor.join();
  ::close(inner_->listener);
  for (std::thread& thread : inner_->threads) thread.join();
}

std::uint16_t FaultServer::port() const { return inner_->port; }

std::string FaultServer::url(const std::string& path) const {
  return (inner_->context ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) +
         path;
}

std::size_t FaultServer::connections() const {
  const std::lock_guard lock(inner_->mutex);
  return inner_->accepted;
}

std::vector<std::string> FaultServer::requests() const {
  const std::lock_guard lock(inner_->mutex);
  return inner_->requests;
}

std::size_t FaultServer::bytes_sent() const {
  const std::lock_guard lock(inner_->mutex);
  return inner_->sent;
}

bool FaultServer::wait_until_idle() const {
  std::unique_lock lock(inner_->mutex);
  return inner_->changed.wait_for(lock, std::chrono::seconds(5),
                                  [this] { return inner_->open.empty(); });
}

Step read_request() { return {.kind = Step::Kind::read_request, .bytes = ""}; }
Step send(std::string bytes, std::size_t times) {
  return {.kind = Step::Kind::send, .bytes = std::move(bytes), .times = times};
}
Step trickle(std::string bytes, Duration gap) {
  return {.kind = Step::Kind::trickle, .bytes = std::move(bytes), .gap = gap};
}
Step hang() { return {.kind = Step::Kind::hang, .bytes = ""}; }
Step reset() { return {.kind = Step::Kind::reset, .bytes = ""}; }

std::string ok_response(const std::string& body, const std::string& extra_headers) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + extra_headers + "\r\n" + body;
}

Step relay(std::uint16_t port) { return {Step::Kind::relay, "", port, {}}; }
Script answering(std::string bytes) { return {read_request(), send(std::move(bytes))}; }

}  // namespace revisitd::testing
