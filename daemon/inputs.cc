#include "daemon/inputs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>

#include "rules/roster_decode.h"

namespace revisitd::daemon {
namespace {

collectors::RecordFilesOptions record_options(const Config& config) {
  collectors::RecordFilesOptions options;
  options.patterns = config.records.files;
  options.signals = config.signals;
  options.record = {config.global.slots.front(), config.global.slots.back()};
  return options;
}

// The part of a roster that was in force which came from one of several files cannot be told apart
// any more, so only a single file starts from it.
std::vector<collectors::RosterFile> roster_files(const Config& config,
                                                 std::shared_ptr<const rules::Roster> last) {
  std::vector<collectors::RosterFile> files;
  collectors::RosterFileOptions options;
  options.validity = config.roster.validity;
  if (config.roster.files.size() != 1) last = nullptr;
  for (const std::string& path : config.roster.files) files.emplace_back(path, options, last);
  return files;
}

}  // namespace

Inputs::Inputs(const Config& config, const Before& before, collectors::FileWatch& watch)
    : files_(record_options(config), before.records),
      rosters_(roster_files(config, before.roster)),
      watch_(watch) {
  for (const std::string& path : config.roster.files) {
    if (!roster_status_.source.empty()) roster_status_.source += ", ";
    roster_status_.source += path;
  }
}

collectors::RecordScan Inputs::look_at_records(TimePoint now, collectors::RecordFiles::Look look) {
  collectors::RecordScan scan = files_.scan(now, look);
  note_records(scan);
  std::vector<std::string> directories = files_.directories();
  for (const collectors::RosterFile& roster : rosters_) {
    directories.push_back(std::filesystem::path(roster.path()).parent_path().string());
    if (directories.back().empty()) directories.back() = ".";
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
  for (const auto& decision : scan.decisions) service_of[decision->path] = decision->service;
  std::multimap<std::string_view, const Diagnostic*> of_file;
  for (const Diagnostic& d : scan.diagnostics) of_file.emplace(d.file, &d);
  for (const auto& [path, state] : files_.files()) {
    RecordStatusRow row;
    row.path = path;
    row.status = rules::status_name(state.reading.status);
    row.last_good = state.kept;
    if (const auto found = service_of.find(path); found != service_of.end()) {
      row.in_force = true;
      row.service = found->second;
    }
    const auto [first, last] = of_file.equal_range(path);
    for (auto d = first; d != last; ++d) row.diagnostics.push_back(*d->second);
    if (!state.reading.has_block && row.diagnostics.empty()) continue;  // nothing for us in it
    records_.push_back(std::move(row));
  }
  // What could not even be read has no state.
  for (const Diagnostic& d : scan.diagnostics) {
    if (files_.files().contains(d.file)) continue;
    RecordStatusRow row{.path = d.file, .service = "", .status = "unread", .diagnostics = {d}};
    for (const auto& decision : scan.decisions) {
      if (decision->path != d.file) continue;
      row.in_force = row.last_good = true;
      row.service = decision->service;
    }
    records_.push_back(std::move(row));
  }
}

Inputs::RosterChange Inputs::look_at_rosters(TimePoint now) {
  RosterChange change;
  std::vector<rules::Roster> all;
  std::string problem;
  bool complete = true;
  for (collectors::RosterFile& file : rosters_) {
    const collectors::RosterLook look = file.look(now);
    complete = complete && look.roster != nullptr;
    if (look.roster) all.push_back(*look.roster);
    for (const Diagnostic& d : look.diagnostics) {
      if (!problem.empty()) problem += "; ";
      problem += format_location(d);
      change.problems.push_back(d);
    }
  }
  if (complete && !all.empty()) {
    auto merged = rules::merge_rosters(all);
    if (merged) {
      auto roster = std::make_shared<const rules::Roster>(*std::move(merged));
      change.changed = !roster_ || roster_->teams != roster->teams;
      roster_ = std::move(roster);
    } else {
      problem = merged.error().message;
      change.problems.push_back({roster_status_.source, {}, problem, "", Severity::error});
    }
  }
  if (problem == roster_problem_) change.problems.clear();
  roster_problem_ = problem;
  change.roster = roster_;
  roster_status_.problem = problem;
  roster_status_.read_at = roster_ ? std::optional(roster_->read_at) : std::nullopt;
  roster_status_.valid = roster_ && roster_->valid(now);
  return change;
}

}  // namespace revisitd::daemon
