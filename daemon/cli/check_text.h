#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/time.h"

// How the commands that check files speak.
namespace revisitd::daemon::cli {

// To standard error, with the line and a caret.
void print(const std::vector<Diagnostic>& diagnostics);
nlohmann::ordered_json diagnostics_json(const std::vector<Diagnostic>& diagnostics);
std::string dump(const nlohmann::ordered_json& json);
// "1 file", "2 files".
std::string counted(std::size_t count, const std::string& noun);
TimePoint now();

}  // namespace revisitd::daemon::cli
