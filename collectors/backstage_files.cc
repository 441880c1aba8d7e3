#include "collectors/backstage_files.h"

#include <algorithm>
#include <set>

#include "collectors/record_paths.h"
#include "collectors/safe_file.h"

namespace revisitd::collectors {

std::string BackstageFiles::name_of(const std::vector<std::string>& patterns) {
  std::string name;
  for (const std::string& pattern : patterns) name += (name.empty() ? "" : ", ") + pattern;
  return name;
}

BackstageFiles::BackstageFiles(std::vector<std::string> patterns, RosterSourceOptions options,
                               LastReading last)
    : patterns_(std::move(patterns)),
      name_(name_of(patterns_)),
      gate_(name_, options, std::move(last.roster)),
      services_(std::move(last.services)) {}

RosterLook BackstageFiles::look(TimePoint now) {
  directories_.clear();
  std::vector<Diagnostic> problems;
  const auto bad = [&](const std::string& file, std::string why) {
    problems.push_back({file, {}, std::move(why), "", Severity::error});
  };
  std::set<std::string> files;
  for (const std::string& pattern : patterns_) {
    const RecordPaths paths = list_records({pattern});
    for (const auto& [directory, why] : paths.unlisted) bad(directory, why);
    if (paths.files.empty() && paths.unlisted.empty()) bad(pattern, "names no file");
    files.insert(paths.files.begin(), paths.files.end());
    directories_.insert(directories_.end(), paths.directories.begin(), paths.directories.end());
  }
  std::vector<BackstageEntity> entities;
  std::string hashes;
  bool rested = true;
  for (const std::string& file : files) {
    const auto content = read_file(file, rules::kRosterBytes);
    if (!content && content.error().problem == FileProblem::changing) {
      RosterLook look = gate_.refuse(RosterSourceState::settling, {});
      look.again = now + gate_.options().settle;
      return look;
    }
    if (!content) {
      bad("", content.error().message);
      continue;
    }
    hashes += hex_of(content->hash);
    rested = rested && (now - content->modified >= gate_.options().settle ||
                        content->modified - now >= gate_.options().settle);
    for (BackstageEntity& entity : read_backstage_file(content->text, file, problems))
      entities.push_back(std::move(entity));
  }
  const bool failed = std::any_of(problems.begin(), problems.end(), [](const Diagnostic& d) {
    return d.severity == Severity::error;
  });
  if (failed) return gate_.refuse(RosterSourceState::bad, std::move(problems));
  BackstageCatalogue catalogue = make_catalogue(entities, problems);
  rules::RosterReading reading{std::move(catalogue.roster), std::move(problems)};
  reading.roster->read_at = now;
  reading.roster->source = name_;
  reading.roster->validity = gate_.options().validity;
  RosterLook look = gate_.offer(std::move(reading), content_hash(hashes), rested, now);
  if (look.state == RosterSourceState::good) services_ = std::move(catalogue.services);
  return look;
}

}  // namespace revisitd::collectors
