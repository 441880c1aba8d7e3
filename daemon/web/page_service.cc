#include "daemon/web/assessment_section.h"
#include "daemon/web/backfill_view.h"
#include "daemon/web/explain_section.h"
#include "daemon/web/explain_service.h"
#include "daemon/web/fleet.h"
#include "daemon/web/hygiene_service.h"
#include "daemon/web/pages.h"
#include "daemon/web/request_values.h"
#include "daemon/web/revisit_box.h"
#include "daemon/web/runtime_view.h"
#include "daemon/web/signal_plot.h"
#include "daemon/web/trail_table.h"
#include "daemon/web/trigger_card.h"
#include "rules/assessor.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;
using rules::Decision;
using rules::DecisionState;

constexpr std::size_t kTrailRows = 50;
constexpr int kWidePlot = 620, kNarrowPlot = 340;

void add_fact(Html& list, std::string_view name, std::string_view value) {
  if (!value.empty()) list.put("<div><dt>{}</dt><dd>{}</dd></div>", name, value);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Html heading(const Call& call, const DecisionState& state) {
  const Decision& d = *state.decision;
  Html facts;
  add_fact(facts, "Team", d.team);
  add_fact(facts, "Language", d.runtime.empty() ? d.language : d.language + " " + d.runtime);
  add_fact(facts, "Alternatives", joined(d.alternatives));
  add_fact(facts, "Workload", d.workload);
  add_fact(facts, "Decided", format_date(d.date));
  const auto review = d.review_date();
  if (review) {
    add_fact(facts, "Review", format_date(*review) + (*review <= call.app.now() ? " (due)" : ""));
  }
  if (d.tenure > Duration{} && d.date + d.tenure > call.app.now()) {
    add_fact(facts, "Tenure until", format_date(d.date + d.tenure));
  }
  add_fact(facts, "Record", d.path);
  Html html;
  html.put(
      R"(<p class="crumb"><a href="{}">Decisions</a></p><div class="heading"><h1>{}</h1>{}</div>)",
      call.links.to({}), d.service, verdict_chip(worst_verdict(state)));
  html.put(R"(<p class="lead">{}</p><dl class="facts">{}</dl>)", d.title, facts);
  return html;
}

Html superseded_note(const Decision& decision) {
  Html html;
  if (decision.superseded_by.empty()) return html;
  if (const auto address = Address::external(decision.superseded_by)) {
    html.put(R"(<p class="lead">Superseded by <a rel="noreferrer" href="{}">{}</a>.</p>)", *address,
             decision.superseded_by);
  } else {
    html.put(R"(<p class="lead">Superseded by {}.</p>)", decision.superseded_by);
  }
  return html;
}

Html envelope_table(const Call& call, const DecisionState& state) {
  Html rows;
  for (const auto& [signal, budget] : state.decision->envelope) {
    Duration length{};
    const rules::LastValue* last = newest_value(state, signal, &length);
    rows.put(
        R"(<tr><th scope="row"><code>{}</code></th><td data-label="Budget" class="num">{}</td>)",
        signal, format_quantity(budget.value, budget.unit));
    if (last == nullptr) {
      rows.put(R"(<td data-label="Newest" class="none">no value</td><td class="none">–</td></tr>)");
      continue;
    }
    if (!is_of_newest_slot(call.app.engine(), *last, length)) {
      rows.put(R"(<td data-label="Newest" class="none">{}, {}</td><td class="none">–</td></tr>)",
               value_text(last->value, budget.unit),
               relative_time(slot_start(last->index + 1, length), call.app.now()));
      continue;
    }
    rows.put(
        R"(<td data-label="Newest" class="num">{}</td><td data-label="Of budget" class="num">{}</td></tr>)",
        value_text(last->value, budget.unit),
        budget.value > 0 ? format_quantity(last->value.value / budget.value, Unit::ratio)
                         : std::string("–"));
  }
  Html html;
  if (rows.empty()) return html;
  html.put(
      R"(<section aria-labelledby="envelope"><h2 id="envelope">Envelope</h2><table class="compact"><thead><tr><th scope="col">Signal</th><th scope="col" class="num">Budget</th><th scope="col" class="num">Newest</th><th scope="col" class="num">Of budget</th></tr></thead><tbody>{}</tbody></table></section>)",
      rows);
  return html;
}

Html trigger_cards(const Call& call, const DecisionState& state) {
  Html cards;
  for (const int wanted : {3, 2, 1, 0}) {
    for (const rules::Trigger& trigger : state.decision->triggers) {
      const auto standing = state.triggers.find(trigger.name);
      if (standing == state.triggers.end() || severity(standing->second.verdict) != wanted)
        continue;
      cards.add(trigger_card(call.app.engine(), state, trigger, call.app.now()));
    }
  }
  Html html;
  html.put(R"(<section aria-labelledby="triggers"><h2 id="triggers">Triggers</h2>)");
  html.add(backfill_lines(call.app.backfill(), state.service));
  if (cards.empty()) {
    html.put(R"(<p class="empty">The record names no triggers.</p></section>)");
  } else {
    html.put(R"(<div class="cards">{}</div></section>)", cards);
  }
  return html;
}

Html range_menu(const Call& call, const std::string& service, std::optional<Duration> chosen) {
  const auto entry = [&](const std::string& range, const std::string& word, bool current) {
    Html html;
    const Address address =
        call.links.to({"service", service}).with({{"range", range}}).at("signals");
    if (current) {
      html.put(R"(<li><a href="{}" aria-current="true">{}</a></li>)", address, word);
    } else {
      html.put(R"(<li><a href="{}">{}</a></li>)", address, word);
    }
    return html;
  };
  Html items;
  items.add(entry("", "window", !chosen));
  for (const char* range : {"6h", "24h", "7d", "30d"}) {
    items.add(entry(range, range, chosen && *chosen == *parse_duration(range)));
  }
  Html html;
  html.put(R"(<ul class="ranges" aria-label="Range of the plots">{}</ul>)", items);
  return html;
}

// The same drawing for wide and for narrow screens; the style shows one of them.
Html plot_figure(Plot plot, std::size_t number) {
  plot.width = kWidePlot;
  plot.height = 220;
  plot.id = "plot-" + std::to_string(number);
  const Html wide = draw_plot(plot);
  plot.width = kNarrowPlot;
  plot.height = 210;
  plot.id += "-narrow";
  Html html;
  html.put(R"(<figure class="signal"><figcaption><code>{}</code>)", plot.title);
  if (!plot.values.empty()) {
    html.put(R"(<b class="num">{}</b>)", value_text(plot.values.back().value, plot.unit));
  }
  html.put(R"(</figcaption><div class="at-wide">{}</div><div class="at-narrow">{}</div></figure>)",
           wide, draw_plot(plot));
  return html;
}

awaitable<Html> plots_section(const Call& call, std::string service,
                              std::vector<std::string> signals) {
  std::optional<Duration> range;
  if (const auto asked = span_parameter(call.request, "range")) range = *asked;
  Html figures;
  std::size_t number = 0;
  for (const std::string& signal : signals) {
    auto plot = co_await signal_plot(call.app, service, signal, range);
    if (plot) figures.add(plot_figure(*std::move(plot), ++number));
  }
  Html html;
  if (figures.empty()) co_return html;
  html.put(
      R"(<section aria-labelledby="signals"><div class="heading"><h2 id="signals">Signals</h2>{}</div>)"
      R"(<div class="plots">{}</div></section>)",
      range_menu(call, service, range), figures);
  co_return html;
}

HttpResponse unknown_service(const Call& call, const std::string& service) {
  return error_page(call, 404, "No decision is in force for service \u201C" + service + "\u201D.");
}

}  // namespace

awaitable<HttpResponse> service_page(const Call& call) {
  const std::string service = call.arguments[0];
  const DecisionState* state = find_decision(call.app.engine(), service);
  if (state == nullptr) co_return unknown_service(call, service);
  const Html plots = co_await plots_section(call, service, plotted_signals(*state));
  storage::TrailQuery query;
  query.service = service;
  query.newest_first = true;
  query.limit = kTrailRows;
  const auto trail = co_await call.app.trail(query);
  const auto explanations = co_await explain_service(call.app, service, "");
  const rules::HygieneReport hygiene = co_await hygiene_of(call.app, service);
  // Everything else read from the engine is read at once, after the last wait.
  state = find_decision(call.app.engine(), service);
  if (state == nullptr) co_return unknown_service(call, service);

  Page page;
  page.title = service;
  page.section = "decisions";
  page.body.add(heading(call, *state))
      .add(superseded_note(*state->decision))
      .add(runtime_line(call.app.runtime_facts(), *state->decision, call.app.now()));
  if (state->revisit)
    page.body.add(
        revisit_box(*state->revisit, call.links.to({"service", service, "draft"}), call.app.now()));
  page.body.add(trigger_cards(call, *state))
      .add(assessment_section(rules::Assessor(call.app.engine(), call.app.now()).assess(*state)))
      .add(explain_section(explanations))
      .add(hygiene_section(*state->decision, hygiene, call.app.long_past(state->service)))
      .add(plots)
      .add(envelope_table(call, *state));
  if (!trail.empty()) {
    page.body.put(R"(<section aria-labelledby="trail"><h2 id="trail">Trail</h2>{}</section>)",
                  trail_table(call, trail, false));
  }
  co_return page_response(call, page);
}

}  // namespace revisitd::daemon::web
