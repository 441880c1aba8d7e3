#include "daemon/inputs.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "collectors/safe_file.h"
#include "daemon/version.h"
#include "rules/roster_merge.h"
#include "rules/saved_reading.h"

namespace revisitd::daemon {
namespace {

// What a text is read as depends on nothing but the program, the signals and the slots.
std::string reader_of(const Config& config) {
  constexpr std::size_t kDigits = 32;
  const std::string program = build_id();
  if (program.empty()) return "";
  const auto slot = [](Duration length) { return '\n' + std::to_string(length.count()); };
  return collectors::content_hash(program + slot(config.global.slots.front()) +
                                  slot(config.global.slots.back()) + '\n' +
                                  rules::save_signals(config.signals))
      .substr(0, kDigits);
}

collectors::RecordFilesOptions record_options(const Config& config) {
  collectors::RecordFilesOptions options;
  options.patterns = config.records.files;
  options.signals = config.signals;
  options.people_known = config.roster.any();
  options.reader = reader_of(config);
  options.record = {config.global.slots.front(), config.global.slots.back()};
  return options;
}

RosterSourceStatus status_of(const collectors::RosterSource& source,
                             const collectors::RosterLook& look, TimePoint now) {
  RosterSourceStatus status;
  status.name = source.name();
  status.kind = source.kind();
  status.state = collectors::roster_source_state_name(look.state);
  if (look.roster) {
    status.read_at = look.roster->read_at;
    status.valid = look.roster->valid(now);
    status.people = static_cast<std::size_t>(look.roster->people(now));
  }
  return status;
}

}  // namespace

Inputs::Inputs(const Config& config, const Before& before, collectors::FileWatch& watch,
               collectors::HttpClient* client, collectors::RecordsAhead ahead)
    : files_(record_options(config), before.records, std::move(ahead)),
      rosters_(make_roster_sources(config.roster, client, {}, before.sources)),
      watch_(watch) {
  for (const auto& source : rosters_.all) {
    if (!roster_status_.source.empty()) roster_status_.source += ", ";
    roster_status_.source += source->name();
  }
}

std::shared_ptr<collectors::AheadReader> Inputs::ahead_reader(const Config& config, TimePoint now) {
  return std::make_shared<collectors::AheadReader>(record_options(config), now);
}

collectors::RecordScan Inputs::look_at_records(TimePoint now, collectors::RecordFiles::Look look) {
  collectors::RecordScan scan = files_.scan(now, look);
  note_records(scan);
  std::vector<std::string> directories = files_.directories();
  for (const auto& roster : rosters_.all) {
    for (std::string& directory : roster->directories())
      directories.push_back(std::move(directory));
  }
  watch_.watch(directories);
  return scan;
}

void Inputs::note_records(const collectors::RecordScan& scan) {
  const bool same = scan.added.empty() && scan.edited.empty() && scan.removed.empty() &&
                    !scan.changed && scan.diagnostics == record_problems_;
  if (same) return;
  record_problems_ = scan.diagnostics;
  records_.clear();
  std::map<std::string_view, std::string_view> service_of;
  for (const auto& decision : *scan.decisions) service_of[decision->path] = decision->service;
  std::multimap<std::string_view, const Diagnostic*> of_file;
  for (const Diagnostic& d : scan.diagnostics) of_file.emplace(d.file, &d);
  const auto files = files_.files();
  records_.reserve(files.size());
  for (const auto& [path, state] : files) {
    RecordStatusRow row;
    row.path = path;
    row.status = rules::status_name(state->status);
    row.last_good = state->kept;
    if (const auto found = service_of.find(path); found != service_of.end()) {
      row.in_force = true;
      row.service = found->second;
    }
    const auto [first, last] = of_file.equal_range(path);
    for (auto d = first; d != last; ++d) row.diagnostics.push_back(*d->second);
    if (!state->has_block && row.diagnostics.empty()) continue;  // nothing for us in it
    records_.push_back(std::move(row));
  }
  // What could not even be read has no state.
  for (const Diagnostic& d : scan.diagnostics) {
    if (files.contains(d.file)) continue;
    RecordStatusRow row{.path = d.file, .service = "", .status = "unread", .diagnostics = {d}};
    for (const auto& decision : *scan.decisions) {
      if (decision->path != d.file) continue;
      row.in_force = row.last_good = true;
      row.service = decision->service;
    }
    records_.push_back(std::move(row));
  }
}

std::vector<std::string> Inputs::record_files() const {
  std::vector<std::string> paths;
  for (const auto& [path, state] : files_.files()) paths.emplace_back(path);
  return paths;
}

std::vector<std::string> Inputs::confirm_rosters() {
  std::vector<std::string> names;
  for (const auto& source : rosters_.all) {
    if (source->confirm()) names.push_back(source->name());
  }
  return names;
}

Inputs::RosterChange Inputs::look_at_rosters(TimePoint now) {
  RosterChange change;
  std::vector<rules::Roster> all;
  std::string problem, remarks;
  roster_status_.sources.clear();
  readings_.clear();
  for (const auto& source : rosters_.all) {
    const auto services = source->services();
    const collectors::RosterLook look = source->look(now);
    if (look.roster) {
      all.push_back(*look.roster);
      readings_.push_back({look.roster, source->services()});
      if (look.changed || readings_.back().services != services) change.readings_changed = true;
    }
    RosterSourceStatus& status = roster_status_.sources.emplace_back(status_of(*source, look, now));
    for (const Diagnostic& d : look.diagnostics) {
      // A remark on what is in force is told, and is no problem.
      const bool remark = look.state == collectors::RosterSourceState::good;
      std::string& told = remark ? remarks : status.problem;
      told += (told.empty() ? "" : "; ") + format_location(d);
      change.problems.push_back(d);
    }
    if (!status.problem.empty()) problem += (problem.empty() ? "" : "; ") + status.problem;
  }
  if (all.size() == rosters_.all.size() && !all.empty()) {
    auto roster = std::make_shared<const rules::Roster>(rules::merge_rosters(all));
    change.changed = !roster_ || roster_->teams != roster->teams;
    roster_ = std::move(roster);
    roster_status_.elsewhere = static_cast<int>(roster_->elsewhere.size());
  }
  const std::string said = problem + remarks;
  if (said == roster_said_) change.problems.clear();
  roster_said_ = said;
  change.roster = roster_;
  roster_status_.problem = problem;
  roster_status_.read_at = roster_ ? std::optional(roster_->read_at) : std::nullopt;
  roster_status_.valid = roster_ && roster_->valid(now);
  return change;
}

std::map<std::string, Inputs::Catalogued> Inputs::catalogued_services() const {
  std::map<std::string, Catalogued> all;
  for (const collectors::LastReading& reading : readings_) {
    for (const collectors::CataloguedService& service : reading.services)
      all.try_emplace(service.name, Catalogued{service.owner, reading.roster->read_at});
  }
  return all;
}

}  // namespace revisitd::daemon
