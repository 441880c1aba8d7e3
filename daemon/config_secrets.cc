#include <yaml-cpp/yaml.h>

#include <array>
#include <string>
#include <string_view>

#include "daemon/config_decode.h"

// What status/config shows: the configuration with its secrets taken out.
namespace revisitd::daemon {
namespace {

// Keys whose scalar is a secret wherever it stands. A webhook's URL often carries its token.
constexpr std::array<std::string_view, 5> kSecretKeys = {"api_url", "password", "credentials",
                                                         "secret", "previous_secret"};

bool is_secret_key(std::string_view key, std::string_view parent) {
  if (parent == "webhook" && key == "url") return true;
  if (parent == "headers") return true;
  for (const std::string_view secret : kSecretKeys) {
    if (key == secret) return true;
  }
  return false;
}

void hide(YAML::Node node, const std::string& parent) {
  if (node.IsSequence()) {
    for (YAML::Node item : node) hide(item, parent);
    return;
  }
  if (!node.IsMap()) return;
  for (auto entry : node) {
    const std::string key = entry.first.Scalar();
    if (entry.second.IsScalar() && is_secret_key(key, parent)) {
      entry.second = "<secret>";
    } else {
      hide(entry.second, key);
    }
  }
}

}  // namespace

std::string hide_secrets(std::string_view yaml) {
  // The strict decoder has been over the text already, so yaml-cpp's leniency cannot bite here.
  YAML::Node root = YAML::Load(std::string(yaml));
  hide(root, "");
  YAML::Emitter out;
  out << root;
  return std::string(out.c_str()) + "\n";
}

}  // namespace revisitd::daemon
