#include "daemon/web/router.h"

#include <algorithm>
#include <optional>

namespace revisitd::daemon::web {
namespace {

std::string_view take_segment(std::string_view& path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::size_t end = path.find('/');
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  return segment;
}

std::optional<std::vector<std::string>> fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string> arguments;
  while (!pattern.empty() || !path.empty()) {
    if (pattern.empty() != path.empty()) return std::nullopt;
    const std::string_view expected = take_segment(pattern);
    std::string_view given = take_segment(path);
    if (!expected.starts_with('{')) {
      if (expected != given) return std::nullopt;
      continue;
    }
    const std::string_view ending = expected.substr(expected.find('}') + 1);
    if (!given.ends_with(ending)) return std::nullopt;
    given.remove_suffix(ending.size());
    if (given.empty()) return std::nullopt;
    arguments.emplace_back(given);
  }
  return arguments;
}

}  // namespace

Match find_route(const std::vector<Route>& routes, std::string_view method, std::string_view path) {
  Match match;
  for (const Route& route : routes) {
    auto arguments = fit(route.pattern, path);
    if (!arguments) continue;
    if (route.method == method) return {&route, std::move(*arguments), {}};
    if (std::find(match.allowed.begin(), match.allowed.end(), route.method) ==
        match.allowed.end()) {
      match.allowed.push_back(route.method);
    }
  }
  return match;
}

}  // namespace revisitd::daemon::web
