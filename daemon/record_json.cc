#include "daemon/record_json.h"

#include <boost/json.hpp>
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

// Read with Boost.JSON, which takes a fifth of the time: every start reads all records of a fleet.
std::optional<rules::RecordSource> record_from_json(std::string_view text) {
  boost::json::error_code error;
  const boost::json::value json = boost::json::parse(text, error);
  const boost::json::object* object = error ? nullptr : json.if_object();
  if (object == nullptr) return std::nullopt;
  bool good = true;
  const auto member = [&](const char* key, bool needed) -> std::string {
    const boost::json::value* value = object->if_contains(key);
    if (value == nullptr) {
      good = good && !needed;
      return {};
    }
    const boost::json::string* string = value->if_string();
    good = good && string != nullptr;
    return string != nullptr ? std::string(*string) : std::string();
  };
  rules::RecordSource source{.path = member("path", true),
                             .text = member("text", true),
                             .side_path = member("side_path", false),
                             .side_text = member("side_text", false)};
  return good ? std::optional(std::move(source)) : std::nullopt;
}

}  // namespace revisitd::daemon
