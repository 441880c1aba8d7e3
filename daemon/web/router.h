#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/app_view.h"
#include "daemon/http_server.h"
#include "daemon/web/address.h"

// Which function answers which method and path.
namespace revisitd::daemon::web {

// One request on its way through a route. Lives until the answer is complete.
struct Call {
  AppView& app;
  const HttpRequest& request;
  Links links;
  std::vector<std::string> arguments;  // what the pattern's braces stood for, in order
};

using Answer = HttpResponse (*)(const Call&);
using AwaitedAnswer = boost::asio::awaitable<HttpResponse> (*)(const Call&);

struct Route {
  std::string_view method;   // "GET", which HEAD uses too, or "POST"
  std::string_view pattern;  // "/plot/{service}/{signal}.svg": braces stand for one segment's start
  std::variant<Answer, AwaitedAnswer> answer;
};

struct Match {
  const Route* route = nullptr;
  std::vector<std::string> arguments;
  std::vector<std::string_view> allowed;  // methods of the path, when only the method was wrong
};

// The first route that fits. `path` is decoded; an argument is never empty.
Match find_route(const std::vector<Route>& routes, std::string_view method, std::string_view path);

}  // namespace revisitd::daemon::web
