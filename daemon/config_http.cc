#include <algorithm>
#include <boost/url/parse.hpp>
#include <filesystem>

#include "daemon/config_decode.h"

// Peers, scrape jobs and Prometheus-compatible servers.
namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

constexpr Duration kMillisecond = std::chrono::milliseconds(1);
constexpr Duration kSecond = std::chrono::seconds(1);
constexpr Duration kDay = std::chrono::hours(24);

std::shared_ptr<const collectors::TlsOptions> decode_tls(const YamlValue& value,
                                                         const std::string& directory) {
  YamlMap map(value);
  if (!map.given()) return nullptr;
  auto tls = std::make_shared<collectors::TlsOptions>();
  const auto file = [&](const char* key) {
    return resolve_path(directory, map.optional(key).text(4096).value_or(""));
  };
  tls->ca_file = file("ca_file");
  tls->cert_file = file("cert_file");
  tls->key_file = file("key_file");
  tls->server_name = map.optional("server_name").text(255).value_or("");
  tls->insecure_skip_verify = map.optional("insecure_skip_verify").boolean().value_or(false);
  if (tls->cert_file.empty() != tls->key_file.empty()) {
    value.error("`cert_file` and `key_file` go together");
  }
  map.finish();
  return tls;
}

notify::HttpAuth decode_auth(YamlMap& map, const std::string& directory) {
  notify::HttpAuth auth;
  const YamlValue basic = map.optional("basic_auth");
  YamlMap user(basic);
  if (user.given()) {
    auth.username = user.required("username").text(255).value_or("");
    auth.password = decode_secret(user, "password", directory);
    user.finish();
  }
  const YamlValue authorization = map.optional("authorization");
  YamlMap bearer(authorization);
  if (bearer.given()) {
    static_cast<void>(bearer.optional("type").one_of({"Bearer"}));
    auth.bearer = decode_secret(bearer, "credentials", directory);
    if (!auth.bearer.configured())
      authorization.error("`credentials` or `credentials_file` is required");
    bearer.finish();
  }
  const YamlValue token_file = map.optional("bearer_token_file");
  if (const auto file = token_file.text(4096)) auth.bearer.file = resolve_path(directory, *file);
  if (int(user.given()) + int(bearer.given()) + int(token_file.given()) > 1) {
    map.value().error("takes one of `basic_auth`, `authorization` and `bearer_token_file`");
  }
  return auth;
}

// "10MB", "512KiB" or a plain number of bytes; 0 would mean no limit, and there is always one.
std::size_t decode_bytes(const YamlValue& value, std::size_t otherwise) {
  const auto quantity = value.quantity();
  if (!quantity) return otherwise;
  const bool counts = quantity->unit == Unit::bytes || quantity->unit == Unit::number;
  if (!counts || quantity->value < 1 || quantity->value > double(1u << 30)) {
    value.error("expected a size from 1B to 1GiB");
    return otherwise;
  }
  return static_cast<std::size_t>(quantity->value);
}

std::size_t decode_count(YamlMap& map, const char* key, std::size_t otherwise, long long most) {
  return static_cast<std::size_t>(
      map.optional(key).integer(1, most).value_or(static_cast<long long>(otherwise)));
}

// Keys of Prometheus' scrape_config that are known and not supported: said so rather than called
// unknown.
constexpr const char* kUnsupported[] = {"relabel_configs",
                                        "metric_relabel_configs",
                                        "file_sd_configs",
                                        "http_sd_configs",
                                        "kubernetes_sd_configs",
                                        "dns_sd_configs",
                                        "consul_sd_configs",
                                        "ec2_sd_configs",
                                        "honor_labels",
                                        "scrape_classic_histograms",
                                        "oauth2",
                                        "proxy_url",
                                        "proxy_from_environment",
                                        "follow_redirects",
                                        "enable_http2",
                                        "honor_timestamps",
                                        "target_limit",
                                        "keep_dropped_targets",
                                        "track_timestamps_staleness",
                                        "enable_compression",
                                        "scrape_protocols",
                                        "native_histogram_bucket_limit"};

StaticTargets decode_static(const YamlValue& value) {
  StaticTargets group;
  YamlMap map(value);
  for (const YamlValue& item : map.required("targets").items()) {
    const auto target = item.text(1024);
    if (!target) continue;
    if (target->find("://") != std::string::npos || target->find('/') != std::string::npos) {
      item.error(
          "expected host:port without scheme and path (those are `scheme` and `metrics_path` of "
          "the job)");
      continue;
    }
    const auto authority = boost::urls::parse_authority(*target);
    if (!authority || authority->host().empty() || authority->has_userinfo()) {
      item.error("expected host:port, for instance `127.0.0.1:8080`");
      continue;
    }
    group.targets.push_back(*target);
  }
  const std::vector<YamlValue> labels = map.optional("labels").entries();
  for (const YamlValue& label : labels) {
    const auto text = label.name() == "service" ? label.name_text() : label.text(1024, true);
    if (text) group.labels[label.name()] = *text;
  }
  map.finish();
  const bool named = std::any_of(labels.begin(), labels.end(),
                                 [](const YamlValue& label) { return label.name() == "service"; });
  if (map.given() && !named) {
    value.findings().warning(
        value.place(),
        "no label `service`: these targets are scraped for nobody; say whose they are, for "
        "instance `labels: {service: checkout}`");
  }
  return group;
}

}  // namespace

std::string resolve_path(const std::string& directory, const std::string& path) {
  if (path.empty() || path.front() == '/' || directory.empty()) return path;
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

std::optional<std::string> decode_url(const YamlValue& value) {
  const auto text = value.text(2048);
  if (!text) return std::nullopt;
  const auto url = boost::urls::parse_uri(*text);
  const bool http = url && (url->scheme_id() == boost::urls::scheme::http ||
                            url->scheme_id() == boost::urls::scheme::https);
  if (!http || url->host().empty()) {
    value.error("expected a URL such as `http://127.0.0.1:9090`");
    return std::nullopt;
  }
  if (url->has_userinfo()) {
    value.error("a URL takes no user and password; use `basic_auth`");
    return std::nullopt;
  }
  std::string clean = *text;
  while (clean.ends_with('/')) clean.pop_back();
  return clean;
}

SecretSource decode_secret(YamlMap& map, const std::string& name, const std::string& directory) {
  SecretSource source;
  const YamlValue here = map.optional(name);
  const YamlValue file = map.optional(name + "_file");
  if (const auto text = here.text(64 * 1024)) source.inline_value = Secret(*text);
  if (const auto path = file.text(4096)) source.file = resolve_path(directory, *path);
  if (here.given() && file.given())
    file.error("takes one of `" + name + "` and `" + name + "_file`");
  return source;
}

HttpPeer decode_http_peer(YamlMap& map, const std::string& directory) {
  HttpPeer peer;
  peer.auth = decode_auth(map, directory);
  for (const YamlValue& header : map.optional("headers").entries()) {
    if (const auto text = header.text(8192, true))
      peer.headers.emplace_back(header.name(), Secret(*text));
  }
  peer.tls = decode_tls(map.optional("tls_config"), directory);
  peer.allow_private = map.optional("allow_private").boolean().value_or(true);
  return peer;
}

ScrapeJob decode_scrape_job(const YamlValue& value, const GlobalConfig& global,
                            const std::string& directory) {
  ScrapeJob job;
  YamlMap map(value);
  job.job_name = map.required("job_name").text(255).value_or("");
  job.scheme = map.optional("scheme").one_of({"http", "https"}).value_or(job.scheme);
  const YamlValue path = map.optional("metrics_path");
  job.metrics_path = path.text(1024).value_or(job.metrics_path);
  if (!job.metrics_path.starts_with('/')) path.error("expected a path that starts with /");
  for (const YamlValue& param : map.optional("params").entries()) {
    for (const std::string& text : param.texts()) job.params.emplace_back(param.name(), text);
  }
  job.scrape_interval =
      map.optional("scrape_interval").duration(kSecond, kDay).value_or(global.scrape_interval);
  job.scrape_timeout = std::min(global.scrape_timeout, job.scrape_interval);
  const YamlValue timeout = map.optional("scrape_timeout");
  if (const auto given = timeout.duration(kMillisecond, kDay)) {
    if (*given > job.scrape_interval) timeout.error("must not be longer than scrape_interval");
    job.scrape_timeout = *given;
  }
  for (const YamlValue& group : map.required("static_configs").items()) {
    job.static_configs.push_back(decode_static(group));
  }
  job.body_size_limit = decode_bytes(map.optional("body_size_limit"), job.body_size_limit);
  job.sample_limit = decode_count(map, "sample_limit", job.sample_limit, 10'000'000);
  job.label_limit = decode_count(map, "label_limit", job.label_limit, 10'000);
  job.label_name_length_limit =
      decode_count(map, "label_name_length_limit", job.label_name_length_limit, 65'536);
  job.label_value_length_limit =
      decode_count(map, "label_value_length_limit", job.label_value_length_limit, 1 << 20);
  job.http = decode_http_peer(map, directory);
  for (const char* key : kUnsupported) {
    const YamlValue given = map.optional(key);
    if (given.given())
      given.error(std::string(key).ends_with("_sd_configs")
                      ? "is not supported here; list the targets under `static_configs`"
                      : "is not supported here");
  }
  map.finish();
  return job;
}

PrometheusServer decode_prometheus(const YamlValue& value, const std::string& directory) {
  PrometheusServer server;
  YamlMap map(value);
  server.name = map.required("name").name_text().value_or("");
  server.url = decode_url(map.required("url")).value_or("");
  server.service_label = map.optional("service_label").name_text().value_or(server.service_label);
  server.timeout = map.optional("timeout").duration(kMillisecond, kDay).value_or(server.timeout);
  server.evaluation_delay =
      map.optional("evaluation_delay").duration(Duration{}, kDay).value_or(server.evaluation_delay);
  server.max_concurrent = decode_count(map, "max_concurrent", server.max_concurrent, 64);
  server.post = map.optional("http_method").one_of({"GET", "POST"}).value_or("POST") == "POST";
  server.http = decode_http_peer(map, directory);
  map.finish();
  return server;
}

}  // namespace revisitd::daemon
