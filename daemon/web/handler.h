#pragma once

#include "daemon/app_view.h"
#include "daemon/http_server.h"
#include "daemon/web/envelope.h"
#include "daemon/web/router.h"

// The whole of DESIGN's HTTP: API, pages, drawings, health, metrics. Whether a changing request may
// be made at all is judged before it comes here (daemon/request_guard.h).
namespace revisitd::daemon::web {

// The table of routes, in the order in which they are tried.
const std::vector<Route>& routes();

// `app` must outlive the handler and every request in flight.
HttpHandler make_web_handler(AppView& app);

// Whether a route answers the method and path of this request.
bool has_route(const AppView& app, const HttpRequest& request);
// What is said instead of a route's answer, in the manner of the path: the envelope below /api/,
// else the words alone.
HttpResponse refusal(const AppView& app, const HttpRequest& request, ApiError error,
                     std::string_view why);

}  // namespace revisitd::daemon::web
