#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/exposition_format.h"
#include "collectors/http_client.h"
#include "collectors/kubernetes_spec.h"
#include "collectors/relabel.h"
#include "daemon/notify/receiver.h"
#include "daemon/static_targets.h"
#include "rules/catalogue.h"
#include "rules/diagnostic.h"
#include "rules/findings.h"
#include "rules/signal.h"
#include "rules/time.h"

// The configuration file as plain structs (DESIGN: one YAML file, strict, paths relative to it,
// Prometheus' spelling wherever Prometheus has a word). `check config`, start and reload read it
// through the same code.
namespace revisitd::daemon {

struct GlobalConfig {
  Duration scrape_interval = std::chrono::seconds(15);
  Duration scrape_timeout = std::chrono::seconds(10);
  std::vector<Duration> slots;                 // ascending, each a multiple of the one before it
  Duration settle = std::chrono::seconds(30);  // how long an opening waits for what worsens it
  Duration resend = std::chrono::minutes(1);   // to Alertmanagers
  std::size_t digest_above = 50;               // new messages for one receiver at once
  std::vector<Duration> reminders;             // after opening
  Duration reminder_every = std::chrono::hours(30 * 24);
  Duration review_grace = std::chrono::hours(30 * 24);
  Duration snooze_notice = std::chrono::hours(24);
};

struct RecordsConfig {
  std::vector<std::string> files;  // globs and directories, resolved
  std::string url;                 // where records can be read; their path is appended
  Duration poll_interval =
      std::chrono::seconds(5);  // content is compared this often, whatever inotify says
};

// How one HTTP peer is spoken to.
struct HttpPeer {
  notify::HttpAuth auth;
  std::vector<std::pair<std::string, Secret>> headers;
  std::shared_ptr<const collectors::TlsOptions> tls;
  std::shared_ptr<const collectors::ProxyOptions> proxy;
  bool allow_private = true;
};

// A roster that is asked for.
struct RosterEndpoint {
  std::string url;
  Duration refresh_interval = std::chrono::minutes(5);
  Duration timeout = std::chrono::seconds(30);
  HttpPeer http;
};

// Where people come from, in the order in which sources are believed.
struct RosterConfig {
  std::vector<std::string> files;                  // native, resolved
  std::vector<RosterEndpoint> http;                // native, served
  std::vector<std::string> csv;                    // tables of skills, resolved
  std::vector<std::string> backstage;              // patterns of catalog-info.yaml files, resolved
  std::vector<RosterEndpoint> backstage_api;       // running catalogues
  Duration validity = std::chrono::hours(7 * 24);  // an unread roster is blind after this
  Duration poll_interval = std::chrono::seconds(30);
  bool show_names = false;  // people's names on pages and in the API
  [[nodiscard]] bool any() const {
    return !files.empty() || !http.empty() || !csv.empty() || !backstage.empty() ||
           !backstage_api.empty();
  }
};

struct GitRepositoryConfig {
  std::string path;
  std::string service;  // "" = the directory's name
  std::string team;     // "" = that of the service's decision
};

// Local clones, as evidence of who ships in which language.
struct GitConfig {
  std::vector<GitRepositoryConfig> repositories;
  Duration window = std::chrono::hours(365 * 24);
  int min_commits = 10;
  Duration refresh_interval = std::chrono::minutes(15);
  Duration validity = std::chrono::hours(7 * 24);
  std::vector<std::string> ignore_authors;
};

// Which series says of a service which language it runs in, and in which version.
struct RunningConfig {
  std::map<std::string, rules::SignalSpec, std::less<>> languages;
};
// go_info and python_info, as their client libraries have them.
RunningConfig default_running();

struct EndOfLifeFile {
  std::string path;
  std::string language;
};

// When support for versions of languages ends, in endoflife.date's format.
struct EndOfLifeConfig {
  std::vector<EndOfLifeFile> files;
  bool predict = false;  // support_left() counts on days that nobody has announced
};

struct FileTargets {
  std::vector<std::string> files;                       // globs, resolved
  Duration refresh_interval = std::chrono::minutes(5);  // besides, they are watched
};

struct HttpTargets {
  std::string url;
  Duration refresh_interval = std::chrono::minutes(1);
  HttpPeer http;
};

struct KubernetesTargets {
  collectors::KubernetesRole role = collectors::KubernetesRole::pod;
  std::string api_server;  // "" = the one that a pod is told of
  bool own_namespace = false;
  std::vector<std::string> namespaces;                              // none = all
  std::map<std::string, collectors::KubernetesSelector> selectors;  // by role
  HttpPeer http;
};

struct ScrapeJob {
  std::string job_name;
  std::string scheme = "http";
  std::string metrics_path = "/metrics";
  std::vector<std::pair<std::string, std::string>> params;
  Duration scrape_interval{};
  Duration scrape_timeout{};
  SharedStaticTargets static_configs;
  std::vector<FileTargets> file_sd_configs;
  std::vector<HttpTargets> http_sd_configs;
  std::vector<KubernetesTargets> kubernetes_sd_configs;
  std::vector<collectors::RelabelRule> relabel_configs, metric_relabel_configs;
  HttpPeer http;
  bool honor_timestamps = true;
  bool honor_labels = false;
  bool enable_compression = true;
  std::string accept;  // of scrape_protocols; "" = the usual
  // fallback_scrape_protocol
  collectors::ExpositionFormat fallback_format = collectors::ExpositionFormat::prometheus;
  std::size_t target_limit = 0;  // 0 = none
  std::size_t body_size_limit = 16u << 20;
  std::size_t sample_limit = 50'000;
  std::size_t label_limit = 64;
  std::size_t label_name_length_limit = 128;
  std::size_t label_value_length_limit = 1024;
};

// Control groups of this machine, one entry of `cgroup_configs`.
struct CgroupJob {
  std::string job_name;
  std::string root = "/sys/fs/cgroup";
  Duration scrape_interval{};
  struct Groups {
    std::vector<std::string> paths;  // globs below the root
    std::map<std::string, std::string> labels;
  };
  std::vector<Groups> groups;
  std::vector<collectors::RelabelRule> relabel_configs;
};

struct PrometheusServer {
  std::string name;
  std::string url;
  std::string service_label = "service";
  Duration timeout = std::chrono::seconds(30);
  Duration evaluation_delay = std::chrono::seconds(2);
  Duration look_back = std::chrono::hours(24 * 180);  // for hygiene; 0 = its past is not asked for
  std::size_t max_concurrent = 4;
  bool post = true;
  std::vector<std::pair<std::string, std::string>> params;  // put to every query
  HttpPeer http;
};

struct Config {
  std::string path;  // of the file
  GlobalConfig global;
  RecordsConfig records;
  RosterConfig roster;
  GitConfig git;
  RunningConfig running;
  EndOfLifeConfig end_of_life;
  std::vector<ScrapeJob> scrape_configs;
  std::vector<CgroupJob> cgroup_configs;
  std::vector<PrometheusServer> prometheus;
  rules::SignalTable signals;  // those of presets among them
  std::vector<std::pair<std::string, std::vector<std::string>>> presets;  // each with its signals
  rules::Catalogue catalogue = rules::built_in_catalogue();               // `assessment:`
  std::vector<notify::Receiver> receivers;
  std::vector<notify::Route> routes;
  std::string yaml;  // as read, secrets shown as <secret>
};

// Reads the text of a configuration file. `path` is named in the findings, and relative paths start
// from its directory. Nothing when findings got an error. No other file is opened.
std::optional<Config> parse_config(std::string_view text, const std::string& path,
                                   rules::Findings& findings);

struct LoadedConfig {
  std::optional<Config> config;
  std::vector<Diagnostic> diagnostics;
};
// The same from the file itself; a file that cannot be read is one diagnostic.
LoadedConfig load_config(const std::string& path);

}  // namespace revisitd::daemon
