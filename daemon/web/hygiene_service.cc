#include "daemon/web/hygiene_service.h"

#include <algorithm>
#include <nlohmann/json.hpp>

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

}  // namespace

awaitable<std::vector<rules::HygieneFinding>> hygiene_of(AppView& app, std::string service) {
  const rules::DecisionState* state = find_decision(app.engine(), service);
  if (state == nullptr) co_return std::vector<rules::HygieneFinding>{};
  const std::shared_ptr<const rules::Decision> revision = state->decision;
  const std::shared_ptr<const rules::Roster> roster = app.engine().rosters().newest();
  const TimePoint asked = app.now();
  const auto kept = app.hygiene_kept().find(service);
  if (kept != app.hygiene_kept().end() && kept->second.revision == revision &&
      kept->second.roster == roster && asked >= kept->second.from && asked < kept->second.until) {
    co_return kept->second.findings;
  }
  rules::HygieneOptions options;
  options.roster_expected = !app.roster_status().source.empty();
  rules::HygieneLook look(*state, asked, options);
  for (auto needs = look.needs(*state); !needs.empty(); needs = look.needs(*state)) {
    const rules::SlotHistory history = co_await app.history(std::move(needs));
    // It may have gone or changed meanwhile.
    state = find_decision(app.engine(), service);
    if (state == nullptr || state->decision != revision)
      co_return std::vector<rules::HygieneFinding>{};
    look.see(app.engine(), *state, history);
  }
  std::vector<rules::HygieneFinding> findings = look.findings(app.engine(), *state);
  const TimePoint until = asked + kept_for(*state);
  app.hygiene_kept().insert_or_assign(service,
                                      HygieneKept{revision, roster, asked, until, findings});
  co_return findings;
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

Html hygiene_section(const rules::Decision& decision,
                     const std::vector<rules::HygieneFinding>& findings) {
  Html html;
  if (findings.empty()) return html;
  Html items;
  for (const rules::HygieneFinding& f : findings) {
    const Diagnostic place{decision.path, f.place, "", "", Severity::error};
    std::string where = format_location(place);
    while (where.ends_with(' ') || where.ends_with(':')) where.pop_back();
    items.put(R"(<li>{} <code>{}</code></li>)", f.message, where);
  }
  html.put(
      R"(<section aria-labelledby="hygiene"><h2 id="hygiene">To mend in the record</h2><ul class="mend">{}</ul></section>)",
      items);
  return html;
}

}  // namespace revisitd::daemon::web
