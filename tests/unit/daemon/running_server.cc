#include "tests/unit/daemon/running_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "daemon/basic_auth.h"

namespace revisitd::testing {
namespace asio = boost::asio;
using daemon::HttpRequest;
using daemon::HttpResponse;

namespace {

// Where gated handlers wait; a timer that never fires is what they wait on.
struct GateState {
  explicit GateState(asio::io_context& context)
      : timer(context, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  std::mutex mutex;
  std::condition_variable arrived;
  int waiting = 0;
};

asio::awaitable<HttpResponse> handle(std::shared_ptr<GateState> gate, PlainHandler handler,
                                     HttpRequest request) {
  if (request.path == RunningServer::kGated) {
    {
      const std::lock_guard lock(gate->mutex);
      ++gate->waiting;
    }
    gate->arrived.notify_all();
    boost::system::error_code ignored;
    co_await gate->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return handler(request);
}

asio::awaitable<void> stop_and_tell(daemon::HttpServer& server, Duration grace,
                                    std::promise<void>& stopped) {
  co_await server.stop(grace);
  stopped.set_value();
}

}  // namespace

struct RunningServer::Inner {
  Inner(PlainHandler handler, daemon::HttpServerOptions options,
        std::map<std::string, std::string> users) {
    options.listen_address = "127.0.0.1:0";
    daemon::HttpHandler whole = [gate = gate, handler = std::move(handler)](HttpRequest request) {
      return handle(gate, handler, std::move(request));
    };
    whole = daemon::require_basic_auth(context.get_executor(), std::move(users), std::move(whole));
    server = daemon::make_http_server(context.get_executor(), std::move(options), std::move(whole));
    if (auto started = server->start(); !started) throw std::runtime_error(started.error().message);
    thread = std::thread([this] { context.run(); });
  }
  ~Inner() {
    asio::post(context, [this] { context.stop(); });
    thread.join();
    server.reset();
  }

  template <class F>
  auto on_thread(F f) {
    std::promise<decltype(f())> result;
    asio::post(context, [&] { result.set_value(f()); });
    return result.get_future().get();
  }

  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::shared_ptr<GateState> gate = std::make_shared<GateState>(context);
  std::unique_ptr<daemon::HttpServer> server;
  std::promise<void> stopped;
  std::future<void> is_stopped = stopped.get_future();
  std::thread thread;
};

RunningServer::RunningServer(PlainHandler handler, daemon::HttpServerOptions options)
    : inner_(std::make_unique<Inner>(std::move(handler), std::move(options),
                                     std::map<std::string, std::string>())) {}
RunningServer::RunningServer(PlainHandler handler, std::map<std::string, std::string> users)
    : inner_(std::make_unique<Inner>(std::move(handler), daemon::HttpServerOptions(),
                                     std::move(users))) {}
RunningServer::~RunningServer() = default;

std::string RunningServer::address() const { return inner_->server->address(); }
std::uint16_t RunningServer::port() const {
  const std::string text = address();
  return static_cast<std::uint16_t>(std::stoul(text.substr(text.rfind(':') + 1)));
}
daemon::HttpServerCounters RunningServer::counters() const {
  return inner_->on_thread([this] { return inner_->server->counters(); });
}
void RunningServer::release() {
  asio::post(inner_->context, [gate = inner_->gate] { gate->timer.cancel(); });
}
bool RunningServer::wait_for_gated(int count) const {
  std::unique_lock lock(inner_->gate->mutex);
  return inner_->gate->arrived.wait_for(lock, std::chrono::seconds(5),
                                        [&] { return inner_->gate->waiting >= count; });
}
std::string RunningServer::renew_tls(const daemon::HttpServerOptions& options) {
  const Status renewed = inner_->on_thread([&] { return inner_->server->renew_tls(options); });
  return renewed ? "" : renewed.error().message;
}
void RunningServer::begin_stop(Duration grace) {
  asio::co_spawn(inner_->context, stop_and_tell(*inner_->server, grace, inner_->stopped),
                 asio::detached);
}
bool RunningServer::wait_until_stopped() const {
  return inner_->is_stopped.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
}

std::string start_error(const std::string& listen_address) {
  asio::io_context context(1);
  daemon::HttpServerOptions options;
  options.listen_address = listen_address;
  const auto server = daemon::make_http_server(context.get_executor(), options, nullptr);
  const auto started = server->start();
  return started ? "" : started.error().message;
}

RawClient::RawClient(std::uint16_t port, Connect when)
    : port_(port), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{5, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (when == Connect::now) connect();
}

RawClient& RawClient::connect() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  return *this;
}

RawClient::~RawClient() { ::close(fd_); }

RawClient& RawClient::send(const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return *this;
}

bool RawClient::read_more() {
  char piece[4096];
  const auto n = ::recv(fd_, piece, sizeof piece, 0);
  if (n > 0) held_.append(piece, static_cast<std::size_t>(n));
  closed_ = n == 0 || (n < 0 && errno == ECONNRESET);
  return n > 0;
}

std::string RawClient::read_response(bool after_head) {
  std::size_t end = std::string::npos;
  while ((end = held_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return {};
  }
  const std::string length = field_of(held_, "Content-Length");
  const std::size_t size = end + 4 + (after_head || length.empty() ? 0 : std::stoul(length));
  while (held_.size() < size) {
    if (!read_more()) return {};
  }
  const std::string out = held_.substr(0, size);
  held_.erase(0, size);
  return out;
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(held_, {});
}

void RawClient::half_close() { ::shutdown(fd_, SHUT_WR); }

std::string talk(std::uint16_t port, const std::string& bytes) {
  return RawClient(port).send(bytes).read_to_end();
}

int status_of(const std::string& response) {
  return response.starts_with("HTTP/1.") ? std::stoi(response.substr(9, 3)) : 0;
}

std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

std::string field_of(const std::string& response, const std::string& name) {
  const std::string head = response.substr(0, response.find("\r\n\r\n") + 2);
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 4;
  return head.substr(from, head.find("\r\n", from) - from);
}

}  // namespace revisitd::testing
