#include <nlohmann/json.hpp>

#include "daemon/web/advice.h"
#include "daemon/web/api.h"
#include "daemon/web/draft_service.h"
#include "daemon/web/fleet.h"
#include "daemon/web/request_values.h"
#include "rules/assessment_json.h"
#include "rules/assessor.h"
#include "rules/precedents_json.h"

// What now: decisions rerun, drafts of new ones, advice for services to come.
namespace revisitd::daemon::web {
namespace {

HttpResponse unknown_service(const std::string& service) {
  return api_error(ApiError::not_found, "no decision is in force for service '" + service + "'");
}

bool wants_markdown(const HttpRequest& request) {
  const std::string format = text_parameter(request, "format");
  if (!format.empty()) return format == "markdown";
  return request.header("accept").find("text/markdown") != std::string_view::npos;
}

Json question_json(const AdviceQuestion& question) {
  Json envelope = Json::object();
  for (const auto& [signal, budget] : question.candidate.envelope) {
    envelope[signal] = {{"budget", budget.value}, {"unit", unit_name(budget.unit)}};
  }
  return {{"workload", question.candidate.workload},
          {"team", question.team},
          {"languages", question.candidate.alternatives},
          {"envelope", std::move(envelope)}};
}

}  // namespace

HttpResponse api_assessment(const Call& call) {
  const std::string& service = call.arguments[0];
  const rules::DecisionState* state = find_decision(call.app.engine(), service);
  if (state == nullptr) return unknown_service(service);
  const rules::Assessor assessor(call.app.engine(), call.app.now());
  return api_success(to_json(assessor.assess(*state)));
}

HttpResponse api_draft(const Call& call) {
  const std::string& service = call.arguments[0];
  const auto draft = draft_for(call.app, service);
  if (!draft) return unknown_service(service);
  if (!wants_markdown(call.request)) {
    return api_success({{"service", service},
                        {"file", draft->file},
                        {"language", draft->language},
                        {"markdown", draft->markdown}});
  }
  HttpResponse response;
  response.content_type = "text/markdown; charset=utf-8";
  response.body = draft->markdown;
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Content-Disposition", "inline; filename=\"" + draft->file + "\"");
  return response;
}

boost::asio::awaitable<HttpResponse> api_advise(const Call& call) {
  auto question = read_question(call.request, call.app.engine(), call.app.declared_signals());
  if (!question) co_return api_error(ApiError::bad_data, question.error().message);
  const Advice advice = co_await advise(call.app, *std::move(question));
  Json data = question_json(advice.question);
  data["assessment"] = to_json(advice.assessment);
  data["precedents"] = Json::array();
  for (const rules::Precedent& p : advice.precedents) {
    data["precedents"].push_back(to_json(p, advice.at));
  }
  data["text"] = advice_text(advice);
  co_return api_success(data);
}

}  // namespace revisitd::daemon::web
