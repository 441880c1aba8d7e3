#include "daemon/web/pages.h"
#include "daemon/web/team_view.h"

namespace revisitd::daemon::web {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string ordinal(std::size_t n) {
  static const std::vector<std::string> kWords{"first", "second", "third", "fourth", "fifth"};
  return n >= 1 && n <= kWords.size() ? kWords[n - 1] : std::to_string(n) + "th";
}

std::string versions_of(const LanguageUse& use) {
  std::string text;
  for (const auto& [version, services] : use.versions) {
    if (version.empty()) continue;
    text += (text.empty() ? "" : ", ") + version + " (" + std::to_string(services.size()) + ")";
  }
  return text;
}

Html fleet_table(const FleetView& view) {
  Html rows;
  for (const auto& [language, use] : view.languages) {
    rows.put(R"(<tr><th scope="row">{}</th><td data-label="Services" class="num">{}</td>)",
             language, use.services.size());
    rows.put(R"(<td data-label="Share" class="num">{}</td><td data-label="Versions">{}</td></tr>)",
             format_quantity(
                 static_cast<double>(use.services.size()) / static_cast<double>(view.services),
                 Unit::ratio),
             versions_of(use));
  }
  Html html;
  html.put(
      R"(<table class="compact"><thead><tr><th scope="col">Language</th><th scope="col" class="num">Services</th><th scope="col" class="num">Share</th><th scope="col">Versions</th></tr></thead><tbody>{}</tbody></table>)",
      rows);
  return html;
}

Html change_lines(const TeamView& team) {
  Html lines;
  for (const TeamView::Change& c : team.changes) {
    if (c.runtimes_after > c.runtimes_before) {
      lines.put(R"(<li>{} in {}: this would be the team's {} runtime</li>)", c.service, c.to,
                ordinal(c.runtimes_after));
    } else if (c.runtimes_after < c.runtimes_before) {
      lines.put(R"(<li>{} in {}: the team would run {} no more, {} runtimes instead of {}</li>)",
                c.service, c.to, c.from, c.runtimes_after, c.runtimes_before);
    } else {
      lines.put(R"(<li>{} in {}: {} would take the place of {}</li>)", c.service, c.to, c.to,
                c.from);
    }
  }
  return lines;
}

Html team_section(const Call& call, const TeamView& team, std::size_t number) {
  Html rows;
  for (const auto& [language, use] : team.languages) {
    Html services;
    for (const std::string& service : use.services) {
      services.put(R"(<a href="{}">{}</a> )", call.links.to({"service", service}), service);
    }
    for (const std::string& service : use.drifted) {
      services.put(R"(<a href="{}">{}</a> {} )", call.links.to({"service", service}), service,
                   word_chip("bad", "drift"));
    }
    const auto fluent = team.fluent.find(language);
    const bool known = fluent != team.fluent.end();
    const auto shipped = known ? team.shipped.at(language) : std::nullopt;
    rows.put(
        R"(<tr><th scope="row">{}</th><td class="wide">{}</td><td data-label="Know it cold" class="num">{}</td>)",
        language, services, known ? std::to_string(fluent->second) : std::string("–"));
    rows.put(R"(<td data-label="Shipped it" class="num">{}</td><td>{}</td></tr>)",
             shipped ? std::to_string(*shipped) : std::string("–"),
             !known                ? Html{}
             : fluent->second == 0 ? word_chip("bad", "nobody knows it cold")
             : fluent->second == 1 ? word_chip("warn", "one person")
                                   : Html{});
  }
  const std::string id = "team-" + std::to_string(number);
  Html html;
  html.put(R"(<section aria-labelledby="{}"><h2 id="{}">{}</h2>)", id, id,
           team.team.empty() ? "No team" : team.team);
  if (team.members) html.put(R"(<p class="lead">{} members.</p>)", *team.members);
  html.put(
      R"(<table class="compact"><thead><tr><th scope="col">Language</th><th scope="col">Services</th><th scope="col" class="num">Know it cold</th><th scope="col" class="num">Shipped it</th><th scope="col"></th></tr></thead><tbody>{}</tbody></table>)",
      rows);
  const Html changes = change_lines(team);
  if (!changes.empty()) {
    html.put(
        R"(<details><summary>What a change would make of its runtimes</summary><ul>{}</ul></details>)",
        changes);
  }
  html.put("</section>");
  return html;
}

}  // namespace

HttpResponse teams_page(const Call& call) {
  const FleetView view = view_fleet(call.app.engine(), call.app.runtime_facts(), call.app.now());
  Page page;
  page.title = "Teams";
  page.section = "teams";
  page.body.put("<h1>Teams</h1>");
  if (view.services == 0) {
    page.body.put(R"(<p class="empty">No decision is watched yet.</p>)");
    return page_response(call, page);
  }
  page.body.add(fleet_table(view));
  if (!view.contradictions.empty()) {
    Html lines;
    for (const Contradiction& c : view.contradictions) {
      std::string text;
      for (const auto& [language, services] : c.services) {
        text += (text.empty() ? "" : "; ") + language + " for " + joined(services);
      }
      lines.put(R"(<li>{}, {}: {}</li>)", c.team, c.workload, text);
    }
    page.body.put(
        R"(<section aria-labelledby="contradictions"><h2 id="contradictions">Decisions that contradict each other</h2><p>One team, one kind of work, more than one answer:</p><ul>{}</ul></section>)",
        lines);
  }
  std::size_t number = 0;
  for (const TeamView& team : view.teams) page.body.add(team_section(call, team, ++number));
  return page_response(call, page);
}

}  // namespace revisitd::daemon::web
