#pragma once

#include "daemon/web/router.h"

// What operators and orchestrators ask: health, readiness, reload, metrics, the API's description.
namespace revisitd::daemon::web {

HttpResponse healthy(const Call& call);  // 503 once a worker has stopped progressing
HttpResponse ready(const Call& call);    // 503 with the reasons
HttpResponse metrics(const Call& call);
HttpResponse openapi(const Call& call);
boost::asio::awaitable<HttpResponse> reload(const Call& call);

}  // namespace revisitd::daemon::web
