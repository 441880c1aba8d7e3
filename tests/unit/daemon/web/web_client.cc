#include "tests/unit/daemon/web/web_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "daemon/request_target.h"

namespace revisitd::daemon::web {

HttpResponse send(AppView& app, std::string_view method, std::string_view target, std::string body,
                  std::map<std::string, std::string> headers) {
  auto parsed = parse_request_target(target);
  if (!parsed) throw std::invalid_argument("target");
  HttpRequest request;
  request.method = method;
  request.path = std::move(parsed->path);
  request.query = std::move(parsed->query);
  request.headers = std::move(headers);
  request.body = std::move(body);
  boost::asio::io_context io;
  const HttpHandler handler = make_web_handler(app);
  auto response = boost::asio::co_spawn(io, handler(std::move(request)), boost::asio::use_future);
  io.run();
  return response.get();
}

HttpResponse get(AppView& app, std::string_view target) { return send(app, "GET", target); }

std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace revisitd::daemon::web
