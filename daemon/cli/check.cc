#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "collectors/record_files.h"
#include "collectors/safe_file.h"
#include "daemon/cli/commands.h"
#include "daemon/config.h"
#include "rules/roster_decode.h"
#include "storage/store.h"

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

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

TimePoint now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace

int check_config(const std::string& file) {
  const LoadedConfig loaded = load_config(file);
  print(loaded.diagnostics);
  if (!loaded.config) return kBad;
  const Config& c = *loaded.config;
  std::cout << file << " is valid: " << c.signals.size() << " signals, " << c.scrape_configs.size()
            << " scrape jobs, " << c.prometheus.size() << " Prometheus servers, " << c.receivers.size()
            << " receivers, " << c.routes.size() << " routes\n";
  return kGood;
}

int check_records(const CheckRecordsOptions& options) {
  collectors::RecordFilesOptions files;
  files.settle = Duration{};
  files.patterns = options.records;
  const bool wants_config = !options.config_file.empty() || options.records.empty();
  if (wants_config) {
    const LoadedConfig loaded = load_config(options.config_file.empty() ? "revisitd.yml" : options.config_file);
    if (!loaded.config) {
      print(loaded.diagnostics);
      return kBad;
    }
    files.signals = loaded.config->signals;
    files.record = {loaded.config->global.slots.front(), loaded.config->global.slots.back()};
    if (files.patterns.empty()) files.patterns = loaded.config->records.files;
  }
  collectors::RecordFiles records(files);
  const collectors::RecordScan scan = records.scan(now());
  if (options.json) {
    Json decisions = Json::array();
    for (const auto& d : scan.decisions) {
      decisions.push_back({{"service", d->service}, {"team", d->team}, {"language", d->language}, {"record", d->path}});
    }
    std::cout << dump({{"decisions", decisions}, {"diagnostics", diagnostics_json(scan.diagnostics)}}) << "\n";
  } else {
    print(scan.diagnostics);
    std::cout << records.files().size() << " files, " << scan.decisions.size() << " decisions in force\n";
  }
  return has_error(scan.diagnostics) ? kBad : kGood;
}

int check_roster(const CheckRosterOptions& options) {
  std::vector<std::string> files = options.files;
  if (files.empty()) {
    const LoadedConfig loaded = load_config(options.config_file.empty() ? "revisitd.yml" : options.config_file);
    if (!loaded.config) {
      print(loaded.diagnostics);
      return kBad;
    }
    files = loaded.config->roster.files;
  }
  std::vector<Diagnostic> diagnostics;
  Json teams = Json::object();
  for (const std::string& file : files) {
    const auto content = collectors::read_file(file, rules::kRosterBytes);
    if (!content) {
      diagnostics.push_back({file, {}, content.error().message, "", Severity::error});
      continue;
    }
    const rules::RosterReading reading = rules::decode_roster(content->text, file, now());
    diagnostics.insert(diagnostics.end(), reading.diagnostics.begin(), reading.diagnostics.end());
    if (!reading.roster) continue;
    for (const auto& [name, team] : reading.roster->teams) teams[name] = team.members.size();
  }
  if (options.json) {
    std::cout << dump({{"teams", teams}, {"diagnostics", diagnostics_json(diagnostics)}}) << "\n";
  } else {
    print(diagnostics);
    for (const auto& [name, members] : teams.items()) std::cout << name << ": " << members << " members\n";
  }
  return has_error(diagnostics) ? kBad : kGood;
}

int backup(const std::string& storage_path, const std::string& to) {
  try {
    const auto store = storage::open_store({.directory = storage_path});
    store->backup(to);
    std::cout << "copied to " << to << "\n";
    return kGood;
  } catch (const storage::StoreError& error) {
    std::cerr << "revisitd: " << error.what() << "\n";
    return kBad;
  }
}

}  // namespace revisitd::daemon::cli
