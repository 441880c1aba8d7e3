#include "daemon/web/hygiene_service.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/web/fleet.h"

namespace revisitd::daemon::web {

using boost::asio::awaitable;
using Json = nlohmann::ordered_json;

namespace {

// Ten of the shortest slots say nothing new of half a year.
constexpr int kKeptSlots = 10;
constexpr Duration kKeptAtMost = std::chrono::minutes(10);

Duration kept_for(const rules::DecisionState& state) {
  Duration time = kKeptAtMost;
  for (const auto& [name, trigger] : state.triggers)
    time = std::min(time, trigger.length * kKeptSlots);
  return time;
}

// "Looked at of the last 180 days: tail-latency 43d since 2026-10-14; …", so that silence is not
// taken for half a year without a fault.
std::string reach_text(const rules::HygieneReport& report) {
  constexpr Duration kDay = std::chrono::hours(24);
  std::string text = "Looked at of the last " +
                     std::to_string(rules::HygieneOptions{}.look_back / kDay) + " days: ";
  bool first = true;
  for (const rules::HygieneReach& r : report.reach) {
    text += std::exchange(first, false) ? "" : "; ";
    text += r.trigger + " ";
    if (!r.since) {
      text += "nothing, its signals had no value";
    } else {
      const Duration covered = r.covered >= kDay ? r.covered / kDay * kDay : r.covered;
      text += format_duration(covered) + " that could be judged, since " + format_date(*r.since);
    }
  }
  return text + ".";
}

// What of it may still come.
std::string past_text(const std::optional<PastStanding>& past) {
  if (!past || past->asked >= 1) return "";
  const int percent = static_cast<int>(std::floor(past->asked * 100));
  std::string text = " Servers were asked for " + std::to_string(percent) + " % of it so far";
  if (!past->problem.empty()) text += "; it does not go on: " + past->problem;
  return text + ".";
}

}  // namespace

awaitable<rules::HygieneReport> hygiene_of(AppView& app, std::string service) {
  const rules::DecisionState* state = find_decision(app.engine(), service);
  if (state == nullptr) co_return rules::HygieneReport{};
  const std::shared_ptr<const rules::Decision> revision = state->decision;
  const std::shared_ptr<const rules::Roster> roster = app.engine().rosters().newest();
  const TimePoint asked = app.now();
  const auto kept = app.hygiene_kept().find(service);
  if (kept != app.hygiene_kept().end() && kept->second.revision == revision &&
      kept->second.roster == roster && asked >= kept->second.from && asked < kept->second.until) {
    co_return kept->second.report;
  }
  rules::HygieneOptions options;
  options.roster_expected = !app.roster_status().source.empty();
  rules::HygieneLook look(*state, asked, options);
  for (auto needs = look.needs(*state); !needs.empty(); needs = look.needs(*state)) {
    const rules::SlotHistory history = co_await app.history(std::move(needs));
    // It may have gone or changed meanwhile.
    state = find_decision(app.engine(), service);
    if (state == nullptr || state->decision != revision) co_return rules::HygieneReport{};
    look.see(app.engine(), *state, history);
  }
  rules::HygieneReport report = look.report(app.engine(), *state);
  const TimePoint until = asked + kept_for(*state);
  app.hygiene_kept().insert_or_assign(service, HygieneKept{revision, roster, asked, until, report});
  co_return report;
}

Json hygiene_json(const rules::Decision& decision,
                  const std::vector<rules::HygieneFinding>& findings) {
  Json list = Json::array();
  for (const rules::HygieneFinding& f : findings) {
    Json json{{"kind", hygiene_name(f.kind)}};
    if (!f.trigger.empty()) json["trigger"] = f.trigger;
    if (!f.signal.empty()) json["signal"] = f.signal;
    json.update({{"message", f.message},
                 {"file", decision.path},
                 {"line", f.place.line},
                 {"column", f.place.column}});
    list.push_back(std::move(json));
  }
  return list;
}

Json hygiene_reach_json(const rules::HygieneReport& report) {
  Json list = Json::array();
  for (const rules::HygieneReach& r : report.reach) {
    list.push_back({{"trigger", r.trigger},
                    {"since", r.since ? Json(format_time(*r.since)) : Json()},
                    {"covered", format_duration(r.covered)}});
  }
  return list;
}

Json hygiene_past_json(const std::optional<PastStanding>& past) {
  if (!past) return nullptr;
  Json json{{"asked", past->asked}};
  if (!past->problem.empty()) json["problem"] = past->problem;
  return json;
}

Html hygiene_section(const rules::Decision& decision, const rules::HygieneReport& report,
                     const std::optional<PastStanding>& past) {
  Html html;
  if (report.findings.empty() && report.reach.empty()) return html;
  Html body;
  if (report.findings.empty()) body.put(R"(<p class="lead">A look at its past finds nothing.</p>)");
  Html items;
  for (const rules::HygieneFinding& f : report.findings) {
    const Diagnostic place{decision.path, f.place, "", "", Severity::error};
    std::string where = format_location(place);
    while (where.ends_with(' ') || where.ends_with(':')) where.pop_back();
    items.put(R"(<li>{} <code>{}</code></li>)", f.message, where);
  }
  if (!items.empty()) body.put(R"(<ul class="mend">{}</ul>)", items);
  if (!report.reach.empty())
    body.put(R"(<p class="hint">{}{}</p>)", reach_text(report), past_text(past));
  html.put(
      R"(<section aria-labelledby="hygiene"><h2 id="hygiene">To mend in the record</h2>{}</section>)",
      body);
  return html;
}

}  // namespace revisitd::daemon::web
