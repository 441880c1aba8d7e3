#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/team_view.h"

namespace revisitd::daemon::web {
namespace {

Json use_json(const std::map<std::string, LanguageUse>& languages, std::size_t all) {
  Json json = Json::object();
  for (const auto& [language, use] : languages) {
    json[language] = {{"services", use.services},
                      {"share", all > 0 ? Json(static_cast<double>(use.services.size()) /
                                               static_cast<double>(all))
                                        : Json(nullptr)},
                      {"drifted", use.drifted},
                      {"versions", use.versions}};
  }
  return json;
}

Json shipped_json(const TeamView& team) {
  Json json = Json::object();
  for (const auto& [language, n] : team.shipped) json[language] = n ? Json(*n) : Json(nullptr);
  return json;
}

Json team_json(const TeamView& team) {
  std::size_t services = 0;
  for (const auto& [language, use] : team.languages) services += use.services.size();
  Json json{{"team", team.team},
            {"services", services},
            {"members", team.members ? Json(*team.members) : Json(nullptr)},
            {"languages", use_json(team.languages, services)},
            {"fluent", team.fluent},
            {"shipped", shipped_json(team)},
            {"single_person", team.single_person},
            {"nobody", team.nobody},
            {"changes", Json::array()}};
  for (const TeamView::Change& c : team.changes) {
    json["changes"].push_back({{"service", c.service},
                               {"from", c.from},
                               {"to", c.to},
                               {"runtimes_before", c.runtimes_before},
                               {"runtimes_after", c.runtimes_after}});
  }
  return json;
}

}  // namespace

HttpResponse api_teams(const Call& call) {
  const FleetView view = view_fleet(call.app.engine(), call.app.runtime_facts(), call.app.now());
  Json data{{"services", view.services},
            {"languages", use_json(view.languages, view.services)},
            {"teams", Json::array()},
            {"contradictions", Json::array()}};
  for (const TeamView& team : view.teams) data["teams"].push_back(team_json(team));
  for (const Contradiction& c : view.contradictions) {
    data["contradictions"].push_back(
        {{"team", c.team}, {"workload", c.workload}, {"services", c.services}});
  }
  return api_success(data);
}

}  // namespace revisitd::daemon::web
