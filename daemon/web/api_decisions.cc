#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/backfill_view.h"
#include "daemon/web/decision_json.h"
#include "daemon/web/fleet.h"
#include "daemon/web/hygiene_service.h"
#include "daemon/web/request_values.h"
#include "daemon/web/runtime_view.h"
#include "rules/measured.h"

namespace revisitd::daemon::web {

HttpResponse api_decisions(const Call& call) {
  FleetFilter filter{text_parameter(call.request, "team"), text_parameter(call.request, "language"),
                     text_parameter(call.request, "q"), std::nullopt};
  if (const std::string verdict = text_parameter(call.request, "verdict"); !verdict.empty()) {
    filter.verdict = rules::parse_verdict(verdict);
    if (!filter.verdict) {
      return api_error(ApiError::bad_data, "`verdict`: expected clear, tripped, unproven or blind");
    }
  }
  Json data = Json::array();
  const BackfillStatus backfill = call.app.backfill();
  const rules::Assessor assessor(call.app.engine(), call.app.now());
  const RuntimeFacts facts = call.app.runtime_facts();
  for (const rules::DecisionState* state : select(call.app.engine(), filter)) {
    data.push_back(decision_json(call.app.engine(), *state, assessor));
    add_backfill(data.back(), backfill);
    add_runtime(data.back(), facts);
  }
  return api_success(data);
}

boost::asio::awaitable<HttpResponse> api_decision(const Call& call) {
  const std::string service = call.arguments[0];
  const rules::HygieneReport hygiene = co_await hygiene_of(call.app, service);
  const rules::Engine& engine = call.app.engine();
  const rules::DecisionState* state = find_decision(engine, service);
  if (state == nullptr) {
    co_return api_error(ApiError::not_found,
                        "no decision is in force for service '" + service + "'");
  }
  Json data = decision_json(engine, *state, rules::Assessor(engine, call.app.now()));
  add_backfill(data, call.app.backfill());
  add_runtime(data, call.app.runtime_facts());
  for (Json& trigger : data["triggers"]) {
    const auto name = trigger["name"].get<std::string>();
    if (state->triggers.contains(name)) {
      trigger["reading"] =
          rules::describe(engine.read(service, name, rules::Engine::Values::newest_slot));
    }
  }
  data["hygiene"] = hygiene_json(*state->decision, hygiene.findings);
  data["hygiene_reach"] = hygiene_reach_json(hygiene);
  data["hygiene_past"] = hygiene_past_json(call.app.long_past(service));
  co_return api_success(data);
}

}  // namespace revisitd::daemon::web
