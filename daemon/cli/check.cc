#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "collectors/record_files.h"
#include "collectors/safe_file.h"
#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/hygiene.h"
#include "daemon/config.h"
#include "daemon/roster_sources.h"
#include "rules/roster_decode.h"

// Commands that look at files: the same code that the daemon reads them with.
namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

bool has_error(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

void print(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& d : diagnostics) std::cerr << format_diagnostic(d) << "\n";
}

Json diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
  Json list = Json::array();
  for (const Diagnostic& d : diagnostics) {
    list.push_back({{"file", d.file},
                    {"line", d.place.line},
                    {"column", d.place.column},
                    {"severity", d.severity == Severity::error ? "error" : "warning"},
                    {"message", d.message}});
  }
  return list;
}

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
  return {{"hygiene", findings}, {"notes", live.notes}};
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

// "1 file", "2 files".
std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

TimePoint now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

// By what the file looks like: a table, a catalogue, or a native roster.
void add_roster_file(const std::string& file, RosterConfig& sources) {
  if (file.ends_with(".csv") || file.ends_with(".tsv")) {
    sources.csv.push_back(file);
    return;
  }
  const auto content = collectors::read_file(file, rules::kRosterBytes);
  const bool catalogue =
      content && content->text.find("apiVersion: backstage.io/") != std::string::npos;
  (catalogue ? sources.backstage : sources.files).push_back(file);
}

}  // namespace

int check_config(const std::string& file) {
  const LoadedConfig loaded = load_config(file);
  print(loaded.diagnostics);
  if (!loaded.config) return kBad;
  const Config& c = *loaded.config;
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
    files.record = {loaded.config->global.slots.front(), loaded.config->global.slots.back()};
    if (files.patterns.empty()) files.patterns = loaded.config->records.files;
  }
  collectors::RecordFiles records(files);
  collectors::RecordScan scan = records.scan(now());
  if (records.files().empty() && scan.diagnostics.empty()) {
    for (const std::string& pattern : files.patterns) {
      scan.diagnostics.push_back({pattern, {}, "names no record file", "", Severity::error});
    }
  }
  LiveFindings live;
  if (from_servers) {
    live = ask_servers(*loaded.config, scan.decisions, now(), options.look_back);
  } else if (options.live) {
    auto answer = ask_daemon({.url = options.url, .json = options.json});
    if (!answer) return complain(answer.error().message);
    live = *std::move(answer);
  }
  if (options.json) {
    Json decisions = Json::array();
    for (const auto& d : scan.decisions) {
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
              << counted(scan.decisions.size(), "decision") << " in force";
    if (options.live) std::cout << ", " << live.findings.size() << " to mend";
    std::cout << "\n";
  }
  return has_error(scan.diagnostics) ? kBad : kGood;
}

int check_roster(const CheckRosterOptions& options) {
  RosterConfig sources;
  if (options.files.empty()) {
    LoadedConfig loaded =
        load_config(options.config_file.empty() ? "revisitd.yml" : options.config_file);
    if (!loaded.config) {
      print(loaded.diagnostics);
      return kBad;
    }
    sources = std::move(loaded.config->roster);
  }
  for (const std::string& file : options.files) add_roster_file(file, sources);
  const RosterFilesReading reading = read_roster_files(sources, now());
  Json teams = Json::object();
  if (reading.roster) {
    for (const auto& [name, team] : reading.roster->teams) teams[name] = team.members.size();
  }
  const std::size_t elsewhere = reading.roster ? reading.roster->elsewhere.size() : 0;
  if (options.json) {
    std::cout << dump({{"teams", teams},
                       {"on_no_team", elsewhere},
                       {"diagnostics", diagnostics_json(reading.diagnostics)}})
              << "\n";
  } else {
    print(reading.diagnostics);
    for (const auto& [name, members] : teams.items())
      std::cout << name << ": " << counted(members.get<std::size_t>(), "member") << "\n";
    if (elsewhere > 0) std::cout << "on no team: " << elsewhere << "\n";
  }
  return has_error(reading.diagnostics) ? kBad : kGood;
}

}  // namespace revisitd::daemon::cli
