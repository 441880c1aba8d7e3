#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/exit_code.h"
#include "daemon/features.h"
#include "daemon/log.h"
#include "rules/time.h"

// Every subcommand as a function from its options to an exit code.
namespace revisitd::daemon::cli {

struct RunOptions {
  std::string config_file = "revisitd.yml";
  std::string storage_path = "data";
  Duration retention_time = std::chrono::hours(24 * 400);
  std::int64_t retention_bytes = 0;
  bool rebuild = false;
  std::string listen_address = "127.0.0.1:9750";
  std::string web_config_file;
  std::string external_url;
  bool enable_lifecycle = false;
  Features features;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  std::map<std::string, std::string> flags;  // every flag with its value, for status/flags
};
int run(const RunOptions& options);

int check_config(const std::string& file);
struct CheckRecordsOptions {
  std::string config_file;  // signals come from here; without it any signal may be named …
  std::vector<std::string>
      records;  // … and these are checked; with it and none, the configuration's
  bool json = false;
  // Also look at the decisions' history for what is wrong with them: on the configuration's
  // Prometheus-compatible servers, or in a running daemon when `url` is given.
  bool live = false;
  std::string url;
  Duration look_back = std::chrono::hours(24 * 180);
};
int check_records(const CheckRecordsOptions& options);
struct CheckRosterOptions {
  std::string config_file;
  std::string http_config_file;      // for URLs that the configuration does not name
  std::vector<std::string> sources;  // files and URLs; those of the configuration when empty
  bool json = false;
};
int check_roster(const CheckRosterOptions& options);

struct ScrapeOptions {
  std::string source;  // file, URL or "-"
  bool json = false;
  bool strict = false;
  bool suggest = false;  // the signals the page could feed, instead of its samples
  std::string format;    // "", "prometheus", "openmetrics" or "protobuf"
  Features features;
  Duration timeout = std::chrono::seconds(10);
};
int scrape(const ScrapeOptions& options);

// How a running daemon is reached.
struct ClientOptions {
  std::string url = "http://127.0.0.1:9750";
  std::string http_config_file;  // "" = neither credentials nor TLS of our own
  bool json = false;
  Duration timeout = std::chrono::seconds(10);
};
int check_ready(const ClientOptions& options, bool ready);
int status(const ClientOptions& options);
struct WordOptions {
  std::string target;  // revisit or service
  std::string by;
  std::string why;
  std::string until;       // time, or a duration from now
  std::string worsens_by;  // "20%"
  std::string outcome;
};
int acknowledge(const ClientOptions& options, const WordOptions& word);
int confirm(const ClientOptions& options, const WordOptions& word);  // no target
int snooze(const ClientOptions& options, const WordOptions& word);
int conclude(const ClientOptions& options, const WordOptions& word);
struct TrailOptions {
  std::string service, team, language, revisit, type, start, end;
  int limit = 0;                 // events at most, 0 = a table's 100 newest, otherwise all
  std::string format = "table";  // or "markdown", "json"
  bool stack = false;            // what teams run and why, instead of what happened
};
int trail(const ClientOptions& options, const TrailOptions& trail);
// `trigger` "" = all of the service.
int explain(const ClientOptions& options, const std::string& service, const std::string& trigger);

// The decision rerun on today's inputs.
int assess(const ClientOptions& options, const std::string& service);
// The new record, as Markdown.
int draft(const ClientOptions& options, const std::string& service);
struct AdviseOptions {
  std::string workload, team, languages;
  std::string latency_p99, rps, memory, cold_start, containers_per_node, cost;  // budgets
  std::vector<std::string> budgets;                                             // "SIGNAL=VALUE"
};
int advise(const ClientOptions& options, const AdviseOptions& asked);

// By the daemon that has the database open, or from the files where none has.
int backup(const ClientOptions& options, const std::string& storage_path, const std::string& to);

}  // namespace revisitd::daemon::cli
