#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "daemon/app_view.h"
#include "daemon/http_server.h"
#include "rules/assessment.h"
#include "rules/precedents.h"
#include "rules/result.h"

namespace revisitd::daemon::web {

// What is asked about a service that does not exist yet.
struct AdviceQuestion {
  rules::Candidate candidate;  // `chosen` is empty; alternatives are the languages to compare
  std::string team;            // "" = nobody's
};
struct Advice {
  AdviceQuestion question;
  rules::Assessment assessment;
  std::vector<rules::Precedent> precedents;
  TimePoint at{};
};

// `workload`, `team`, `service`, `languages` (comma-separated, those of the catalogue by default);
// every other parameter is a budget: latency_p99=100ms. Errors name the parameter.
Result<AdviceQuestion> read_question(const HttpRequest& request, const rules::Engine& engine,
                                     const rules::SignalTable& declared);
boost::asio::awaitable<Advice> advise(AppView& app, AdviceQuestion question);

// "in force for 190d" or "held 90d, then changed to go after tail-latency tripped; reaffirmed
// once".
std::string precedent_course(const rules::Precedent& precedent, TimePoint at);
// "latency_p99 100ms, memory 256MiB"; "" without budgets.
std::string budget_words(const std::map<std::string, Quantity>& envelope);
// For people: the lean and why, then the precedents; no line break at the end.
std::string advice_text(const Advice& advice);

}  // namespace revisitd::daemon::web
