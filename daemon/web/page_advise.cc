#include <algorithm>
#include <array>
#include <set>

#include "daemon/web/advice.h"
#include "daemon/web/assessment_section.h"
#include "daemon/web/pages.h"

namespace revisitd::daemon::web {
namespace {

struct BudgetField {
  std::string_view signal, label, example;
};
constexpr std::array kBudgets = {
    BudgetField{"latency_p99", "Tail latency (p99)", "100ms"},
    BudgetField{"rps", "Requests a second", "2000"},
    BudgetField{"memory", "Memory", "256MiB"},
    BudgetField{"cold_start", "Cold start", "2s"},
    BudgetField{"containers_per_node", "Containers per node", "20"},
    BudgetField{"cost", "Cost", "40"},
};

// What the form sent, without the fields that were left empty.
HttpRequest asked(const HttpRequest& request) {
  HttpRequest asked = request;
  std::erase_if(asked.query, [](const auto& parameter) { return parameter.second.empty(); });
  return asked;
}

std::string value_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return "";
}

std::vector<std::string> teams_of(const rules::Engine& engine, const std::string& asked) {
  std::set<std::string> teams;
  if (!asked.empty()) teams.insert(asked);
  if (const auto roster = engine.rosters().newest()) {
    for (const auto& [name, team] : roster->teams) teams.insert(name);
  }
  for (const auto& [service, state] : engine.decisions()) {
    if (state.decision && !state.decision->team.empty()) teams.insert(state.decision->team);
  }
  return {teams.begin(), teams.end()};
}

Html text_field(std::string_view name, std::string_view label, std::string_view example,
                std::string_view value) {
  Html html;
  html.put(
      R"(<label><span>{}</span><input type="text" name="{}" value="{}" placeholder="{}"/></label>)",
      label, name, value, example);
  return html;
}

Html form(const Call& call, const HttpRequest& request) {
  const rules::Engine& engine = call.app.engine();
  const auto& workloads = rules::workloads();
  std::string languages;
  for (const auto& [name, language] : engine.options().catalogue.languages)
    languages += (languages.empty() ? "" : ",") + name;
  const std::string team = value_of(request, "team");
  Html html;
  html.put(R"(<form class="filter ask" method="get" action="{}" aria-label="The new service">)",
           call.links.to({"advise"}));
  html.add(select_field("workload", "Workload", {workloads.begin(), workloads.end()},
                        value_of(request, "workload"), "not known"));
  html.add(select_field("team", "Team", teams_of(engine, team), team, "nobody's yet"));
  html.add(text_field("languages", "Languages", languages, value_of(request, "languages")));
  for (const BudgetField& field : kBudgets) {
    html.add(text_field(field.signal, field.label, field.example, value_of(request, field.signal)));
  }
  // Budgets of other signals come by the address and stay.
  const std::set<std::string_view> own{"workload", "team", "languages", "service"};
  std::set<std::string_view> shown;
  for (const auto& [name, value] : request.query) {
    const bool fixed =
        own.contains(name) || std::any_of(kBudgets.begin(), kBudgets.end(),
                                          [&](const BudgetField& f) { return f.signal == name; });
    if (!fixed && shown.insert(name).second) html.add(text_field(name, name, "", value));
  }
  html.put(R"(<button type="submit">Advise</button></form>)");
  return html;
}

Html precedent_table(const Call& call, const Advice& advice) {
  Html html;
  html.put(R"(<section aria-labelledby="precedents"><h2 id="precedents">Precedents</h2>)");
  if (advice.precedents.empty()) {
    html.put(R"(<p class="lead">Nobody here has decided for work like this.</p></section>)");
    return html;
  }
  Html rows;
  for (const rules::Precedent& p : advice.precedents) {
    if (p.ended) {
      rows.put(R"(<tr><th scope="row">{}</th>)", p.service);
    } else {
      rows.put(R"(<tr><th scope="row"><a href="{}">{}</a></th>)",
               call.links.to({"service", p.service}), p.service);
    }
    const std::string budgets = budget_words(p.envelope);
    rows.put(R"(<td data-label="Team">{}</td><td data-label="Language">{}</td>)", p.team,
             p.language);
    rows.put(R"(<td data-label="Work">{}{}</td>)", p.workload,
             (p.workload.empty() || budgets.empty() ? "" : ", ") + budgets);
    rows.put(R"(<td data-label="Decided">{}</td><td data-label="Since">{}</td></tr>)",
             format_date(p.decided), precedent_course(p, advice.at));
  }
  html.put(R"(<p class="lead">What was chosen for work like this, the nearest first.</p>)");
  html.put(
      R"(<div class="scroll"><table class="compact"><thead><tr><th scope="col">Service</th><th scope="col">Team</th><th scope="col">Language</th><th scope="col">Work</th><th scope="col">Decided</th><th scope="col">Since</th></tr></thead><tbody>{}</tbody></table></div></section>)",
      rows);
  return html;
}

Html answer(const Call& call, const HttpRequest& request, const Advice& advice) {
  Html html;
  html.put(
      R"(<section aria-labelledby="advice"><div class="heading"><h2 id="advice">Advice</h2>{}</div>{}</section>)",
      assessment_chip(advice.assessment), assessment_body(advice.assessment));
  html.add(precedent_table(call, advice));
  html.put(R"(<p class="hint"><a href="{}">This answer as JSON</a></p>)",
           call.links.to({"api", "v1", "advise"}).with(request.query));
  return html;
}

}  // namespace

boost::asio::awaitable<HttpResponse> advise_page(const Call& call) {
  const HttpRequest request = asked(call.request);
  Page page;
  page.title = "Advise";
  page.section = "advise";
  page.body.put(
      R"(<h1>Advise</h1><p class="lead">Languages for a service that does not exist yet, weighed as the decisions in force are. What is left empty counts for nobody.</p>)");
  page.body.add(form(call, request));
  if (request.query.empty()) co_return page_response(call, page);
  auto question = read_question(request, call.app.engine(), call.app.declared_signals());
  if (!question) {
    page.body.put(R"(<p role="alert">{} {}</p>)", word_chip("bad", "not understood"),
                  question.error().message);
    co_return page_response(call, page, 400);
  }
  const Advice advice = co_await advise(call.app, *std::move(question));
  page.body.add(answer(call, request, advice));
  co_return page_response(call, page);
}

}  // namespace revisitd::daemon::web
