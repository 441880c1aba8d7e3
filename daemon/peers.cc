#include "daemon/peers.h"

#include <utility>

namespace revisitd::daemon {
namespace {

using collectors::HeaderList;

std::shared_ptr<const collectors::ScrapeJob> job_of(const ScrapeJob& job) {
  auto made = std::make_shared<collectors::ScrapeJob>();
  made->job_name = job.job_name;
  made->scheme = job.scheme;
  made->metrics_path = job.metrics_path;
  made->params = job.params;
  made->scrape_interval = job.scrape_interval;
  made->scrape_timeout = job.scrape_timeout;
  made->body_size_limit = job.body_size_limit;
  made->limits.samples = job.sample_limit;
  made->limits.labels = job.label_limit;
  made->limits.label_name_bytes = job.label_name_length_limit;
  made->limits.label_value_bytes = job.label_value_length_limit;
  made->headers = headers_of(job.http);
  made->credentials = credentials_of(job.http.auth);
  made->tls = job.http.tls;
  made->allow_private = job.http.allow_private;
  return made;
}

}  // namespace

collectors::Credentials credentials_of(const notify::HttpAuth& auth) {
  if (auth.bearer.configured()) {
    auto token = std::make_shared<SecretReader>(auth.bearer);
    return [token]() -> Result<HeaderList> {
      auto secret = token->current();
      if (!secret) return secret.error();
      return HeaderList{{"Authorization", "Bearer " + secret->reveal()}};
    };
  }
  if (auth.username.empty()) return {};
  auto password = std::make_shared<SecretReader>(auth.password);
  return [password, user = auth.username]() -> Result<HeaderList> {
    if (!password->configured()) {
      return HeaderList{{"Authorization", collectors::basic_authorization(user, "")}};
    }
    auto secret = password->current();
    if (!secret) return secret.error();
    return HeaderList{{"Authorization", collectors::basic_authorization(user, secret->reveal())}};
  };
}

HeaderList headers_of(const HttpPeer& peer) {
  HeaderList headers;
  for (const auto& [name, value] : peer.headers) headers.emplace_back(name, value.reveal());
  return headers;
}

std::vector<collectors::ScrapeTargetSpec> scrape_targets(const Config& config) {
  std::vector<collectors::ScrapeTargetSpec> targets;
  for (const ScrapeJob& job : config.scrape_configs) {
    const auto shared = job_of(job);
    for (const StaticTargets& group : job.static_configs) {
      for (const std::string& address : group.targets) {
        collectors::ScrapeTargetSpec target;
        target.job = shared;
        target.address = address;
        target.labels = group.labels;
        target.labels.emplace("job", job.job_name);
        target.labels.emplace("instance", address);
        targets.push_back(std::move(target));
      }
    }
  }
  return targets;
}

collectors::PromqlServerSpec promql_spec(const PrometheusServer& server) {
  collectors::PromqlServerSpec spec;
  spec.name = server.name;
  spec.url = server.url;
  spec.service_label = server.service_label;
  spec.timeout = server.timeout;
  spec.evaluation_delay = server.evaluation_delay;
  spec.max_concurrent = server.max_concurrent;
  spec.post = server.post;
  spec.headers = headers_of(server.http);
  spec.credentials = credentials_of(server.http.auth);
  spec.tls = server.http.tls;
  spec.allow_private = server.http.allow_private;
  return spec;
}

}  // namespace revisitd::daemon
