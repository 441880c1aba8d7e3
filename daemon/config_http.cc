#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <filesystem>

#include "collectors/promql_source.h"
#include "daemon/config_decode.h"

// HTTP peers, and Prometheus-compatible servers.
namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

constexpr Duration kMillisecond = std::chrono::milliseconds(1);
constexpr Duration kDay = std::chrono::hours(24);

bool decode_min_version(const YamlValue& value) {
  const auto version = value.one_of({"TLS10", "TLS11", "TLS12", "TLS13"});
  if (version && (*version == "TLS10" || *version == "TLS11"))
    value.warning("nothing before TLS 1.2 is ever spoken");
  return version == "TLS13";
}

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
  tls->only_tls13 = decode_min_version(map.optional("min_version"));
  refuse(map, {"ca", "cert", "key"}, "is not supported here; put it into a file and name that");
  refuse(map, {"max_version"}, "is not supported here");
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
    refuse(user, {"username_file", "username_ref", "password_ref"}, "is not supported here");
    auth.password = decode_secret(user, "password", directory);
    user.finish();
  }
  const YamlValue authorization = map.optional("authorization");
  YamlMap bearer(authorization);
  if (bearer.given()) {
    const YamlValue type = bearer.optional("type");
    auth.bearer_type = type.name_text().value_or(auth.bearer_type);
    if (auth.bearer_type == "Basic" || auth.bearer_type == "basic")
      type.error("use `basic_auth` for a name and a password");
    auth.bearer = decode_secret(bearer, "credentials", directory);
    if (!auth.bearer.configured())
      authorization.error("`credentials` or `credentials_file` is required");
    bearer.finish();
  }
  const SecretSource token = decode_secret(map, "bearer_token", directory);
  if (token.configured()) auth.bearer = token;
  if (int(user.given()) + int(bearer.given()) + int(token.configured()) > 1) {
    map.value().error("takes one of `basic_auth`, `authorization` and `bearer_token_file`");
  }
  return auth;
}

// Prometheus' keys; nothing when none is given.
std::shared_ptr<const collectors::ProxyOptions> decode_proxy(YamlMap& map) {
  auto proxy = std::make_shared<collectors::ProxyOptions>();
  const YamlValue url = map.optional("proxy_url");
  const YamlValue environment = map.optional("proxy_from_environment");
  const YamlValue no_proxy = map.optional("no_proxy");
  proxy->url = decode_url(url).value_or("");
  if (proxy->url.starts_with("https://"))
    url.error("a proxy is spoken to in plain HTTP, expected `http://HOST:PORT`");
  proxy->from_environment = environment.boolean().value_or(false);
  proxy->no_proxy = no_proxy.text(16 * 1024, true).value_or("");
  if (proxy->from_environment && (url.given() || no_proxy.given()))
    environment.error("takes the place of `proxy_url` and `no_proxy`; give one or the other");
  if (no_proxy.given() && !url.given()) no_proxy.error("goes with `proxy_url`");
  for (const YamlValue& header : map.optional("proxy_connect_header").entries()) {
    for (const std::string& text : header.texts())
      proxy->connect_headers.emplace_back(header.name(), text);
  }
  if (proxy->url.empty() && !proxy->from_environment) return nullptr;
  return proxy;
}

}  // namespace

std::size_t decode_count(YamlMap& map, const char* key, std::size_t otherwise, long long most,
                         long long least) {
  return static_cast<std::size_t>(
      map.optional(key).integer(least, most).value_or(static_cast<long long>(otherwise)));
}

std::vector<std::pair<std::string, std::string>> decode_params(const YamlValue& value) {
  std::vector<std::pair<std::string, std::string>> params;
  for (const YamlValue& param : value.entries()) {
    for (const std::string& text : param.texts()) params.emplace_back(param.name(), text);
  }
  return params;
}

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

void refuse(YamlMap& map, std::initializer_list<const char*> keys, const std::string& why) {
  for (const char* key : keys) {
    if (map.has(key)) map.optional(key).error(why);
  }
}

HttpPeer decode_http_peer(YamlMap& map, const std::string& directory) {
  HttpPeer peer;
  peer.auth = decode_auth(map, directory);
  for (const YamlValue& header : map.optional("headers").entries()) {
    if (const auto text = header.text(8192, true))
      peer.headers.emplace_back(header.name(), Secret(*text));
  }
  // Prometheus' own spelling of the same.
  for (const YamlValue& header : map.optional("http_headers").entries()) {
    YamlMap one(header);
    for (const char* key : {"values", "secrets"}) {
      for (const std::string& text : one.optional(key).texts())
        peer.headers.emplace_back(header.name(), Secret(text));
    }
    refuse(one, {"files"}, "is not supported here; put the value under `secrets`");
    one.finish();
  }
  peer.tls = decode_tls(map.optional("tls_config"), directory);
  peer.proxy = decode_proxy(map);
  peer.allow_private = map.optional("allow_private").boolean().value_or(true);
  refuse(map, {"oauth2", "sigv4", "azuread", "google_iam"}, "is not supported here");
  const auto leave_out = [&](const char* key, const char* why) {
    if (!map.has(key)) return;
    const YamlValue wish = map.optional(key);
    if (wish.boolean().value_or(false)) wish.warning(why);
  };
  leave_out("follow_redirects", "redirects are never followed; one is a failure");
  leave_out("enable_http2", "HTTP/1.1 is what is spoken");
  return peer;
}

PrometheusServer decode_prometheus(const YamlValue& value, const GlobalConfig& global,
                                   const std::string& directory) {
  PrometheusServer server;
  YamlMap map(value);
  server.name = map.required("name").name_text().value_or("");
  server.url = decode_url(map.required("url")).value_or("");
  server.service_label = map.optional("service_label").name_text().value_or(server.service_label);
  server.timeout = map.optional("timeout").duration(kMillisecond, kDay).value_or(server.timeout);
  const YamlValue delay = map.optional("evaluation_delay");
  if (const auto given = delay.duration(Duration{}, kDay)) {
    server.evaluation_delay = *given;
    const Duration most = global.slots.front() / collectors::kEvaluationDelayShare;
    if (*given > most) {
      delay.warning("slots of " + format_duration(global.slots.front()) + " are asked for after " +
                    format_duration(most) +
                    ", a quarter of their length; samples that come later are missing in them");
    }
  }
  server.look_back =
      map.optional("look_back").duration(Duration{}, kDay * 180).value_or(server.look_back);
  server.max_concurrent = decode_count(map, "max_concurrent", server.max_concurrent, 64);
  const YamlValue params = map.optional("params");
  for (const YamlValue& param : params.entries()) {
    static constexpr std::array<std::string_view, 6> kOurs = {"query", "time", "start",
                                                              "end",   "step", "timeout"};
    if (std::find(kOurs.begin(), kOurs.end(), param.name()) != kOurs.end())
      param.findings().error(param.key_place(), "`" + param.name() + "` is set for each query");
  }
  server.params = decode_params(params);
  server.post = map.optional("http_method").one_of({"GET", "POST"}).value_or("POST") == "POST";
  server.http = decode_http_peer(map, directory);
  map.finish();
  return server;
}

}  // namespace revisitd::daemon
