#include "collectors/file_discovery.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "collectors/safe_file.h"

namespace revisitd::collectors {
namespace {

bool has_ending(const std::string& path) {
  return path.ends_with(".json") || path.ends_with(".yml") || path.ends_with(".yaml");
}

std::set<std::string> expand(const std::vector<std::string>& patterns) {
  std::set<std::string> paths;
  for (const std::string& pattern : patterns) {
    ::glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      paths.insert(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    } else if (pattern.find_first_of("*?[") == std::string::npos) {
      paths.insert(pattern);  // named outright: its absence is worth a word
    }
    ::globfree(&found);
  }
  return paths;
}

}  // namespace

FileDiscovery::FileDiscovery(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

std::string FileDiscovery::check_pattern(const std::string& pattern) {
  if (!has_ending(pattern)) return "expected a path that ends in .json, .yml or .yaml";
  const std::string directory = std::filesystem::path(pattern).parent_path().string();
  if (directory.find_first_of("*?[") != std::string::npos) {
    return "only the last part of the path may be a glob";
  }
  return "";
}

FileDiscovery::Look FileDiscovery::look() {
  Look look;
  const std::set<std::string> paths = expand(patterns_);
  look.changed = std::erase_if(files_, [&](const auto& f) { return !paths.contains(f.first); }) > 0;
  for (const std::string& path : paths) {
    const auto content = read_file(path, kTargetGroupBytes);
    if (!content) {
      if (content.error().problem == FileProblem::changing) {
        look.unsettled = true;  // the next look sees it whole
        continue;
      }
      look.problems.push_back({path, {}, content.error().without(path), "", Severity::error});
      continue;
    }
    const auto known = files_.find(path);
    if (known != files_.end() && known->second.hash == content->hash) continue;
    TargetGroupReading reading = decode_target_groups(content->text, path);
    const bool bad = std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(),
                                 [](const Diagnostic& d) { return d.severity == Severity::error; });
    look.problems.insert(look.problems.end(), reading.diagnostics.begin(),
                         reading.diagnostics.end());
    if (bad) continue;
    look.changed = look.changed || known == files_.end() || known->second.groups != reading.groups;
    files_[path] = {content->hash, std::move(reading.groups)};
  }
  return look;
}

std::vector<TargetGroup> FileDiscovery::groups() const {
  std::vector<TargetGroup> all;
  for (const auto& [path, file] : files_) {
    for (const TargetGroup& group : file.groups) {
      all.push_back(group);
      all.back().labels.try_emplace("__meta_filepath", path);
    }
  }
  return all;
}

std::vector<std::string> FileDiscovery::directories() const {
  std::set<std::string> all;
  for (const std::string& pattern : patterns_) {
    std::string directory = std::filesystem::path(pattern).parent_path().string();
    all.insert(directory.empty() ? "." : std::move(directory));
  }
  return {all.begin(), all.end()};
}

}  // namespace revisitd::collectors
