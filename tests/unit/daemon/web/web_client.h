#pragma once

#include <string>
#include <string_view>

#include "daemon/http_server.h"
#include "daemon/web/handler.h"
#include "tests/unit/daemon/web/fake_app.h"

namespace revisitd::daemon::web {

// Asks the handler as the server would, without one: "/api/v1/signals/a/b?step=10m" with
// percent-codes.
HttpResponse get(AppView& app, std::string_view target);
HttpResponse send(AppView& app, std::string_view method, std::string_view target,
                  std::string body = "", std::map<std::string, std::string> headers = {});
std::string header_of(const HttpResponse& response, std::string_view name);

}  // namespace revisitd::daemon::web
