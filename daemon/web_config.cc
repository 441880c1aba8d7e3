#include "daemon/web_config.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "rules/yaml_decode.h"

namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

constexpr std::size_t kBcryptBytes = 60;
constexpr int kMaxCost = 15;  // 2 s and more for one check on common machines

std::string path_in(const YamlValue& value, const std::string& directory) {
  const auto given = value.text(4096);
  return given ? (std::filesystem::path(directory) / *given).string() : std::string();
}

void read_tls(const YamlValue& value, const std::string& directory, WebConfig& config) {
  if (!value.given()) return;
  YamlMap map(value);
  config.cert_file = path_in(map.required("cert_file"), directory);
  config.key_file = path_in(map.required("key_file"), directory);
  config.client_ca_file = path_in(map.optional("client_ca_file"), directory);
  const YamlValue client_auth = map.optional("client_auth_type");
  config.client_auth =
      client_auth
          .one_of<ClientAuth>({{"NoClientCert", ClientAuth::none},
                               {"RequestClientCert", ClientAuth::request},
                               {"RequireAnyClientCert", ClientAuth::require_any},
                               {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
                               {"RequireAndVerifyClientCert", ClientAuth::require_and_verify}})
          .value_or(ClientAuth::none);
  config.only_tls13 =
      map.optional("min_version").one_of({"TLS12", "TLS13"}).value_or("TLS12") == "TLS13";
  map.finish();

  const bool verifies = config.client_auth == ClientAuth::verify_if_given ||
                        config.client_auth == ClientAuth::require_and_verify;
  if (verifies && config.client_ca_file.empty()) {
    client_auth.error("needs client_ca_file, the authorities to verify against");
  }
  if (!config.client_ca_file.empty() && config.client_auth == ClientAuth::none) {
    map.value().error("client_ca_file without a client_auth_type that asks for certificates");
  }
}

// "$2b$10$" and 53 bytes of salt and hash.
bool is_bcrypt(std::string_view hash) {
  const bool known =
      hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
  return known && hash.size() == kBcryptBytes && hash[6] == '$';
}

int cost_of(std::string_view hash) {
  int cost = 0;
  std::from_chars(hash.data() + 4, hash.data() + 6, cost);
  return cost;
}

void read_users(const YamlValue& value, WebConfig& config) {
  if (!value.given()) return;
  for (const YamlValue& entry : value.entries()) {
    const auto hash = entry.text(128);
    if (!hash) continue;
    if (entry.name().empty() || entry.name().find(':') != std::string::npos) {
      entry.error("a user name is not empty and holds no ':'");
    } else if (!is_bcrypt(*hash)) {
      entry.error("expected a bcrypt hash, as `htpasswd -nBC 10 \"\"` prints it");
    } else if (cost_of(*hash) < 4 || cost_of(*hash) > kMaxCost) {
      entry.error("the cost of the bcrypt hash is outside 4 to 15");
    } else {
      config.users.emplace(entry.name(), *hash);
    }
  }
}

}  // namespace

void WebConfig::apply_to(HttpServerOptions& options) const {
  options.tls_cert_file = cert_file;
  options.tls_key_file = key_file;
  options.tls_client_ca_file = client_ca_file;
  options.tls_client_auth = client_auth;
  options.tls_only_13 = only_tls13;
}

std::optional<WebConfig> parse_web_config(std::string_view text, const std::string& directory,
                                          rules::Findings& findings) {
  const auto documents = rules::parse_yaml(text, {}, findings);
  if (documents.empty()) return std::nullopt;
  WebConfig config;
  // An empty file is a valid one, as with Prometheus: neither TLS nor passwords.
  const YamlValue document(documents.front(), "the web configuration", findings);
  if (document.filled()) {
    YamlMap map(document);
    read_tls(map.optional("tls_server_config"), directory, config);
    read_users(map.optional("basic_auth_users"), config);
    map.finish();
  }
  if (!findings.ok()) return std::nullopt;
  return config;
}

}  // namespace revisitd::daemon
