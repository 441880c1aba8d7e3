#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/request_values.h"
#include "rules/revisit_json.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;
using rules::Action;

awaitable<std::optional<rules::Revisit>> find_revisit(AppView& app, std::string id) {
  for (const auto& [service, state] : app.engine().decisions()) {
    if (state.revisit && state.revisit->id == id) co_return *state.revisit;
  }
  std::vector<rules::Revisit> all = co_await app.revisits("");
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& r) { return r.id == id; });
  if (found == all.end()) co_return std::nullopt;
  co_return std::move(*found);
}

ApiError error_of(rules::ActionError error) {
  switch (error) {
    case rules::ActionError::unknown_revisit:
      return ApiError::not_found;
    case rules::ActionError::wrong_state:
      return ApiError::conflict;
    case rules::ActionError::invalid:
      return ApiError::bad_data;
    case rules::ActionError::unavailable:
      return ApiError::unavailable;
  }
  return ApiError::internal;
}

awaitable<HttpResponse> act(const Call& call, Action::Kind kind) {
  auto action = read_action(call.request.body, kind, call.app.now());
  if (!action) co_return api_error(ApiError::bad_data, action.error().message);
  action->target = call.arguments[0];
  const auto done = co_await call.app.act(*action);
  if (done) co_return api_success(to_json(*done));
  if (done.error().error == rules::ActionError::unknown_revisit) {
    const auto finished = co_await find_revisit(call.app, action->target);
    if (finished && is_final(finished->state)) {
      co_return api_error(ApiError::conflict, "revisit " + finished->id + " is already " +
                                                  std::string(revisit_state_name(finished->state)));
    }
  }
  co_return api_error(error_of(done.error().error), done.error().message);
}

}  // namespace

awaitable<HttpResponse> api_revisits(const Call& call) {
  const std::string state = text_parameter(call.request, "state");
  if (!state.empty() && !rules::parse_revisit_state(state)) {
    co_return api_error(
        ApiError::bad_data,
        "`state`: expected open, acknowledged, snoozed, subsided, concluded or withdrawn");
  }
  const std::string service = text_parameter(call.request, "service");
  const std::string team = text_parameter(call.request, "team");
  Json data = Json::array();
  for (const rules::Revisit& revisit : co_await call.app.revisits(state)) {
    if (!service.empty() && revisit.service != service) continue;
    if (!team.empty() && revisit.team != team) continue;
    data.push_back(to_json(revisit));
  }
  co_return api_success(data);
}

awaitable<HttpResponse> api_revisit(const Call& call) {
  const auto revisit = co_await find_revisit(call.app, call.arguments[0]);
  if (!revisit) co_return api_error(ApiError::not_found, "no revisit '" + call.arguments[0] + "'");
  co_return api_success(to_json(*revisit));
}

awaitable<HttpResponse> api_acknowledge(const Call& call) {
  return act(call, Action::Kind::acknowledge);
}
awaitable<HttpResponse> api_snooze(const Call& call) { return act(call, Action::Kind::snooze); }
awaitable<HttpResponse> api_conclude(const Call& call) { return act(call, Action::Kind::conclude); }

}  // namespace revisitd::daemon::web
