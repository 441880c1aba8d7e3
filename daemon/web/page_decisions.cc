#include <algorithm>
#include <set>

#include "daemon/web/assessment_section.h"
#include "daemon/web/backfill_view.h"
#include "daemon/web/fleet.h"
#include "daemon/web/pages.h"
#include "daemon/web/problems.h"
#include "daemon/web/request_values.h"
#include "rules/assessor.h"

namespace revisitd::daemon::web {
namespace {

using rules::DecisionState;
using rules::Verdict;

constexpr std::size_t kRowsPerPage = 200;

struct View {
  FleetFilter filter;
  std::size_t page = 1;
};

View read_view(const HttpRequest& request) {
  View view;
  view.filter.team = text_parameter(request, "team");
  view.filter.language = text_parameter(request, "language");
  view.filter.text = text_parameter(request, "q");
  view.filter.verdict = rules::parse_verdict(text_parameter(request, "verdict"));
  const auto page = count_parameter(request, "page", 1, 1'000'000);
  view.page = page ? *page : 1;
  return view;
}

Parameters parameters_of(const FleetFilter& filter) {
  return {{"team", filter.team},
          {"language", filter.language},
          {"verdict", filter.verdict ? std::string(verdict_name(*filter.verdict)) : ""},
          {"q", filter.text}};
}

Html figures(const Call& call, const FleetCounts& counts) {
  Html html;
  html.put(R"(<ul class="figures"><li><a href="{}"><b>{}</b> decisions</a></li>)",
           call.links.to({}), counts.decisions);
  html.put(R"(<li><a href="{}"><b>{}</b> unfinished revisits</a></li>)",
           call.links.to({"revisits"}), counts.unfinished());
  for (const Verdict verdict :
       {Verdict::tripped, Verdict::blind, Verdict::unproven, Verdict::clear}) {
    html.put(R"(<li><a href="{}"><b>{}</b> {}</a></li>)",
             call.links.to({}).with({{"verdict", std::string(verdict_name(verdict))}}),
             counts.triggers[static_cast<std::size_t>(verdict)], verdict_chip(verdict));
  }
  html.put("</ul>");
  return html;
}

Html filter_form(const Call& call, const FleetFilter& filter) {
  std::set<std::string> teams, languages;
  for (const auto& [service, state] : call.app.engine().decisions()) {
    if (!state.decision) continue;
    teams.insert(state.decision->team);
    languages.insert(state.decision->language);
  }
  Html html;
  html.put(
      R"(<form class="filter" method="get" action="{}" role="search" aria-label="Filter decisions">)",
      call.links.to({}));
  html.put(
      R"(<label><span>Search</span><input type="search" name="q" value="{}" placeholder="service or title"/></label>)",
      filter.text);
  html.add(select_field("team", "Team", {teams.begin(), teams.end()}, filter.team));
  html.add(
      select_field("language", "Language", {languages.begin(), languages.end()}, filter.language));
  html.add(select_field("verdict", "Verdict", {"tripped", "blind", "unproven", "clear"},
                        filter.verdict ? verdict_name(*filter.verdict) : ""));
  html.put(R"(<button type="submit">Filter</button></form>)");
  return html;
}

Html trigger_line(const rules::Trigger& trigger, const rules::TriggerState& standing) {
  const rules::SlotCounts& counts = standing.ledger.counts();
  const auto share = counts.share();
  Html html;
  html.put(R"(<li>{}<span class="name">{}</span>{}<span class="num">{}</span>)",
           verdict_chip(standing.verdict), trigger.name,
           share_bar(share, trigger.clear, trigger.trip),
           share ? format_share(*share) : std::string("–"));
  html.put(R"(<span class="of">of {}</span><span class="cover" title="covered, of {} needed">)"
           R"({}<span class="of"> seen</span></span></li>)",
           format_share(trigger.trip), format_share(trigger.coverage),
           format_share(counts.coverage()));
  return html;
}

Html row(const Call& call, const rules::Assessor& assessor, const DecisionState& state) {
  const rules::Decision& d = *state.decision;
  const TimePoint now = call.app.now();
  Html triggers;
  for (const rules::Trigger& trigger : d.triggers) {
    const auto standing = state.triggers.find(trigger.name);
    if (standing != state.triggers.end()) triggers.add(trigger_line(trigger, standing->second));
  }
  Html html;
  html.put(R"(<tr><th scope="row"><a href="{}">{}</a><span class="title">{}</span></th>)",
           call.links.to({"service", d.service}), d.service, d.title);
  html.put(R"(<td data-label="Team">{}</td><td data-label="Language">{}</td>)", d.team, d.language);
  if (triggers.empty()) {
    html.put(R"(<td data-label="Triggers" class="none">no triggers</td>)");
  } else {
    html.put(R"(<td class="wide"><ul class="triggers">{}</ul></td>)", triggers);
  }
  html.put(R"(<td data-label="Rerun">{}</td>)", assessment_chip(assessor.assess(state)));
  if (state.revisit) {
    html.put(R"(<td data-label="Revisit">{} <span class="since">{}</span></td>)",
             revisit_chip(state.revisit->state), relative_time(state.revisit->since, now));
  } else {
    html.put(R"(<td data-label="Revisit" class="none">–</td>)");
  }
  const auto review = d.review_date();
  if (!review) {
    html.put(R"(<td data-label="Review" class="none">–</td></tr>)");
  } else if (*review <= now) {
    html.put(R"(<td data-label="Review"><span class="due">{} due</span></td></tr>)",
             format_date(*review));
  } else {
    html.put(R"(<td data-label="Review">{}</td></tr>)", format_date(*review));
  }
  return html;
}

Html pager(const Call& call, const View& view, std::size_t pages) {
  Html html;
  if (pages <= 1) return html;
  const auto address = [&](std::size_t page) {
    Parameters parameters = parameters_of(view.filter);
    parameters.emplace_back("page", std::to_string(page));
    return call.links.to({}).with(parameters);
  };
  html.put(R"(<nav class="pager" aria-label="Pages">)");
  if (view.page > 1) html.put(R"(<a rel="prev" href="{}">← Previous</a>)", address(view.page - 1));
  html.put("<span>Page {} of {}</span>", view.page, pages);
  if (view.page < pages) html.put(R"(<a rel="next" href="{}">Next →</a>)", address(view.page + 1));
  html.put("</nav>");
  return html;
}

Html table(const Call& call, const std::vector<const DecisionState*>& rows, std::size_t first) {
  Html body;
  const rules::Assessor assessor(call.app.engine(), call.app.now());
  for (std::size_t i = first; i < std::min(rows.size(), first + kRowsPerPage); ++i) {
    body.add(row(call, assessor, *rows[i]));
  }
  Html html;
  html.put(
      R"(<div class="scroll"><table class="decisions"><thead><tr><th scope="col">Service</th>)"
      R"(<th scope="col">Team</th><th scope="col">Language</th><th scope="col">Triggers</th>)"
      R"(<th scope="col">Rerun</th><th scope="col">Revisit</th><th scope="col">Review</th></tr></thead>)"
      R"(<tbody>{}</tbody></table></div>)",
      body);
  return html;
}

void add_rows(Html& body, const Call& call, View& view, bool any) {
  const std::vector<const DecisionState*> rows = select(call.app.engine(), view.filter);
  if (rows.empty()) {
    body.put(
        R"(<p class="empty">{}</p>)",
        any ? "No decision matches the filter."
            : "No decision is watched yet. Add a record with a `yaml revisit` block to the files "
              "that `records:` names.");
    return;
  }
  const std::size_t pages = (rows.size() + kRowsPerPage - 1) / kRowsPerPage;
  view.page = std::min(view.page, pages);
  body.add(table(call, rows, (view.page - 1) * kRowsPerPage));
  body.add(pager(call, view, pages));
}

}  // namespace

boost::asio::awaitable<HttpResponse> decisions_page(const Call& call) {
  const storage::StoreStats store = co_await call.app.store_stats();
  View view = read_view(call.request);
  const FleetCounts counts = count_fleet(call.app.engine());
  Page page;
  page.title = "Decisions";
  page.section = "decisions";
  page.body.put("<h1>Decisions</h1>");
  page.body.add(figures(call, counts));
  page.body.add(backfill_summary(call.app.backfill()));
  page.body.add(problems_panel(call, store));
  page.body.add(filter_form(call, view.filter));
  add_rows(page.body, call, view, counts.decisions > 0);
  co_return page_response(call, page);
}

}  // namespace revisitd::daemon::web
