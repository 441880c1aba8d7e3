#include "daemon/web/pages.h"
#include "daemon/web/roster_view.h"

namespace revisitd::daemon::web {
namespace {

// "one leaves in 12 d: then 2 on the team, 1 fluent in python".
Html leaving_item(const LeavingRow& row, TimePoint now) {
  const rules::Departure& departure = row.departure;
  const std::string who =
      departure.people == 1 ? "one leaves" : std::to_string(departure.people) + " leave";
  std::string then = std::to_string(row.members) + " on the team";
  for (const auto& language : row.languages)
    then += ", " + std::to_string(language.fluent) + " fluent in " + language.name;
  Html html;
  html.put(R"(<li><span class="name">{} in {} d</span><span class="of">from {} on {}</span></li>)",
           who, departure.days_left(now), format_date(departure.gone()), then);
  return html;
}

Html team_row(const rules::Roster& roster, const rules::Team& team, TimePoint now, bool names) {
  Html items;
  for (const std::string& language : languages_of(team)) {
    const auto shipped = roster.shipped(team.name, language, now);
    items.put(R"(<li><span class="name">{}</span><span class="num">{} fluent</span> )", language,
              roster.fluent(team.name, language, now).value_or(0));
    items.put(R"(<span class="of">{} shipped it</span></li>)",
              shipped ? std::to_string(*shipped) : "unknown how many");
  }
  for (const LeavingRow& row : leaving_rows(roster, team, now)) items.add(leaving_item(row, now));
  Html html;
  html.put(R"(<tr><th scope="row">{}</th><td data-label="Members" class="num">{}</td>)", team.name,
           roster.members(team.name, now).value_or(0));
  html.put(R"(<td class="wide"><ul class="languages">{}</ul></td>)", items);
  if (names) {
    std::string people;
    for (const rules::Member& member : team.members)
      people += (people.empty() ? "" : ", ") + member.name;
    html.put(R"(<td data-label="People">{}</td>)", people);
  }
  html.put("</tr>");
  return html;
}

Html team_table(const rules::Roster& roster, TimePoint now, bool names) {
  Html rows, people;
  for (const auto& [name, team] : roster.teams) rows.add(team_row(roster, team, now, names));
  if (names) people.put(R"(<th scope="col">People</th>)");
  Html html;
  html.put(
      R"(<div class="scroll"><table><thead><tr><th scope="col">Team</th><th scope="col" class="num">Members</th><th scope="col">Languages</th>{}</tr></thead><tbody>{}</tbody></table></div>)",
      people, rows);
  return html;
}

Html source_table(const RosterStatus& status, TimePoint now) {
  Html rows;
  for (const RosterSourceStatus& source : status.sources) {
    const bool good = source.state == "good" && source.valid;
    Html problem;
    if (!source.problem.empty())
      problem.put(R"(<pre class="said">{}</pre>)", lines(source.problem));
    rows.put(R"(<tr><th scope="row" class="long">{}{}</th><td data-label="Kind">{}</td>)",
             source.name, problem, source.kind);
    rows.put(R"(<td data-label="State">{}</td><td data-label="People" class="num">{}</td>)",
             word_chip(good ? "good" : "bad",
                       source.valid || !source.read_at ? source.state : "out of date"),
             source.people);
    rows.put(R"(<td data-label="Read">{}</td></tr>)", relative_time(source.read_at, now));
  }
  Html html;
  html.put(
      R"(<section aria-labelledby="sources"><h2 id="sources">Sources</h2><div class="scroll"><table><thead><tr><th scope="col">Source</th><th scope="col">Kind</th><th scope="col">State</th><th scope="col" class="num">People</th><th scope="col">Read</th></tr></thead><tbody>{}</tbody></table></div></section>)",
      rows);
  if (status.elsewhere > 0) {
    html.put(R"(<p class="lead">Of {} more people something is known, and no source puts them on )",
             status.elsewhere);
    html.put("a team: they count for nobody.</p>");
  }
  return html;
}

Html code_table(const FluencyStatus& fluency, TimePoint now) {
  Html rows;
  for (const ServiceCode& code : service_code(fluency)) {
    Html languages;
    for (const auto& [language, last] : code.last_shipped) {
      languages.put(
          R"(<li><span class="name">{}</span><span class="of">last shipped {}</span></li>)",
          language, format_date(last));
    }
    rows.put(R"(<tr><th scope="row">{}</th><td data-label="Team">{}</td>)", code.service,
             code.team);
    rows.put(R"(<td data-label="Truck factor" class="num">{}</td>)", code.truck_factor);
    rows.put(R"(<td data-label="Authors" class="num">{}</td>)", code.authors);
    rows.put(R"(<td class="wide"><ul class="languages">{}</ul></td></tr>)", languages);
  }
  Html html;
  html.put(R"(<h2>From git</h2><p class="lead">Commits of the last {} d, as evidence beside the )",
           fluency.options.window / std::chrono::hours(24));
  html.put("roster; the truck factor is the fewest people who made more than half of them.</p>");
  html.put(
      R"(<div class="scroll"><table><thead><tr><th scope="col">Service</th><th scope="col">Team</th><th scope="col" class="num">Truck factor</th><th scope="col" class="num">Authors</th><th scope="col">Languages</th></tr></thead><tbody>{}</tbody></table></div>)",
      rows);
  Html states;
  for (const auto& status : fluency.repositories) {
    if (status.reading)
      states.put("<li>{}: reading, {} commits so far</li>", status.path, status.progress);
    else if (!status.problem.empty())
      states.put("<li>{}</li>", status.problem);
    else
      states.put("<li>{}: {} commits, read {}</li>", status.path, status.commits,
                 relative_time(status.read_at, now));
  }
  html.put("<ul>{}</ul>", states);
  return html;
}

Html disagreement_list(const FluencyStatus& fluency, bool names) {
  Html items;
  for (const DisagreementRow& row : disagreement_rows(fluency)) {
    std::string who =
        std::to_string(row.people.size()) + (row.people.size() == 1 ? " person" : " people");
    if (names) {
      for (std::size_t i = 0; i < row.people.size(); ++i)
        who += (i == 0 ? ": " : ", ") + row.people[i];
    }
    items.put("<li>{}, {}: {}</li>", row.team, who, row.why);
  }
  Html html;
  if (!items.empty()) html.put("<h3>Where roster and git disagree</h3><ul>{}</ul>", items);
  return html;
}

}  // namespace

HttpResponse roster_page(const Call& call) {
  const RosterStatus status = call.app.roster_status();
  const TimePoint now = call.app.now();
  Page page;
  page.title = "Roster";
  page.section = "roster";
  page.body.put("<h1>Roster</h1>");
  if (status.source.empty()) {
    page.body.put(
        R"(<p class="empty">No roster is configured: conditions about people are blind.</p>)");
    return page_response(call, page);
  }
  page.body.put(R"(<p class="lead">{} <code>{}</code>, read {}</p>)",
                status.valid ? word_chip("good", "valid") : word_chip("bad", "out of date"),
                status.source, relative_time(status.read_at, now));
  if (!status.problem.empty())
    page.body.put(R"(<pre class="said">{}</pre>)", lines(status.problem));
  if (const auto roster = call.app.engine().rosters().newest())
    page.body.add(team_table(*roster, now, call.app.show_roster_names()));
  if (!status.sources.empty()) page.body.add(source_table(status, now));
  if (const FluencyStatus fluency = call.app.fluency(); !fluency.repositories.empty()) {
    page.body.add(code_table(fluency, now));
    page.body.add(disagreement_list(fluency, call.app.show_roster_names()));
  }
  return page_response(call, page);
}

}  // namespace revisitd::daemon::web
