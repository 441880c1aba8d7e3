#include "daemon/web/operations.h"

#include "daemon/web/openapi.h"

namespace revisitd::daemon::web {
namespace {

HttpResponse text_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

HttpResponse healthy(const Call& call) {
  if (const auto why = call.app.stuck())
    return text_response(503, "revisitd is stuck: " + *why + ".\n");
  return text_response(200, "revisitd is healthy.\n");
}

HttpResponse ready(const Call& call) {
  const Readiness readiness = call.app.readiness();
  if (readiness.ready) return text_response(200, "revisitd is ready.\n");
  std::string body = "revisitd is not ready:\n";
  for (const std::string& reason : readiness.reasons) body += "- " + reason + "\n";
  return text_response(503, std::move(body));
}

HttpResponse metrics(const Call& call) {
  HttpResponse response = text_response(200, call.app.metrics());
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

HttpResponse openapi(const Call&) {
  HttpResponse response = text_response(200, std::string(openapi_yaml()));
  response.content_type = "application/yaml";
  return response;
}

boost::asio::awaitable<HttpResponse> reload(const Call& call) {
  if (!call.app.lifecycle_enabled()) {
    co_return text_response(403,
                            "Lifecycle API is not enabled: start with --web.enable-lifecycle.\n");
  }
  const Status done = co_await call.app.reload();
  if (done) co_return text_response(200, "");
  co_return text_response(500, "failed to reload, the old configuration stays in force: " +
                                   done.error().message + "\n");
}

}  // namespace revisitd::daemon::web
