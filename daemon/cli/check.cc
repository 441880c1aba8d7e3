#include <iostream>
#include <nlohmann/json.hpp>

#include "collectors/record_files.h"
#include "collectors/record_paths.h"
#include "daemon/cli/api_client.h"
#include "daemon/cli/check_text.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/hygiene.h"
#include "daemon/config.h"
#include "daemon/config_reach.h"

// Commands that look at files: the same code that the daemon reads them with.
namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

Json live_json(const LiveFindings& live) {
  Json findings = Json::array();
  for (const LiveFinding& f : live.findings) {
    findings.push_back({{"service", f.service},
                        {"kind", f.kind},
                        {"trigger", f.trigger},
                        {"file", f.diagnostic.file},
                        {"line", f.diagnostic.place.line},
                        {"column", f.diagnostic.place.column},
                        {"message", f.diagnostic.message}});
  }
  return {{"hygiene", findings}, {"notes", live.notes}, {"complete", live.complete}};
}

}  // namespace

int check_config(const std::string& file) {
  const LoadedConfig loaded = load_config(file);
  print(loaded.diagnostics);
  if (!loaded.config) return kBad;
  const Config& c = *loaded.config;
  print(unmet(c));
  print(unmet_rosters(c));
  std::cout << file << " is valid: " << counted(c.signals.size(), "signal") << ", "
            << counted(c.scrape_configs.size(), "scrape job") << ", "
            << counted(c.prometheus.size(), "Prometheus server") << ", "
            << counted(c.receivers.size(), "receiver") << ", " << counted(c.routes.size(), "route")
            << "\n";
  for (const auto& [preset, signals] : c.presets) {
    std::cout << "  preset " << preset << ":";
    for (const std::string& signal : signals) std::cout << " " << signal;
    std::cout << (signals.empty() ? " nothing that is not declared elsewhere\n" : "\n");
  }
  return kGood;
}

int check_records(const CheckRecordsOptions& options) {
  collectors::RecordFilesOptions files;
  files.settle = Duration{};
  files.patterns = options.records;
  // Without a configuration any signal may be named, with the unit that the record gives it.
  files.record.infer_signals = true;
  const bool from_servers = options.live && options.url.empty();
  const bool wants_config = !options.config_file.empty() || options.records.empty() || from_servers;
  LoadedConfig loaded;
  if (wants_config) {
    loaded = load_config(options.config_file.empty() ? "revisitd.yml" : options.config_file);
    if (!loaded.config) {
      print(loaded.diagnostics);
      return kBad;
    }
    files.signals = loaded.config->signals;
    files.people_known = loaded.config->roster.any();
    files.record = {loaded.config->global.slots.front(), loaded.config->global.slots.back()};
    if (files.patterns.empty()) files.patterns = loaded.config->records.files;
  }
  collectors::RecordFiles records(files);
  collectors::RecordScan scan = records.scan(now());
  for (const std::string& pattern : files.patterns) {
    if (collectors::names_missing_file(pattern))
      scan.diagnostics.push_back({pattern, {}, "no such file", "", Severity::error});
  }
  if (records.files().empty() && scan.diagnostics.empty()) {
    for (const std::string& pattern : files.patterns) {
      scan.diagnostics.push_back({pattern, {}, "names no record file", "", Severity::error});
    }
  }
  LiveFindings live;
  if (from_servers) {
    live = ask_servers(*loaded.config, *scan.decisions, now(), options.look_back);
  } else if (options.live) {
    auto answer = ask_daemon({.url = options.url, .json = options.json}, *scan.decisions);
    if (!answer) return complain(answer.error().message);
    live = *std::move(answer);
  }
  if (options.json) {
    Json decisions = Json::array();
    for (const auto& d : *scan.decisions) {
      decisions.push_back({{"service", d->service},
                           {"team", d->team},
                           {"language", d->language},
                           {"record", d->path}});
    }
    Json all{{"decisions", decisions}, {"diagnostics", diagnostics_json(scan.diagnostics)}};
    if (options.live) all.update(live_json(live));
    std::cout << dump(all) << "\n";
  } else {
    print(scan.diagnostics);
    for (const LiveFinding& finding : live.findings) print({finding.diagnostic});
    for (const std::string& note : live.notes) std::cerr << "note: " << printable(note) << "\n";
    std::cout << counted(records.files().size(), "file") << ", "
              << counted(scan.decisions->size(), "decision") << " in force";
    if (options.live) std::cout << ", " << live.findings.size() << " to mend";
    std::cout << "\n";
  }
  return has_error(scan.diagnostics) || !live.complete ? kBad : kGood;
}

}  // namespace revisitd::daemon::cli
