#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config_decode.h"

// What status/config shows: the configuration with its secrets taken out.
namespace revisitd::daemon {
namespace {

// Keys whose scalar is a secret wherever it stands. A webhook's URL often carries its token.
constexpr std::array<std::string_view, 7> kSecretKeys = {
    "api_url", "password", "credentials", "secret", "previous_secret", "bearer_token", "secrets"};

bool is_secret_key(std::string_view key, std::string_view parent) {
  if (parent == "webhook" && key == "url") return true;
  if (parent == "headers" || parent == "proxy_connect_header") return true;
  for (const std::string_view secret : kSecretKeys) {
    if (key == secret) return true;
  }
  return false;
}

// Whether a secret can be in the text at all; reading it anew costs a start as much as reading it
// did.
bool mentions_secrets(std::string_view yaml) {
  if (yaml.find('\\') != std::string_view::npos) return true;  // a key may be written in escapes
  if (yaml.find("webhook") != std::string_view::npos) return true;
  if (yaml.find("headers") != std::string_view::npos) return true;
  if (yaml.find("proxy_connect_header") != std::string_view::npos) return true;
  return std::any_of(kSecretKeys.begin(), kSecretKeys.end(), [yaml](std::string_view key) {
    return yaml.find(key) != std::string_view::npos;
  });
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
    } else if (entry.second.IsSequence() && is_secret_key(key, parent)) {
      for (YAML::Node item : entry.second) item = "<secret>";
    } else {
      hide(entry.second, key);
    }
  }
}

// What stands before the '@' of a URL that should have none.
std::string userinfo_of(const std::string& text) {
  const std::size_t scheme = text.find("://");
  const std::size_t at = text.find('@');
  if (scheme == std::string::npos || at == std::string::npos || at < scheme) return "";
  return text.substr(scheme + 3, at - scheme - 3);
}

void collect(const YAML::Node& node, const std::string& parent, std::vector<Secret>& found) {
  if (node.IsScalar()) {
    if (const std::string user = userinfo_of(node.Scalar()); !user.empty())
      found.emplace_back(user);
  }
  if (node.IsSequence()) {
    for (const YAML::Node& item : node) collect(item, parent, found);
  }
  if (!node.IsMap()) return;
  for (const auto& entry : node) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (entry.second.IsScalar() && is_secret_key(key, parent)) {
      found.emplace_back(entry.second.Scalar());
    } else if (entry.second.IsSequence() && is_secret_key(key, parent)) {
      for (const YAML::Node& item : entry.second) {
        if (item.IsScalar()) found.emplace_back(item.Scalar());
      }
    } else {
      collect(entry.second, key, found);
    }
  }
}

// Of a text that is no YAML: whether a secret may stand in the line.
bool may_hold_secret(std::string_view line) {
  return line.find("url:") != std::string_view::npos ||
         line.find("headers:") != std::string_view::npos ||
         line.find("proxy_connect_header:") != std::string_view::npos ||
         std::any_of(kSecretKeys.begin(), kSecretKeys.end(), [&](std::string_view key) {
           return line.find(std::string(key) + ":") != std::string_view::npos;
         });
}

}  // namespace

void hide_secrets(std::vector<Diagnostic>& diagnostics, std::string_view yaml) {
  std::vector<Secret> secrets;
  bool readable = true;
  try {
    collect(YAML::Load(std::string(yaml)), "", secrets);
  } catch (const YAML::Exception&) {
    readable = false;
  }
  for (Diagnostic& d : diagnostics) {
    if (!readable && may_hold_secret(d.source)) d.source.clear();
    for (const Secret& secret : secrets) {
      // The caret would stand elsewhere in a line that is another length before it.
      const bool moves =
          d.source.find(secret.reveal()) + 1 < static_cast<std::size_t>(d.place.column);
      std::string hidden = without_secret(d.source, secret);
      if (moves && hidden != d.source) hidden.clear();
      d.source = std::move(hidden);
    }
  }
}

std::string hide_secrets(std::string_view yaml) {
  if (!mentions_secrets(yaml)) return std::string(yaml);
  // The strict decoder has been over the text already, so yaml-cpp's leniency cannot bite here.
  YAML::Node root = YAML::Load(std::string(yaml));
  hide(root, "");
  YAML::Emitter out;
  out << root;
  return std::string(out.c_str()) + "\n";
}

}  // namespace revisitd::daemon
