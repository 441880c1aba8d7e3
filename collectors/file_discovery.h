#pragma once

#include <map>
#include <string>
#include <vector>

#include "collectors/safe_file.h"
#include "collectors/target_group.h"

// `file_sd_configs`: target groups in files that other programs write.
namespace revisitd::collectors {

class FileDiscovery {
 public:
  // Paths that end in .json, .yml or .yaml; the last part may be a glob (`targets/*.json`).
  explicit FileDiscovery(std::vector<std::string> patterns);

  struct Look {
    bool changed = false;              // other groups than at the look before
    bool unsettled = false;            // a file is being written: another look soon
    std::vector<Diagnostic> problems;  // all there are now; those files' last good groups stay
  };
  // Reads every file again. Quick and bounded; a file that goes takes its groups with it.
  Look look();

  [[nodiscard]] std::vector<TargetGroup> groups() const;
  // Where files may come and go, for a FileWatch.
  [[nodiscard]] std::vector<std::string> directories() const;

  // "" if a pattern may be given to the constructor, else what is expected.
  static std::string check_pattern(const std::string& pattern);

 private:
  struct File {
    ContentHash hash{};  // of the text the groups come from
    std::vector<TargetGroup> groups;
  };
  std::vector<std::string> patterns_;
  std::map<std::string, File> files_;
};

}  // namespace revisitd::collectors
