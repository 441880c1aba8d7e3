#pragma once

#include <initializer_list>
#include <string>

#include "daemon/config.h"
#include "rules/yaml_decode.h"

// The pieces parse_config() is made of, one function for each part of the file.
namespace revisitd::daemon {

// `path` if it is absolute, else below `directory`; "" stays "".
std::string resolve_path(const std::string& directory, const std::string& path);

// basic_auth, authorization, bearer_token_file, headers, tls_config, proxy_url and its companions,
// and allow_private of any HTTP peer, with Prometheus' keys; marks them as known in `map`.
HttpPeer decode_http_peer(rules::YamlMap& map, const std::string& directory);
// An http or https URL with a host and without userinfo.
std::optional<std::string> decode_url(const rules::YamlValue& value);
// NAME or NAME_file of a map; both is an error.
SecretSource decode_secret(rules::YamlMap& map, const std::string& name,
                           const std::string& directory);

// An error for each of the keys that is given: known, and not supported.
void refuse(rules::YamlMap& map, std::initializer_list<const char*> keys, const std::string& why);
std::size_t decode_count(rules::YamlMap& map, const char* key, std::size_t otherwise,
                         long long most, long long least = 1);
// {NAME: [VALUE, …], …}
std::vector<std::pair<std::string, std::string>> decode_params(const rules::YamlValue& value);
// relabel_configs and metric_relabel_configs.
std::vector<collectors::RelabelRule> decode_relabel(const rules::YamlValue& value);
KubernetesTargets decode_kubernetes(const rules::YamlValue& value, const std::string& directory);

CgroupJob decode_cgroup_job(const rules::YamlValue& value, const GlobalConfig& global);
// A list of paths, resolved.
std::vector<std::string> decode_files(const rules::YamlValue& value, const std::string& directory);
RosterConfig decode_roster(const rules::YamlValue& value, const std::string& directory);
GitConfig decode_git(const rules::YamlValue& value, const std::string& directory);
// `servers` are the names under `prometheus`.
RunningConfig decode_running(const rules::YamlValue& value,
                             const std::vector<std::string>& servers);
EndOfLifeConfig decode_end_of_life(const rules::YamlValue& value, const std::string& directory);
ScrapeJob decode_scrape_job(const rules::YamlValue& value, const GlobalConfig& global,
                            const std::string& directory);
PrometheusServer decode_prometheus(const rules::YamlValue& value, const GlobalConfig& global,
                                   const std::string& directory);
notify::Receiver decode_receiver(const rules::YamlValue& value, const std::string& directory);
notify::Route decode_route(const rules::YamlValue& value,
                           const std::vector<notify::Receiver>& receivers);

// The text again with every secret value replaced by <secret>.
std::string hide_secrets(std::string_view yaml);
// The same for the lines of the text that diagnostics show: they go to logs.
void hide_secrets(std::vector<Diagnostic>& diagnostics, std::string_view yaml);

}  // namespace revisitd::daemon
