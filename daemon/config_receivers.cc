#include <algorithm>

#include "daemon/config_decode.h"

// Receivers and routes.
namespace revisitd::daemon {
namespace {

using notify::Receiver;
using notify::ReceiverKind;
using rules::YamlMap;
using rules::YamlValue;

void decode_slack(const YamlValue& value, const std::string& directory, Receiver& receiver) {
  receiver.kind = ReceiverKind::slack;
  YamlMap map(value);
  receiver.slack.api_url = decode_secret(map, "api_url", directory);
  if (map.given() && !receiver.slack.api_url.configured())
    value.error("`api_url` or `api_url_file` is required");
  receiver.send_resolved = map.optional("send_resolved").boolean().value_or(true);
  HttpPeer peer = decode_http_peer(map, directory);
  receiver.tls = std::move(peer.tls);
  receiver.proxy = std::move(peer.proxy);
  map.finish();
}

void decode_webhook(const YamlValue& value, const std::string& directory, Receiver& receiver) {
  receiver.kind = ReceiverKind::webhook;
  YamlMap map(value);
  auto& webhook = receiver.webhook;
  webhook.url = decode_secret(map, "url", directory);
  if (map.given() && !webhook.url.configured()) value.error("`url` or `url_file` is required");
  webhook.format = map.optional("format")
                       .one_of<notify::WebhookFormat>(
                           {{"native", notify::WebhookFormat::native},
                            {"alertmanager-v4", notify::WebhookFormat::alertmanager_v4}})
                       .value_or(notify::WebhookFormat::native);
  for (const char* name : {"secret", "previous_secret"}) {
    const SecretSource key = decode_secret(map, name, directory);
    if (key.configured()) webhook.signing_keys.push_back(key);
  }
  receiver.send_resolved = map.optional("send_resolved").boolean().value_or(true);
  HttpPeer peer = decode_http_peer(map, directory);
  webhook.auth = std::move(peer.auth);
  webhook.headers = std::move(peer.headers);
  receiver.tls = std::move(peer.tls);
  receiver.proxy = std::move(peer.proxy);
  map.finish();
}

void decode_alertmanager(const YamlValue& value, const std::string& directory, Receiver& receiver) {
  receiver.kind = ReceiverKind::alertmanager;
  YamlMap map(value);
  const YamlValue urls = map.required("urls");
  for (const YamlValue& item : urls.items()) {
    if (const auto url = decode_url(item)) receiver.alertmanager.urls.push_back(*url);
  }
  if (urls.is_list() && urls.items().empty()) urls.error("expected at least one URL");
  HttpPeer peer = decode_http_peer(map, directory);
  receiver.alertmanager.auth = std::move(peer.auth);
  receiver.tls = std::move(peer.tls);
  receiver.proxy = std::move(peer.proxy);
  map.finish();
}

std::vector<std::string> decode_words(const YamlValue& value) {
  if (!value.is_scalar()) return value.texts();
  const auto word = value.text(255);
  return word ? std::vector{*word} : std::vector<std::string>{};
}

}  // namespace

Receiver decode_receiver(const YamlValue& value, const std::string& directory) {
  Receiver receiver;
  YamlMap map(value);
  receiver.name = map.required("name").name_text().value_or("");
  const YamlValue slack = map.optional("slack");
  const YamlValue webhook = map.optional("webhook");
  const YamlValue alertmanager = map.optional("alertmanager");
  if (int(slack.given()) + int(webhook.given()) + int(alertmanager.given()) != 1 && map.given()) {
    value.error("expected exactly one of `slack`, `webhook` and `alertmanager`");
  }
  if (slack.given()) decode_slack(slack, directory, receiver);
  if (webhook.given()) decode_webhook(webhook, directory, receiver);
  if (alertmanager.given()) decode_alertmanager(alertmanager, directory, receiver);
  map.finish();
  return receiver;
}

notify::Route decode_route(const YamlValue& value, const std::vector<Receiver>& receivers) {
  notify::Route route;
  YamlMap map(value);
  const YamlValue name = map.required("receiver");
  route.receiver = name.text(255).value_or("");
  const bool known = std::any_of(receivers.begin(), receivers.end(),
                                 [&](const Receiver& r) { return r.name == route.receiver; });
  if (!known && name.filled()) {
    std::vector<std::string_view> names;
    for (const Receiver& r : receivers) names.push_back(r.name);
    name.error("no receiver is named `" + route.receiver + "`" +
               (names.empty() ? "" : "; " + rules::suggestion(route.receiver, names)));
  }
  YamlMap match(map.optional("match"));
  route.match.team = decode_words(match.optional("team"));
  route.match.service = decode_words(match.optional("service"));
  route.match.language = decode_words(match.optional("language"));
  route.match.reason = decode_words(match.optional("reason"));
  match.finish();
  map.finish();
  return route;
}

}  // namespace revisitd::daemon
