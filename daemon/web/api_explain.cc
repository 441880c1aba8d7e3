#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/explain_service.h"
#include "daemon/web/fleet.h"
#include "daemon/web/request_values.h"
#include "rules/explain_json.h"

namespace revisitd::daemon::web {

boost::asio::awaitable<HttpResponse> api_explain(const Call& call) {
  const std::string service = call.arguments[0];
  const std::string trigger = text_parameter(call.request, "trigger");
  const rules::DecisionState* state = find_decision(call.app.engine(), service);
  if (state == nullptr) {
    co_return api_error(ApiError::not_found,
                        "no decision is in force for service '" + service + "'");
  }
  if (!trigger.empty() && find_trigger(*state->decision, trigger) == nullptr) {
    co_return api_error(ApiError::not_found,
                        "the decision of '" + service + "' has no trigger '" + trigger + "'");
  }
  Json data = Json::array();
  for (const rules::Explanation& explanation :
       co_await explain_service(call.app, service, trigger)) {
    data.push_back(to_json(explanation));
  }
  co_return api_success(data);
}

}  // namespace revisitd::daemon::web
