#include "daemon/record_json.h"

#include <boost/container_hash/hash.hpp>
#include <nlohmann/json.hpp>

namespace revisitd::daemon {

using Json = nlohmann::ordered_json;

std::string record_to_json(const rules::RecordSource& source) {
  Json json{{"path", source.path}, {"text", source.text}};
  if (!source.side_path.empty()) {
    json["side_path"] = source.side_path;
    json["side_text"] = source.side_text;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::size_t hash_of(const rules::RecordSource& source) {
  std::size_t hash = 0;
  for (const auto* part : {&source.path, &source.text, &source.side_path, &source.side_text})
    boost::hash_combine(hash, std::hash<std::string>{}(*part));
  return hash;
}

std::optional<rules::RecordSource> record_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    return rules::RecordSource{.path = json.at("path").get<std::string>(),
                               .text = json.at("text").get<std::string>(),
                               .side_path = json.value("side_path", ""),
                               .side_text = json.value("side_text", "")};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace revisitd::daemon
