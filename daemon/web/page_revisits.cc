#include <algorithm>

#include "daemon/web/fleet.h"
#include "daemon/web/pages.h"
#include "daemon/web/request_values.h"
#include "daemon/web/revisit_box.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;
using rules::Revisit;
using rules::RevisitState;

constexpr std::size_t kMostRows = 500;

std::string last_word(const Revisit& r) {
  if (r.conclusion) {
    return std::string(outcome_name(r.conclusion->outcome)) + " by " + r.conclusion->by + ": " +
           r.conclusion->why;
  }
  if (r.state == RevisitState::snoozed && r.snooze) {
    return "until " + format_date(r.snooze->until) + ", " + r.snooze->by + ": " + r.snooze->why;
  }
  if (r.acknowledgement) return "acknowledged by " + r.acknowledgement->by;
  return "";
}

Html row(const Call& call, const Revisit& r) {
  Html triggers;
  for (const rules::TriggerEvidence& e : r.triggers) {
    const auto share = e.counts.share();
    triggers.put(R"(<li>{}<span class="name">{}</span><span class="num">{}</span></li>)",
                 verdict_chip(e.verdict), e.name,
                 share ? format_share(*share) + " of " + format_duration(e.window) : std::string());
  }
  Html html;
  html.put(R"(<tr><th scope="row"><a href="{}">{}</a><span class="title">{}</span></th>)",
           call.links.to({"revisit", r.id}), r.service, r.title);
  html.put(R"(<td data-label="State">{}</td><td data-label="Since">{}</td>)", revisit_chip(r.state),
           relative_time(r.since, call.app.now()));
  html.put(R"(<td data-label="Team">{}</td><td data-label="Language">{}</td>)", r.team,
           r.favours.empty() ? r.language : r.language + " → " + r.favours);
  html.put(
      R"(<td class="wide"><ul class="triggers short">{}</ul></td><td data-label="Last word">{}</td></tr>)",
      triggers, last_word(r));
  return html;
}

}  // namespace

awaitable<HttpResponse> revisits_page(const Call& call) {
  const std::string asked = text_parameter(call.request, "state");
  const std::string state = rules::parse_revisit_state(asked) ? asked : "";
  const std::vector<Revisit> revisits = co_await call.app.revisits(state);
  Page page;
  page.title = "Revisits";
  page.section = "revisits";
  page.body.put(
      R"(<div class="heading"><h1>Revisits</h1>{}</div>)",
      choice_menu(call.links.to({"revisits"}), "state",
                  {"open", "acknowledged", "snoozed", "subsided", "concluded", "withdrawn"},
                  state));
  Html rows;
  for (std::size_t i = 0; i < std::min(revisits.size(), kMostRows); ++i)
    rows.add(row(call, revisits[i]));
  if (rows.empty()) {
    page.body.put(R"(<p class="empty">No revisits{}.</p>)", state.empty() ? "" : " in this state");
  } else {
    page.body.put(
        R"(<div class="scroll"><table><thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">Team</th><th scope="col">Language</th><th scope="col">Triggers</th><th scope="col">Last word</th></tr></thead><tbody>{}</tbody></table></div>)",
        rows);
  }
  if (revisits.size() > kMostRows) {
    page.body.put(R"(<p class="hint">The newest {} of {}; the API has all.</p>)", kMostRows,
                  revisits.size());
  }
  co_return page_response(call, page);
}

awaitable<HttpResponse> revisit_page(const Call& call) {
  const std::string id = call.arguments[0];
  const std::vector<Revisit> revisits = co_await call.app.revisits("");
  const auto found =
      std::find_if(revisits.begin(), revisits.end(), [&](const Revisit& r) { return r.id == id; });
  if (found == revisits.end()) {
    co_return error_page(call, 404, "There is no revisit \u201C" + id + "\u201D.");
  }
  Page page;
  page.title = found->id;
  page.section = "revisits";
  page.body.put(
      R"(<p class="crumb"><a href="{}">Revisits</a></p><h1><a href="{}">{}</a></h1><p class="lead">{}</p>)",
      call.links.to({"revisits"}), call.links.to({"service", found->service}), found->service,
      found->title);
  page.body.add(
      revisit_box(*found, call.links.to({"service", found->service, "draft"}), call.app.now()));
  co_return page_response(call, page);
}

}  // namespace revisitd::daemon::web
