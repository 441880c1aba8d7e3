#pragma once

#include <string>
#include <vector>

#include "collectors/record_files.h"

// Records for tests of their files.
namespace revisitd::collectors {

// A record of one decision; `more` are lines of its block.
inline std::string record_text(const std::string& service, const std::string& date = "2026-05-04",
                               const std::string& more = "") {
  return "# Go for " + service + "\n\nStatus: accepted\nDate: " + date +
         "\n\n```yaml revisit\nservice: " + service + "\nteam: t\nlanguage: go\n" + more + "```\n";
}

// Of the decisions in force, in their order.
inline std::vector<std::string> services_of(const RecordScan& scan) {
  std::vector<std::string> result;
  for (const auto& decision : *scan.decisions) result.push_back(decision->service);
  return result;
}

}  // namespace revisitd::collectors
