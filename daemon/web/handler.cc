#include "daemon/web/handler.h"

#include "daemon/web/api.h"
#include "daemon/web/operations.h"
#include "daemon/web/pages.h"
#include "daemon/web/router.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;

HttpResponse wrong_method(const Match& match, bool api) {
  std::string allowed;
  for (const std::string_view method : match.allowed) {
    allowed +=
        (allowed.empty() ? "" : ", ") + std::string(method) + (method == "GET" ? ", HEAD" : "");
  }
  HttpResponse response;
  if (api) {
    response = api_error(ApiError::method_not_allowed, "this path takes " + allowed);
  } else {
    response.status = 405;
    response.body = "This path takes " + allowed + ".\n";
  }
  response.headers.emplace_back("Allow", allowed);
  return response;
}

HttpResponse unanswered(const Call& call, const Match& match, std::string_view path) {
  const bool api = path.starts_with("/api/");
  if (!match.allowed.empty()) return wrong_method(match, api);
  if (api) return api_error(ApiError::not_found, "no such path");
  return error_page(call, 404, "There is no such page.");
}

// Behind a proxy that does not cut its own path off, ours begins after it.
std::string_view own_path(const std::string& path, const std::string& prefix) {
  const std::string_view whole = path;
  if (prefix.empty() || !whole.starts_with(prefix)) return whole;
  const std::string_view rest = whole.substr(prefix.size());
  if (rest.empty()) return "/";
  return rest.front() == '/' ? rest : whole;
}

awaitable<HttpResponse> respond(AppView* app, HttpRequest request) {
  Call call{*app, request, Links(app->external_url()), {}};
  const std::string_view path = own_path(request.path, call.links.prefix());
  Match match = find_route(routes(), request.method, path);
  if (match.route == nullptr) co_return unanswered(call, match, path);
  call.arguments = std::move(match.arguments);
  if (const Answer* answer = std::get_if<Answer>(&match.route->answer)) co_return (*answer)(call);
  co_return co_await std::get<AwaitedAnswer>(match.route->answer)(call);
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> kRoutes = {
      {"GET", "/", decisions_page},
      {"GET", "/service/{service}", service_page},
      {"GET", "/service/{service}/draft", draft_page},
      {"GET", "/advise", advise_page},
      {"GET", "/teams", teams_page},
      {"GET", "/revisits", revisits_page},
      {"GET", "/revisit/{id}", revisit_page},
      {"GET", "/trail", trail_page},
      {"GET", "/targets", targets_page},
      {"GET", "/deliveries", deliveries_page},
      {"GET", "/roster", roster_page},
      {"GET", "/records", records_page},
      {"GET", "/style.css", style_sheet},
      {"GET", "/plot/{service}/{signal}.svg", plot_image},
      {"GET", "/badge/{service}.svg", badge_image},

      {"GET", "/api/v1/status", api_status},
      {"GET", "/api/v1/status/config", api_config},
      {"GET", "/api/v1/status/flags", api_flags},
      {"GET", "/api/v1/status/buildinfo", api_build},
      {"GET", "/api/v1/status/runtimeinfo", api_runtime},
      {"GET", "/api/v1/decisions", api_decisions},
      {"GET", "/api/v1/decisions/{service}", api_decision},
      {"GET", "/api/v1/decisions/{service}/explain", api_explain},
      {"GET", "/api/v1/decisions/{service}/assessment", api_assessment},
      {"GET", "/api/v1/decisions/{service}/draft", api_draft},
      {"GET", "/api/v1/advise", api_advise},
      {"GET", "/api/v1/teams", api_teams},
      {"GET", "/api/v1/signals/{service}/{signal}", api_signal},
      {"GET", "/api/v1/revisits", api_revisits},
      {"GET", "/api/v1/revisits/{id}", api_revisit},
      {"POST", "/api/v1/revisits/{id}/acknowledge", api_acknowledge},
      {"POST", "/api/v1/revisits/{id}/snooze", api_snooze},
      {"POST", "/api/v1/revisits/{id}/conclude", api_conclude},
      {"GET", "/api/v1/trail", api_trail},
      {"GET", "/api/v1/roster", api_roster},
      {"POST", "/api/v1/roster/confirm", api_confirm_roster},
      {"GET", "/api/v1/targets", api_targets},
      {"GET", "/api/v1/records", api_records},
      {"GET", "/api/v1/deliveries", api_deliveries},
      {"POST", "/api/v1/deliveries/{id}/requeue", api_requeue},
      {"GET", "/api/v1/rules", api_rules},
      {"GET", "/api/v1/alerts", api_alerts},
      {"POST", "/api/v1/backup", api_backup},
      {"GET", "/api/v1/openapi.yaml", openapi},

      {"GET", "/-/healthy", healthy},
      {"GET", "/healthz", healthy},
      {"GET", "/-/ready", ready},
      {"GET", "/readyz", ready},
      {"POST", "/-/reload", reload},
      {"GET", "/metrics", metrics},
  };
  return kRoutes;
}

bool has_route(const AppView& app, const HttpRequest& request) {
  const Links links(app.external_url());
  return find_route(routes(), request.method, own_path(request.path, links.prefix())).route !=
         nullptr;
}

HttpResponse refusal(const AppView& app, const HttpRequest& request, ApiError error,
                     std::string_view why) {
  const Links links(app.external_url());
  HttpResponse response = api_error(error, why);
  if (own_path(request.path, links.prefix()).starts_with("/api/")) return response;
  HttpResponse text;
  text.status = response.status;
  text.body = std::string(why) + "\n";
  return text;
}

HttpHandler make_web_handler(AppView& app) {
  return [&app](HttpRequest request) { return respond(&app, std::move(request)); };
}

}  // namespace revisitd::daemon::web
