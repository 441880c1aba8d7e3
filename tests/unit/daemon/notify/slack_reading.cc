#include "tests/unit/daemon/notify/slack_reading.h"

#include <re2/re2.h>

namespace revisitd::daemon::notify {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Json& text) {
  std::string result = text.at("text");
  RE2::GlobalReplace(&result, R"(<([^|>]+)\|([^>]+)>)", R"(\2 (\1))");
  RE2::GlobalReplace(&result, "&lt;", "<");
  RE2::GlobalReplace(&result, "&gt;", ">");
  RE2::GlobalReplace(&result, "&amp;", "&");
  return result;
}

}  // namespace

std::vector<Json> text_objects(const Json& message) {
  std::vector<Json> texts;
  for (const Json& block : message.at("blocks")) {
    if (block.contains("text")) texts.push_back(block.at("text"));
    if (!block.contains("elements")) continue;
    for (const Json& element : block.at("elements")) texts.push_back(element);
  }
  return texts;
}

std::string as_read(const std::string& body) {
  const Json message = Json::parse(body);
  std::string page = "[notification] " + shown({{"text", message.at("text")}}) + "\n\n";
  for (const Json& block : message.at("blocks")) {
    if (block.at("type") == "context") {
      for (const Json& element : block.at("elements")) page += "    " + shown(element) + "\n";
    } else {
      const std::string text = shown(block.at("text"));
      page += text + "\n";
      if (block.at("type") == "header") page += std::string(text.size(), '=') + "\n";
    }
    page += "\n";
  }
  return page;
}

}  // namespace revisitd::daemon::notify
