#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// A Slack message as a person would read it, for golden files, and its parts for checks.
namespace revisitd::daemon::notify {

// Every text object of the blocks, in order: {"type","text",…}.
std::vector<nlohmann::ordered_json> text_objects(const nlohmann::ordered_json& message);
// Entities resolved, links as "label (url)", headers underlined, contexts indented.
std::string as_read(const std::string& body);

}  // namespace revisitd::daemon::notify
