#include "daemon/cli/check_text.h"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace revisitd::daemon::cli {

using Json = nlohmann::ordered_json;

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

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

TimePoint now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace revisitd::daemon::cli
