#include <algorithm>

#include "daemon/web/pages.h"
#include "daemon/web/problems.h"
#include "daemon/web/request_values.h"
#include "daemon/web/trail_table.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kRows = 200;

Html empty_note(std::string_view text) {
  Html html;
  html.put(R"(<p class="empty">{}</p>)", text);
  return html;
}

Html health_chip(const std::string& health) {
  return word_chip(health == "up" ? "good" : health == "down" ? "bad" : "quiet", health);
}

Html target_row(const TargetStatus& target, TimePoint now) {
  Html labels;
  for (const auto& [name, value] : target.labels)
    labels.put(R"(<span class="tag">{}={}</span> )", name, value);
  Html html;
  html.put(R"(<tr><th scope="row" class="long">{}<div class="labels">{}</div></th>)", target.url,
           labels);
  html.put(R"(<td data-label="Health">{}</td>)", health_chip(target.health));
  html.put(R"(<td data-label="Service">{}</td><td data-label="Last">{}</td>)", target.service,
           relative_time(target.last_scrape, now));
  html.put(
      R"(<td data-label="Took" class="num">{}</td><td data-label="Samples" class="num">{}</td>)",
      format_quantity(to_seconds(target.last_duration), Unit::seconds), target.samples);
  html.put(R"(<td data-label="Error" class="long">{}</td></tr>)", target.last_error);
  return html;
}

Html target_table(std::string_view job, const std::vector<TargetStatus>& targets, TimePoint now) {
  Html rows;
  std::size_t up = 0, all = 0;
  for (const TargetStatus& target : targets) {
    if (target.job != job) continue;
    ++all;
    if (target.health == "up") ++up;
    rows.add(target_row(target, now));
  }
  Html html;
  html.put(
      R"(<section><h2>{} <span class="of">{} of {} up</span></h2><div class="scroll"><table><thead><tr><th scope="col">Target</th><th scope="col">Health</th><th scope="col">Service</th><th scope="col">Last scrape</th><th scope="col" class="num">Took</th><th scope="col" class="num">Samples</th><th scope="col">Error</th></tr></thead><tbody>{}</tbody></table></div></section>)",
      job, up, all, rows);
  return html;
}

Html delivery_row(const Call& call, const storage::DeliveryRow& row) {
  using storage::DeliveryState;
  const char* kind = row.state == DeliveryState::delivered ? "good"
                     : row.state == DeliveryState::dead    ? "bad"
                                                           : "warn";
  Html html;
  html.put(
      R"(<tr><th scope="row"><code>{}</code></th><td data-label="Receiver">{}</td><td data-label="State">{}</td>)",
      row.type, row.receiver, word_chip(kind, storage::delivery_state_name(row.state)));
  if (row.service.empty()) {
    html.put(R"(<td data-label="Service" class="none">–</td>)");
  } else {
    html.put(R"(<td data-label="Service"><a href="{}">{}</a></td>)",
             call.links.to({"service", row.service}), row.service);
  }
  html.put(R"(<td data-label="Created">{}</td><td data-label="Attempts" class="num">{}</td>)",
           relative_time(row.created, call.app.now()), row.attempts);
  if (row.state == DeliveryState::pending) {
    html.put(R"(<td data-label="Next">{}</td>)", relative_time(row.next_attempt, call.app.now()));
  } else {
    html.put(R"(<td data-label="Next" class="none">–</td>)");
  }
  if (row.state == DeliveryState::dead) {
    html.put(R"(<td data-label="Last error" class="long">{} <code>{}</code></td></tr>)",
             row.last_error, row.id);
  } else {
    html.put(R"(<td data-label="Last error" class="long">{}</td></tr>)", row.last_error);
  }
  return html;
}

Html trail_form(const Call& call, const storage::TrailQuery& query) {
  Html html;
  html.put(
      R"(<form class="filter" method="get" action="{}" role="search" aria-label="Filter the trail">)",
      call.links.to({"trail"}));
  html.put(R"(<label><span>Service</span><input name="service" value="{}"/></label>)",
           query.service);
  html.put(R"(<label><span>Team</span><input name="team" value="{}"/></label>)", query.team);
  html.put(
      R"(<label><span>Type</span><input name="type" value="{}" placeholder="revisit.*"/></label>)",
      query.type);
  html.put(R"(<button type="submit">Filter</button></form>)");
  return html;
}

Html older_link(const Call& call, const storage::TrailQuery& query,
                const std::vector<storage::TrailRow>& rows) {
  Html html;
  if (rows.size() < query.limit) return html;
  // Rows of the same instant as the last one are shown again rather than lost.
  const std::string end = format_time(rows.back().at + Duration(1));
  html.put(R"(<nav class="pager" aria-label="Pages"><a rel="next" href="{}">Older →</a></nav>)",
           call.links.to({"trail"}).with({{"service", query.service},
                                          {"team", query.team},
                                          {"type", query.type},
                                          {"revisit", query.revisit},
                                          {"end", end}}));
  return html;
}

}  // namespace

awaitable<HttpResponse> trail_page(const Call& call) {
  storage::TrailQuery query;
  query.service = text_parameter(call.request, "service");
  query.team = text_parameter(call.request, "team");
  query.type = text_parameter(call.request, "type");
  query.revisit = text_parameter(call.request, "revisit");
  if (const auto end = moment_parameter(call.request, "end")) query.to = *end;
  query.limit = kRows;
  query.newest_first = true;
  const auto rows = co_await call.app.trail(query);
  Page page;
  page.title = "Trail";
  page.section = "trail";
  page.body.put("<h1>Trail</h1>").add(trail_form(call, query));
  page.body.add(rows.empty() ? empty_note("Nothing has happened that matches.")
                             : trail_table(call, rows, true));
  page.body.add(older_link(call, query, rows));
  co_return page_response(call, page);
}

HttpResponse targets_page(const Call& call) {
  const std::vector<TargetStatus> targets = call.app.targets();
  std::vector<std::string> jobs;
  for (const TargetStatus& target : targets) {
    if (std::find(jobs.begin(), jobs.end(), target.job) == jobs.end()) jobs.push_back(target.job);
  }
  Page page;
  page.title = "Targets";
  page.section = "targets";
  page.body.put("<h1>Targets</h1>");
  for (const std::string& job : jobs) page.body.add(target_table(job, targets, call.app.now()));
  if (targets.empty()) page.body.add(empty_note("No target and no server is configured."));
  return page_response(call, page);
}

awaitable<HttpResponse> deliveries_page(const Call& call) {
  storage::DeliveryQuery query;
  const std::string asked = text_parameter(call.request, "state");
  for (const auto s : {storage::DeliveryState::pending, storage::DeliveryState::dead,
                       storage::DeliveryState::delivered}) {
    if (asked == storage::delivery_state_name(s)) query.state = s;
  }
  query.limit = kRows;
  const auto deliveries = co_await call.app.deliveries(query);
  Html rows;
  for (const storage::DeliveryRow& delivery : deliveries) rows.add(delivery_row(call, delivery));
  Page page;
  page.title = "Deliveries";
  page.section = "deliveries";
  page.body.put(R"(<div class="heading"><h1>Deliveries</h1>{}</div>)",
                choice_menu(call.links.to({"deliveries"}), "state",
                            {"pending", "dead", "delivered"}, query.state ? asked : ""));
  if (rows.empty()) {
    page.body.add(empty_note("No deliveries."));
  } else {
    page.body.put(
        R"(<div class="scroll"><table><thead><tr><th scope="col">Type</th><th scope="col">Receiver</th><th scope="col">State</th><th scope="col">Service</th><th scope="col">Created</th><th scope="col" class="num">Attempts</th><th scope="col">Next</th><th scope="col">Last error</th></tr></thead><tbody>{}</tbody></table></div>)",
        rows);
  }
  const bool dead = std::any_of(deliveries.begin(), deliveries.end(), [](const auto& delivery) {
    return delivery.state == storage::DeliveryState::dead;
  });
  if (dead) {
    page.body.put(
        R"(<p class="hint">A dead letter is sent again by its id: <code>curl -X POST -H 'Content-Type: application/json' {}/api/v1/deliveries/ID/requeue</code></p>)",
        call.app.external_url());
  }
  co_return page_response(call, page);
}

}  // namespace revisitd::daemon::web
