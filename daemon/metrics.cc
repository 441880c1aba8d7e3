#include "daemon/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "daemon/process_figures.h"

namespace revisitd::daemon {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::array kTroubles = {ScrapeTrouble::resolve,     ScrapeTrouble::connect,
                                  ScrapeTrouble::timeout,     ScrapeTrouble::status,
                                  ScrapeTrouble::format,      ScrapeTrouble::limit,
                                  ScrapeTrouble::credentials, ScrapeTrouble::internal};
constexpr std::array kOutcomes = {DeliveryOutcome::delivered, DeliveryOutcome::retried,
                                  DeliveryOutcome::dead};
constexpr std::array kVerdicts = {rules::Verdict::clear, rules::Verdict::tripped,
                                  rules::Verdict::unproven, rules::Verdict::blind};
constexpr std::array kRevisitStates = {rules::RevisitState::open, rules::RevisitState::acknowledged,
                                       rules::RevisitState::snoozed, rules::RevisitState::subsided};

template <class T>
std::size_t place(T value) {
  return static_cast<std::size_t>(value);
}

using VerdictGauges = std::array<Gauge*, kVerdicts.size()>;

// Brings a counter up to a total that is counted elsewhere.
void raise(Counter* counter, double total) {
  if (total > counter->Value()) counter->Increment(total - counter->Value());
}

template <std::size_t Reasons>
struct FetchCounters {
  Counter* total = nullptr;
  std::array<Counter*, Reasons> failures{};
  Counter* seconds = nullptr;

  void raise_to(const FetchFigures<Reasons>& figures) const {
    raise(total, static_cast<double>(figures.total));
    raise(seconds, to_seconds(figures.took));
    for (std::size_t i = 0; i < Reasons; ++i) {
      raise(failures[i], static_cast<double>(figures.failures[i]));
    }
  }
};

prometheus::MetricFamily process_family(const char* name, const char* help,
                                        prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return {name, help, type, {metric}};
}

void append_process(std::vector<prometheus::MetricFamily>& families) {
  using prometheus::MetricType;
  const auto figures = read_process_figures();
  if (!figures) return;
  const auto add = [&](const char* name, const char* help, MetricType type, double value) {
    families.push_back(process_family(name, help, type, value));
  };
  add("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
      MetricType::Counter, figures->cpu_seconds);
  add("process_open_fds", "Number of open file descriptors.", MetricType::Gauge, figures->open_fds);
  add("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
      figures->max_fds);
  add("process_threads", "Number of threads.", MetricType::Gauge, figures->threads);
  add("process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge,
      figures->virtual_bytes);
  add("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
      figures->resident_bytes);
  add("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
      MetricType::Gauge, figures->start_seconds);
}

}  // namespace

std::string_view scrape_trouble_name(ScrapeTrouble trouble) {
  switch (trouble) {
    case ScrapeTrouble::resolve:
      return "resolve";
    case ScrapeTrouble::connect:
      return "connect";
    case ScrapeTrouble::timeout:
      return "timeout";
    case ScrapeTrouble::status:
      return "status";
    case ScrapeTrouble::format:
      return "format";
    case ScrapeTrouble::limit:
      return "limit";
    case ScrapeTrouble::credentials:
      return "credentials";
    case ScrapeTrouble::internal:
      return "internal";
  }
  return "";
}

ScrapeTrouble scrape_trouble_of(std::string_view reason) {
  const auto one_of = [reason](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), reason) != words.end();
  };
  if (reason.starts_with("status_")) return ScrapeTrouble::status;
  if (one_of({"bad_url", "resolve", "refused_address"})) return ScrapeTrouble::resolve;
  if (one_of({"content_type", "protocol", "syntax", "html", "cut_off"}))
    return ScrapeTrouble::format;
  if (reason == "timeout") return ScrapeTrouble::timeout;
  if (reason == "credentials") return ScrapeTrouble::credentials;
  if (reason == "exception") return ScrapeTrouble::internal;
  if (reason.starts_with("too_") || reason.ends_with("_too_long")) return ScrapeTrouble::limit;
  return ScrapeTrouble::connect;
}

std::string_view delivery_outcome_name(DeliveryOutcome outcome) {
  switch (outcome) {
    case DeliveryOutcome::delivered:
      return "delivered";
    case DeliveryOutcome::retried:
      return "retried";
    case DeliveryOutcome::dead:
      return "dead";
  }
  return "";
}

// Creates everything in its constructor and hands out plain pointers; the registry owns what they
// point to.
struct Metrics::Families {
  prometheus::Registry registry;
  FetchCounters<8> scrapes;
  FetchCounters<4> queries;
  Counter *judged, *late, *skipped, *jumps, *commit_failures, *log_drops, *dropped_slots;
  Gauge *reload_success, *reload_time, *targets_up, *targets_down, *record_files, *record_errors,
      *roster_valid, *roster_read, *roster_sources, *roster_failed, *roster_people, *roster_leaving,
      *git_repositories, *git_failed, *disagreements, *drifted, *undocumented, *ready,
      *database_bytes, *wal_bytes, *pending, *dead;
  Counter *git_commits, *backfill_queries, *backfill_failures, *backfill_values,
      *backfill_gap_slots, *backfill_judged;
  Gauge *backfill_triggers, *backfill_slots_left, *backfill_gap_left, *long_past_left;
  std::array<Gauge*, kMechanisms.size()> sd_targets{};
  std::array<Counter*, kMechanisms.size()> sd_rounds{}, sd_failures{};
  Gauge *sd_dropped, *sd_refused, *waiting_rows;
  VerdictGauges decisions{}, triggers{};
  std::array<Gauge*, kRevisitStates.size()> revisits{};
  Histogram* commits;
  Family<Counter>* deliveries;
  Family<Counter>* requests;
  std::mutex mutex;  // guards the two maps
  std::map<std::string, std::array<Counter*, kOutcomes.size()>> receivers;
  std::map<int, Counter*> codes;

  explicit Families(const MetricsBuild& build);

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Counter* counter(const char* name, const char* help) { return &counters(name, help).Add({}); }
  Gauge* gauge(const char* name, const char* help) { return &gauges(name, help).Add({}); }

  VerdictGauges by_verdict(const char* name, const char* help) {
    Family<Gauge>& family = gauges(name, help);
    VerdictGauges all{};
    for (const auto v : kVerdicts) {
      all[place(v)] = &family.Add({{"verdict", std::string(rules::verdict_name(v))}});
    }
    return all;
  }
  Counter* code(int status) {
    Counter*& counter = codes[status];
    if (counter == nullptr) counter = &requests->Add({{"code", std::to_string(status)}});
    return counter;
  }
};

Metrics::Families::Families(const MetricsBuild& build) {
  gauges("revisitd_build_info", "A constant 1, labelled by what this binary was built from.")
      .Add({{"version", build.version}, {"revision", build.revision}, {"compiler", build.compiler}})
      .Set(1);
  ready = gauge("revisitd_ready", "Whether the daemon is ready (1) or not (0).");

  decisions = by_verdict("revisitd_decisions",
                         "Decisions in force, by the worst verdict of their triggers.");
  triggers = by_verdict("revisitd_triggers", "Triggers in force, by verdict.");
  Family<Gauge>& states = gauges("revisitd_revisits", "Unfinished revisits, by state.");
  for (const auto s : kRevisitStates) {
    revisits[place(s)] = &states.Add({{"state", std::string(rules::revisit_state_name(s))}});
  }

  scrapes.total = counter("revisitd_scrapes_total", "Scrapes of targets, failed ones included.");
  Family<Counter>& scrape_failures =
      counters("revisitd_scrape_failures_total", "Scrapes that failed, by reason.");
  for (const auto t : kTroubles) {
    scrapes.failures[place(t)] =
        &scrape_failures.Add({{"reason", std::string(scrape_trouble_name(t))}});
  }
  scrapes.seconds = counter("revisitd_scrape_seconds_total", "Time spent in scrapes.");
  queries.total = counter("revisitd_queries_total",
                          "Queries to Prometheus-compatible servers, failed ones included.");
  Family<Counter>& query_failures =
      counters("revisitd_query_failures_total", "Queries that failed, by reason.");
  for (std::size_t i = 0; i < kQueryTroubles.size(); ++i) {
    queries.failures[i] = &query_failures.Add({{"reason", std::string(kQueryTroubles[i])}});
  }
  queries.seconds = counter("revisitd_query_seconds_total", "Time spent in queries.");
  Family<Gauge>& targets = gauges("revisitd_targets", "Scrape targets and servers, by health.");
  targets_up = &targets.Add({{"health", "up"}});
  targets_down = &targets.Add({{"health", "down"}});

  Family<Gauge>& found =
      gauges("revisitd_sd_discovered_targets", "Targets found before relabelling, by mechanism.");
  Family<Counter>& rounds =
      counters("revisitd_sd_refreshes_total", "Rounds of finding targets, failed ones included.");
  Family<Counter>& failed =
      counters("revisitd_sd_refresh_failures_total", "Rounds of finding targets that failed.");
  for (std::size_t i = 0; i < kMechanisms.size(); ++i) {
    const prometheus::Labels labels{{"mechanism", std::string(kMechanisms[i])}};
    sd_targets[i] = &found.Add(labels);
    sd_rounds[i] = &rounds.Add(labels);
    sd_failures[i] = &failed.Add(labels);
  }
  sd_dropped = gauge("revisitd_sd_dropped_targets", "Targets that relabelling dropped.");
  sd_refused = gauge("revisitd_sd_refused_targets",
                     "Targets without an address that can be used, or over target_limit.");

  judged = counter("revisitd_slots_judged_total", "Slots judged, over all triggers.");
  late = counter("revisitd_slots_late_total", "Values that came after their slot had been judged.");
  skipped =
      counter("revisitd_slots_skipped_total", "Slots that ended without anybody to fill them.");
  jumps = counter("revisitd_clock_jumps_total", "Times the clock was seen to jump.");

  backfill_queries = counter("revisitd_backfill_queries_total",
                             "Range queries for slots of the past, failed ones included.");
  backfill_failures =
      counter("revisitd_backfill_query_failures_total", "Range queries that had no answer.");
  backfill_values = counter("revisitd_backfill_values_total",
                            "Values that were fetched for triggers whose past nobody watched.");
  backfill_gap_slots =
      counter("revisitd_backfill_gap_slots_total", "Slots of gaps that were judged afterwards.");
  backfill_judged = counter("revisitd_backfill_triggers_total",
                            "Triggers whose past was fetched and judged to the end.");
  backfill_triggers =
      gauge("revisitd_backfill_triggers_pending", "Triggers that wait for their past.");
  backfill_slots_left = gauge("revisitd_backfill_slots_pending",
                              "Slots still to be fetched, each query and slot length by itself.");
  backfill_gap_left =
      gauge("revisitd_backfill_gap_slots_pending", "Slots of the open gap still to be judged.");
  long_past_left =
      gauge("revisitd_backfill_hygiene_slots_pending",
            "Slots of the half year that hygiene looks back at, still to be asked for.");

  reload_success = gauge("revisitd_config_last_reload_successful",
                         "Whether the last load of the configuration succeeded.");
  reload_time = gauge("revisitd_config_last_reload_success_timestamp_seconds",
                      "When the configuration was last loaded successfully.");
  record_files = gauge("revisitd_record_files", "Record files seen.");
  record_errors = gauge("revisitd_record_files_with_errors", "Record files that have errors.");
  roster_valid = gauge("revisitd_roster_valid", "Whether the roster in force is valid.");
  roster_read = gauge("revisitd_roster_read_timestamp_seconds",
                      "When the roster was last read successfully; 0 if never.");
  roster_sources = gauge("revisitd_roster_sources", "Sources of people that are configured.");
  roster_failed = gauge("revisitd_roster_sources_failed",
                        "Sources whose newest text is bad, quarantined or unread.");
  roster_people = gauge("revisitd_roster_people", "People on teams now, each once.");
  drifted =
      gauge("revisitd_decisions_drifted", "Decisions whose recorded language is not what runs.");
  undocumented = gauge("revisitd_services_undocumented",
                       "Services that are scraped or catalogued and have no decision.");
  git_repositories = gauge("revisitd_git_repositories", "Git repositories that are configured.");
  git_failed =
      gauge("revisitd_git_repositories_failed", "Git repositories whose last reading failed.");
  git_commits = counter("revisitd_git_commits_read_total", "Commits of git repositories read.");
  disagreements = gauge("revisitd_fluency_disagreements",
                        "People and languages of which roster and git say different things.");
  roster_leaving = gauge("revisitd_roster_leaving",
                         "People who are known to leave a team within 90 days, each once.");

  deliveries =
      &counters("revisitd_deliveries_total", "Attempts to deliver, by receiver and outcome.");
  pending = gauge("revisitd_deliveries_pending", "Deliveries that wait in the outbox.");
  dead = gauge("revisitd_deliveries_dead", "Deliveries that were given up.");

  database_bytes = gauge("revisitd_database_bytes", "Size of the database file.");
  wal_bytes = gauge("revisitd_database_wal_bytes", "Size of the database's write-ahead log.");
  commits = &prometheus::BuildHistogram()
                 .Name("revisitd_database_commit_duration_seconds")
                 .Help("Time that durable commits took.")
                 .Register(registry)
                 .Add({}, Histogram::BucketBoundaries{0.001, 0.005, 0.025, 0.1, 0.5, 2.5});
  commit_failures = counter("revisitd_database_commit_failures_total", "Commits that failed.");

  requests = &counters("revisitd_http_requests_total", "HTTP requests answered, by status code.");
  for (const int status : {200, 400, 403, 404, 500, 503}) code(status);
  dropped_slots = counter("revisitd_database_slots_dropped_total",
                          "Values dropped because the disk took none for too long.");
  waiting_rows = gauge("revisitd_database_waiting_rows",
                       "Rows that wait in memory for the disk to take them.");
  log_drops = counter("revisitd_log_lines_dropped_total",
                      "Log lines dropped because too many came at once.");
}

Metrics::Metrics(const MetricsBuild& build) : families_(std::make_unique<Families>(build)) {}
Metrics::~Metrics() = default;

void Metrics::slots_judged(std::size_t count) {
  families_->judged->Increment(static_cast<double>(count));
}
void Metrics::slots_late(std::uint64_t total) {
  raise(families_->late, static_cast<double>(total));
}
void Metrics::slots_skipped(std::size_t count) {
  families_->skipped->Increment(static_cast<double>(count));
}
void Metrics::clock_jumped() { families_->jumps->Increment(); }

void Metrics::reloaded(bool success, TimePoint at) {
  families_->reload_success->Set(success ? 1 : 0);
  if (success) families_->reload_time->Set(to_seconds(at.time_since_epoch()));
}

void Metrics::add_receiver(const std::string& receiver) {
  const std::lock_guard lock(families_->mutex);
  const auto [entry, fresh] = families_->receivers.try_emplace(receiver);
  if (!fresh) return;
  for (const DeliveryOutcome o : kOutcomes) {
    entry->second[place(o)] = &families_->deliveries->Add(
        {{"receiver", receiver}, {"outcome", std::string(delivery_outcome_name(o))}});
  }
}

void Metrics::delivered(const std::string& receiver, DeliveryOutcome outcome) {
  add_receiver(receiver);
  const std::lock_guard lock(families_->mutex);
  families_->receivers[receiver][place(outcome)]->Increment();
}

void Metrics::committed(Duration took) { families_->commits->Observe(to_seconds(took)); }
void Metrics::commit_failed() { families_->commit_failures->Increment(); }

void Metrics::answered(int http_status) {
  const std::lock_guard lock(families_->mutex);
  families_->code(http_status)->Increment();
}

void Metrics::log_lines_dropped(std::uint64_t total) {
  raise(families_->log_drops, static_cast<double>(total));
}

void Metrics::set(const ScrapeFigures& figures) { families_->scrapes.raise_to(figures); }
void Metrics::set(const QueryFigures& figures) { families_->queries.raise_to(figures); }

void Metrics::set(const StateFigures& figures) {
  Families& f = *families_;
  for (std::size_t i = 0; i < kVerdicts.size(); ++i) {
    f.decisions[i]->Set(static_cast<double>(figures.decisions[i]));
    f.triggers[i]->Set(static_cast<double>(figures.triggers[i]));
  }
  for (std::size_t i = 0; i < kRevisitStates.size(); ++i) {
    f.revisits[i]->Set(static_cast<double>(figures.revisits[i]));
  }
  f.targets_up->Set(static_cast<double>(figures.targets_up));
  f.targets_down->Set(static_cast<double>(figures.targets_down));
  f.record_files->Set(static_cast<double>(figures.record_files));
  f.record_errors->Set(static_cast<double>(figures.record_errors));
  f.roster_valid->Set(figures.roster_valid ? 1 : 0);
  f.roster_read->Set(figures.roster_read ? to_seconds(figures.roster_read->time_since_epoch()) : 0);
  f.roster_sources->Set(static_cast<double>(figures.roster_sources));
  f.roster_failed->Set(static_cast<double>(figures.roster_sources_failed));
  f.roster_people->Set(static_cast<double>(figures.roster_people));
  f.roster_leaving->Set(static_cast<double>(figures.roster_leaving));
  f.git_repositories->Set(static_cast<double>(figures.git_repositories));
  f.git_failed->Set(static_cast<double>(figures.git_failed));
  raise(f.git_commits, static_cast<double>(figures.git_commits));
  f.disagreements->Set(static_cast<double>(figures.disagreements));
  f.drifted->Set(static_cast<double>(figures.drifted));
  f.undocumented->Set(static_cast<double>(figures.undocumented));
  f.ready->Set(figures.ready ? 1 : 0);
}

void Metrics::set(const StoreFigures& figures) {
  families_->database_bytes->Set(figures.database_bytes);
  families_->wal_bytes->Set(figures.wal_bytes);
  families_->pending->Set(figures.pending);
  families_->dead->Set(figures.dead);
  families_->waiting_rows->Set(figures.waiting_rows);
  raise(families_->dropped_slots, figures.dropped_slots);
}

void Metrics::set(const BackfillFigures& figures) {
  Families& f = *families_;
  raise(f.backfill_queries, figures.queries);
  raise(f.backfill_failures, figures.failures);
  raise(f.backfill_values, figures.values);
  raise(f.backfill_gap_slots, figures.gap_slots);
  raise(f.backfill_judged, figures.judged);
  f.backfill_triggers->Set(figures.triggers);
  f.backfill_slots_left->Set(figures.slots_left);
  f.backfill_gap_left->Set(figures.gap_left);
  f.long_past_left->Set(figures.long_past_left);
}

void Metrics::set(const DiscoveryFigures& figures) {
  Families& f = *families_;
  for (std::size_t i = 0; i < kMechanisms.size(); ++i) {
    f.sd_targets[i]->Set(static_cast<double>(figures.discovered[i]));
    raise(f.sd_rounds[i], static_cast<double>(figures.rounds[i]));
    raise(f.sd_failures[i], static_cast<double>(figures.failures[i]));
  }
  f.sd_dropped->Set(static_cast<double>(figures.dropped));
  f.sd_refused->Set(static_cast<double>(figures.refused));
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families = families_->registry.Collect();
  append_process(families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace revisitd::daemon
