#include "daemon/web/problems.h"

#include "daemon/web/page.h"

namespace revisitd::daemon::web {
namespace {

constexpr std::size_t kMostShown = 5;  // of one kind

void add_problem(Html& list, const Html& what) { list.put("<li>{}</li>", what); }

Html sentence(std::string_view text) {
  Html html;
  html.put("<p>{}</p>", text);
  return html;
}

void add_readiness(Html& list, AppView& app) {
  if (const auto why = app.stuck()) add_problem(list, sentence("The daemon is stuck: " + *why));
  const Readiness readiness = app.readiness();
  if (readiness.ready) return;
  for (const std::string& reason : readiness.reasons)
    add_problem(list, sentence("Not ready: " + reason));
}

void add_reload(Html& list, AppView& app) {
  const RuntimeInfo runtime = app.runtime();
  if (runtime.last_reload_ok) return;
  Html html;
  html.put(
      R"(<p>The last reload failed; the configuration of {} stays in force.</p><pre class="said">)"
      R"({}</pre>)",
      format_time(runtime.config_loaded), lines(runtime.last_reload_error));
  add_problem(list, html);
}

void add_records(Html& list, const Call& call) {
  std::size_t files = 0;
  for (const RecordStatusRow& row : call.app.records()) {
    Html findings;
    for (const Diagnostic& d : row.diagnostics) {
      if (d.severity == Severity::error) findings.add(diagnostic_block(d));
    }
    if (findings.empty() || ++files > kMostShown) continue;
    Html html;
    html.put("<p>Record <b>{}</b> has errors{}</p>{}", row.path,
             row.last_good ? "; its last good version stays in force." : " and is not watched.",
             findings);
    add_problem(list, html);
  }
  if (files <= kMostShown) return;
  Html more;
  more.put(R"(<p>{} more records have errors: <a href="{}">all records</a></p>)",
           files - kMostShown, call.links.to({"records"}));
  add_problem(list, more);
}

void add_targets(Html& list, const Call& call) {
  std::size_t down = 0;
  std::string names;
  for (const TargetStatus& target : call.app.targets()) {
    if (target.health != "down") continue;
    if (++down <= kMostShown) names += (names.empty() ? "" : ", ") + target.url;
  }
  if (down == 0) return;
  if (down > kMostShown) names += ", …";
  Html html;
  html.put(R"(<p><a href="{}">{} {} down</a>: {}</p>)", call.links.to({"targets"}), down,
           down == 1 ? "target is" : "targets are", names);
  add_problem(list, html);
}

void add_deliveries(Html& list, const Call& call, const storage::StoreStats& store) {
  if (store.dead == 0) return;
  Html html;
  html.put(R"(<p><a href="{}">{} {} given up</a>: the receiver refused or never answered.</p>)",
           call.links.to({"deliveries"}).with({{"state", "dead"}}), store.dead,
           store.dead == 1 ? "delivery was" : "deliveries were");
  add_problem(list, html);
}

void add_roster(Html& list, const Call& call) {
  const RosterStatus roster = call.app.roster_status();
  if (roster.source.empty() || (roster.valid && roster.problem.empty())) return;
  Html html;
  html.put(
      R"(<p><a href="{}">The roster</a> {} {}</p>)", call.links.to({"roster"}),
      roster.valid ? "could not be read anew." : "is out of date: what asks about people is blind.",
      roster.problem);
  add_problem(list, html);
}

void add_names(Html& list, const std::vector<std::string>& names, std::string_view what) {
  if (names.empty()) return;
  std::string shown;
  for (std::size_t i = 0; i < names.size() && i < kMostShown; ++i)
    shown += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostShown)
    shown += " and " + std::to_string(names.size() - kMostShown) + " more";
  add_problem(list, sentence(std::string(what) + ": " + shown));
}

void add_runtimes(Html& list, const Call& call) {
  const RuntimeFacts facts = call.app.runtime_facts();
  std::vector<std::string> drifted, undocumented;
  for (const auto& [service, runtime] : facts.services) {
    if (runtime.drift == ServiceRuntime::Drift::drift) drifted.push_back(service);
  }
  for (const UndocumentedService& service : facts.undocumented)
    undocumented.push_back(service.service);
  add_names(list, drifted, "What runs is not what the record says");
  add_names(list, undocumented, "Services without a decision");
  for (const std::string& problem : facts.problems) add_problem(list, sentence(problem));
}

}  // namespace

Html diagnostic_block(const Diagnostic& diagnostic) {
  Html html;
  html.put(R"(<pre class="{}">{}</pre>)",
           diagnostic.severity == Severity::error ? "said" : "said soft",
           lines(format_diagnostic(diagnostic)));
  return html;
}

Html problems_panel(const Call& call, const storage::StoreStats& store) {
  Html list;
  add_readiness(list, call.app);
  add_reload(list, call.app);
  add_records(list, call);
  add_deliveries(list, call, store);
  add_targets(list, call);
  add_roster(list, call);
  add_runtimes(list, call);
  if (list.empty()) return {};
  Html html;
  html.put(
      R"(<section class="problems" aria-labelledby="problems"><h2 id="problems">Needs attention</h2>)"
      R"(<ul>{}</ul></section>)",
      list);
  return html;
}

}  // namespace revisitd::daemon::web
