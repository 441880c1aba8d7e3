#include <algorithm>

#include "daemon/app_core.h"

// What /metrics says of us.
namespace revisitd::daemon {
namespace {

constexpr Duration kLeavingSoon = std::chrono::hours(24 * 90);

}  // namespace

StateFigures AppCore::state_figures() const {
  StateFigures figures;
  for (const auto& [service, state] : engine_.decisions()) {
    rules::Verdict worst = rules::Verdict::clear;
    // From worst to best: tripped, blind, unproven, clear.
    const auto rank = [](rules::Verdict v) {
      switch (v) {
        case rules::Verdict::tripped:
          return 3;
        case rules::Verdict::blind:
          return 2;
        case rules::Verdict::unproven:
          return 1;
        case rules::Verdict::clear:
          return 0;
      }
      return 0;
    };
    for (const auto& [name, trigger] : state.triggers) {
      ++figures.triggers[static_cast<std::size_t>(trigger.verdict)];
      if (rank(trigger.verdict) > rank(worst)) worst = trigger.verdict;
    }
    ++figures.decisions[static_cast<std::size_t>(worst)];
    if (state.revisit) ++figures.revisits[static_cast<std::size_t>(state.revisit->state)];
  }
  for (const TargetStatus& target : targets()) {
    if (target.kind == "discovery") continue;
    figures.targets_up += target.health == "up";
    figures.targets_down += target.health == "down";
  }
  for (const RecordStatusRow& row : inputs_->records()) {
    ++figures.record_files;
    figures.record_errors +=
        std::any_of(row.diagnostics.begin(), row.diagnostics.end(),
                    [](const Diagnostic& d) { return d.severity == Severity::error; });
  }
  figures.roster_valid = inputs_->roster_status().valid;
  figures.roster_read = inputs_->roster_status().read_at;
  for (const RosterSourceStatus& source : inputs_->roster_status().sources) {
    ++figures.roster_sources;
    figures.roster_sources_failed += source.state != "good" && source.state != "settling";
  }
  if (const auto roster = engine_.rosters().newest()) {
    const TimePoint now = clock_.now();
    figures.roster_people = static_cast<std::size_t>(roster->on_teams(now));
    figures.roster_leaving = static_cast<std::size_t>(roster->leaving(now, now + kLeavingSoon));
  }
  const RuntimeFacts facts = runtime_facts();
  figures.undocumented = facts.undocumented.size();
  for (const auto& [service, runtime] : facts.services)
    figures.drifted += runtime.drift == ServiceRuntime::Drift::drift;
  if (git_) {
    const FluencyStatus fluency_now = fluency();
    figures.git_repositories = fluency_now.repositories.size();
    for (const auto& status : fluency_now.repositories)
      figures.git_failed += !status.problem.empty();
    figures.git_commits = git_->commits_read();
    figures.disagreements = fluency_now.disagreements.size();
  }
  figures.ready = readiness().ready;
  return figures;
}

ScrapeFigures AppCore::scrape_figures() const {
  const collectors::ScraperCounters& counters = scraper_->counters();
  ScrapeFigures figures{.total = counters.scrapes, .took = counters.took};
  for (const auto& [reason, count] : counters.failures) {
    figures.failures[static_cast<std::size_t>(scrape_trouble_of(reason))] += count;
  }
  return figures;
}

QueryFigures AppCore::query_figures() const {
  QueryFigures figures = past_queries_;
  for (const auto& source : sources_) {
    const collectors::PromqlCounters& counters = source->counters();
    figures.total += counters.queries;
    figures.took += counters.took;
    for (std::size_t i = 0; i < figures.failures.size(); ++i)
      figures.failures[i] += counters.by_failure[i];
  }
  return figures;
}

std::string AppCore::metrics() const {
  // Counters are brought up to date when somebody looks at them.
  Metrics& metrics = const_cast<Metrics&>(metrics_);
  metrics.set(state_figures());
  metrics.set(scrape_figures());
  metrics.set(query_figures());
  metrics.set(discovery_->figures());
  metrics.slots_late(collector_->reductions().late);
  metrics.log_lines_dropped(log_.dropped());
  metrics.set(StoreFigures{.database_bytes = static_cast<double>(stats_.database_bytes),
                           .wal_bytes = static_cast<double>(stats_.wal_bytes),
                           .pending = static_cast<double>(outbox_ ? outbox_->pending().size() : 0),
                           .dead = static_cast<double>(stats_.dead),
                           .waiting_rows = static_cast<double>(journal_->waiting()),
                           .dropped_slots = static_cast<double>(journal_->dropped_slots())});
  metrics.set(backfill_figures());
  return metrics.text();
}

}  // namespace revisitd::daemon
