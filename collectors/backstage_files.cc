#include "collectors/backstage_files.h"

#include <algorithm>

#include "collectors/record_paths.h"
#include "collectors/safe_file.h"

namespace revisitd::collectors {

BackstageFiles::BackstageFiles(std::string pattern, RosterSourceOptions options, LastReading last)
    : pattern_(std::move(pattern)),
      gate_(pattern_, options, std::move(last.roster)),
      services_(std::move(last.services)) {}

RosterLook BackstageFiles::look(TimePoint now) {
  const RecordPaths paths = list_records({pattern_});
  directories_ = paths.directories;
  std::vector<Diagnostic> problems;
  const auto bad = [&](const std::string& file, std::string why) {
    problems.push_back({file, {}, std::move(why), "", Severity::error});
  };
  for (const auto& [directory, why] : paths.unlisted) bad(directory, why);
  if (paths.files.empty() && problems.empty()) bad(pattern_, "names no file");
  std::vector<BackstageEntity> entities;
  std::string hashes;
  bool rested = true;
  for (const std::string& file : paths.files) {
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
    hashes += content->hash;
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
  reading.roster->source = pattern_;
  reading.roster->validity = gate_.options().validity;
  RosterLook look = gate_.offer(std::move(reading), content_hash(hashes), rested, now);
  if (look.state == RosterSourceState::good) services_ = std::move(catalogue.services);
  return look;
}

}  // namespace revisitd::collectors
