#include "daemon/notify/request.h"

#include <algorithm>

#include "daemon/notify/signature.h"
#include "daemon/notify/text.h"

namespace revisitd::daemon::notify {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(15);
constexpr std::size_t kMostRead = 64 * 1024;
constexpr std::size_t kShownTrouble = 300;

const HttpAuth& auth_of(const Receiver& receiver) {
  return receiver.kind == ReceiverKind::alertmanager ? receiver.alertmanager.auth
                                                     : receiver.webhook.auth;
}

SecretSource url_of(const Receiver& receiver) {
  switch (receiver.kind) {
    case ReceiverKind::slack:
      return receiver.slack.api_url;
    case ReceiverKind::webhook:
      return receiver.webhook.url;
    case ReceiverKind::alertmanager:
      return {};
  }
  return {};
}

// The part of a URL that is secret: an error may name the host, never what follows it.
Secret path_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  return path == std::string::npos ? Secret() : Secret(url.substr(path));
}

int hope(AttemptVerdict verdict) {
  switch (verdict) {
    case AttemptVerdict::accepted:
      return 3;
    case AttemptVerdict::retry:
      return 2;
    case AttemptVerdict::rate_limited:
      return 1;
    case AttemptVerdict::rejected:
      return 0;
  }
  return 0;
}

}  // namespace

Courier::Courier(Receiver receiver)
    : receiver_(std::move(receiver)),
      url_(url_of(receiver_)),
      password_(auth_of(receiver_).password),
      bearer_(auth_of(receiver_).bearer) {
  for (const SecretSource& key : receiver_.webhook.signing_keys) signing_keys_.emplace_back(key);
}

Result<Secret> Courier::reveal(SecretReader& reader) {
  auto secret = reader.current();
  if (secret) revealed_.push_back(*secret);
  return secret;
}

Result<std::vector<std::string>> Courier::urls() {
  if (receiver_.kind == ReceiverKind::alertmanager) {
    std::vector<std::string> urls;
    for (std::string url : receiver_.alertmanager.urls) {
      while (url.ends_with('/')) url.pop_back();
      urls.push_back(url + "/api/v2/alerts");
    }
    return urls;
  }
  const auto url = reveal(url_);
  if (!url) return url.error();
  revealed_.push_back(path_of(url->reveal()));
  return std::vector{url->reveal()};
}

Status Courier::add_auth(Headers& headers) {
  if (bearer_.configured()) {
    const auto token = reveal(bearer_);
    if (!token) return token.error();
    headers.emplace_back("Authorization", auth_of(receiver_).bearer_type + " " + token->reveal());
  } else if (!auth_of(receiver_).username.empty()) {
    Secret password;
    if (password_.configured()) {
      const auto read = reveal(password_);
      if (!read) return read.error();
      password = *read;
    }
    const std::string pair = base64(auth_of(receiver_).username + ":" + password.reveal());
    revealed_.emplace_back(pair);
    headers.emplace_back("Authorization", "Basic " + pair);
  }
  return Ok{};
}

Status Courier::add_signature(Headers& headers, const std::string& id, const std::string& body,
                              TimePoint now) {
  headers.emplace_back("webhook-id", id);
  headers.emplace_back("webhook-timestamp", webhook_timestamp(now));
  std::vector<Secret> keys;
  for (SecretReader& reader : signing_keys_) {
    const auto key = reveal(reader);
    if (!key) return key.error();
    keys.push_back(*key);
  }
  if (!keys.empty()) {
    headers.emplace_back("webhook-signature", webhook_signature(keys, id, now, body));
  }
  return Ok{};
}

Result<std::vector<collectors::FetchRequest>> Courier::requests(const std::string& id,
                                                                const std::string& body,
                                                                TimePoint now) {
  revealed_.clear();
  const auto to = urls();
  if (!to) return to.error();
  Headers headers = {{"Content-Type", "application/json"}};
  if (const auto added = add_auth(headers); !added) return added.error();
  if (receiver_.kind == ReceiverKind::webhook) {
    if (const auto added = add_signature(headers, id, body, now); !added) return added.error();
    for (const auto& [name, value] : receiver_.webhook.headers) {
      headers.emplace_back(name, value.reveal());
      revealed_.push_back(value);
    }
  }
  std::vector<collectors::FetchRequest> requests;
  for (const std::string& url : *to) {
    collectors::FetchRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = headers;
    request.body = body;
    request.timeout = kTimeout;
    request.max_body_bytes = kMostRead;
    request.cut_body = true;
    request.accept_gzip = false;
    request.tls = receiver_.tls;
    request.proxy = receiver_.proxy;
    requests.push_back(std::move(request));
  }
  return requests;
}

Reply Courier::reply(
    const Result<collectors::FetchResponse, collectors::FetchError>& answer) const {
  Reply reply;
  if (!answer) {
    const collectors::FetchError& error = answer.error();
    reply.configuration = error.failure == collectors::FetchFailure::bad_url;
    reply.trouble = without_secrets(std::string(collectors::fetch_failure_name(error.failure)) +
                                    ": " + cut(one_line(error.message), kShownTrouble));
    return reply;
  }
  reply.status = answer->status;
  reply.body = without_secrets(answer->body.substr(0, kMostRead));
  reply.location = without_secrets(answer->location);
  reply.retry_after = answer->retry_after;
  return reply;
}

std::string Courier::without_secrets(std::string text) const {
  for (const Secret& secret : revealed_) text = without_secret(std::move(text), secret);
  return text;
}

std::string Courier::problem() const {
  for (const SecretReader* reader : {&url_, &password_, &bearer_}) {
    if (!reader->problem().empty()) return reader->problem();
  }
  for (const SecretReader& reader : signing_keys_) {
    if (!reader.problem().empty()) return reader.problem();
  }
  return {};
}

Judgement combined(const std::vector<Judgement>& judgements) {
  if (judgements.empty()) return {AttemptVerdict::rejected, std::nullopt, "no URL is configured"};
  return *std::max_element(
      judgements.begin(), judgements.end(),
      [](const Judgement& a, const Judgement& b) { return hope(a.verdict) < hope(b.verdict); });
}

}  // namespace revisitd::daemon::notify
