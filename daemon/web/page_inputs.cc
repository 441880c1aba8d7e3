#include <set>

#include "daemon/web/pages.h"
#include "daemon/web/problems.h"

namespace revisitd::daemon::web {
namespace {

Html team_rows(const rules::Roster& roster, const rules::Team& team, TimePoint now, bool names) {
  std::set<std::string> languages;
  for (const rules::Member& member : team.members) {
    for (const auto& [language, level] : member.languages) languages.insert(language);
  }
  Html counts;
  for (const std::string& language : languages) {
    counts.put(R"(<li><span class="name">{}</span><span class="num">{} fluent</span> )", language,
               roster.fluent(team.name, language, now).value_or(0));
    counts.put(R"(<span class="of">{} shipped it</span></li>)",
               roster.shipped(team.name, language, now).value_or(0));
  }
  Html html;
  html.put(R"(<tr><th scope="row">{}</th><td data-label="Members" class="num">{}</td>)", team.name,
           roster.members(team.name, now).value_or(0));
  html.put(R"(<td class="wide"><ul class="languages">{}</ul></td>)", counts);
  if (names) {
    std::string people;
    for (const rules::Member& member : team.members)
      people += (people.empty() ? "" : ", ") + member.name;
    html.put(R"(<td data-label="People">{}</td>)", people);
  }
  html.put("</tr>");
  return html;
}

Html roster_table(const rules::Roster& roster, TimePoint now, bool names) {
  Html rows, people;
  for (const auto& [name, team] : roster.teams) rows.add(team_rows(roster, team, now, names));
  if (names) people.put(R"(<th scope="col">People</th>)");
  Html html;
  html.put(
      R"(<div class="scroll"><table><thead><tr><th scope="col">Team</th><th scope="col" class="num">Members</th><th scope="col">Languages</th>{}</tr></thead><tbody>{}</tbody></table></div>)",
      people, rows);
  return html;
}

Html record_row(const Call& call, const RecordStatusRow& row) {
  bool failed = false;
  Html findings;
  for (const Diagnostic& d : row.diagnostics) {
    failed = failed || d.severity == Severity::error;
    findings.add(diagnostic_block(d));
  }
  Html html;
  html.put(R"(<tr><th scope="row" class="long">{}{}</th>)", row.path, findings);
  if (row.service.empty() || !row.in_force) {
    html.put(R"(<td data-label="Service">{}</td>)", row.service);
  } else {
    html.put(R"(<td data-label="Service"><a href="{}">{}</a></td>)",
             call.links.to({"service", row.service}), row.service);
  }
  const std::string_view word = row.last_good  ? "last good version"
                                : row.in_force ? "watched"
                                               : "not watched";
  html.put(R"(<td data-label="Status">{}</td><td data-label="In force">{}</td></tr>)", row.status,
           word_chip(failed || row.last_good ? "bad"
                     : row.in_force          ? "good"
                                             : "quiet",
                     word));
  return html;
}

}  // namespace

HttpResponse roster_page(const Call& call) {
  const RosterStatus status = call.app.roster_status();
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
                status.source, relative_time(status.read_at, call.app.now()));
  if (!status.problem.empty())
    page.body.put(R"(<pre class="said">{}</pre>)", lines(status.problem));
  if (const auto roster = call.app.engine().rosters().newest()) {
    page.body.add(roster_table(*roster, call.app.now(), call.app.show_roster_names()));
  }
  return page_response(call, page);
}

HttpResponse records_page(const Call& call) {
  Html rows;
  for (const RecordStatusRow& row : call.app.records()) rows.add(record_row(call, row));
  Page page;
  page.title = "Records";
  page.section = "records";
  page.body.put("<h1>Records</h1>");
  if (rows.empty()) {
    page.body.put(R"(<p class="empty">No record file was found.</p>)");
  } else {
    page.body.put(
        R"(<div class="scroll"><table><thead><tr><th scope="col">File</th><th scope="col">Service</th><th scope="col">Status</th><th scope="col">In force</th></tr></thead><tbody>{}</tbody></table></div>)",
        rows);
  }
  return page_response(call, page);
}

}  // namespace revisitd::daemon::web
