#include "daemon/peers.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "collectors/kubernetes_source.h"
#include "collectors/target_sources.h"

namespace revisitd::daemon {
namespace {

using collectors::HeaderList;

std::shared_ptr<const collectors::ScrapeJob> job_of(const ScrapeJob& job,
                                                    const Features& features) {
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
  made->honor_timestamps = job.honor_timestamps;
  made->honor_labels = job.honor_labels;
  made->metric_relabel = job.metric_relabel_configs;
  made->accept = job.accept.empty() ? scrape_accept(features) : job.accept;
  made->fallback_format = job.fallback_format;
  made->accept_gzip = job.enable_compression;
  made->headers = headers_of(job.http);
  made->credentials = credentials_of(job.http.auth);
  made->tls = job.http.tls;
  made->proxy = job.http.proxy;
  made->allow_private = job.http.allow_private;
  return made;
}

collectors::HttpDiscoverySpec spec_of(const HttpTargets& found) {
  collectors::HttpDiscoverySpec spec;
  spec.url = found.url;
  spec.refresh_interval = found.refresh_interval;
  spec.headers = headers_of(found.http);
  spec.credentials = credentials_of(found.http.auth);
  spec.tls = found.http.tls;
  spec.proxy = found.http.proxy;
  spec.allow_private = found.http.allow_private;
  return spec;
}

constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// What the configuration leaves open is what every pod of a cluster is told.
collectors::KubernetesSpec spec_of(const KubernetesTargets& found) {
  collectors::KubernetesSpec spec;
  spec.role = found.role;
  spec.api_server = found.api_server;
  spec.namespaces = found.namespaces;
  if (found.own_namespace)
    spec.namespaces.push_back(first_line(std::string(kServiceAccount) + "namespace"));
  static constexpr const char* kRoles[] = {"pod", "node", "service", "endpointslice"};
  const auto selector = found.selectors.find(kRoles[static_cast<std::size_t>(found.role)]);
  if (selector != found.selectors.end()) spec.selector = selector->second;
  notify::HttpAuth auth = found.http.auth;
  spec.tls = found.http.tls;
  const std::string host = environment("KUBERNETES_SERVICE_HOST");
  if (spec.api_server.empty() && !host.empty()) {
    const bool v6 = host.find(':') != std::string::npos;
    spec.api_server =
        "https://" + (v6 ? "[" + host + "]" : host) + ":" + environment("KUBERNETES_SERVICE_PORT");
    if (!auth.bearer.configured() && auth.username.empty())
      auth.bearer.file = std::string(kServiceAccount) + "token";
    if (spec.tls == nullptr) {
      auto tls = std::make_shared<collectors::TlsOptions>();
      tls->ca_file = std::string(kServiceAccount) + "ca.crt";
      spec.tls = std::move(tls);
    }
  }
  spec.headers = headers_of(found.http);
  spec.credentials = credentials_of(auth);
  spec.proxy = found.http.proxy;
  return spec;
}

TargetJob target_job(const ScrapeJob& job, const Features& features,
                     boost::asio::any_io_executor executor, collectors::HttpClient& client) {
  TargetJob made;
  made.job = job_of(job, features);
  made.relabel = job.relabel_configs;
  made.target_limit = job.target_limit;
  made.fixed = job.static_configs;
  for (const FileTargets& found : job.file_sd_configs)
    made.sources.push_back(collectors::make_file_source(found.files, found.refresh_interval));
  for (const HttpTargets& found : job.http_sd_configs)
    made.sources.push_back(collectors::make_http_source(client, spec_of(found)));
  for (const KubernetesTargets& found : job.kubernetes_sd_configs)
    made.sources.push_back(collectors::make_kubernetes_source(executor, client, spec_of(found)));
  return made;
}

TargetJob target_job(const CgroupJob& job) {
  auto made = std::make_shared<collectors::ScrapeJob>();
  made->job_name = job.job_name;
  made->scheme = "cgroup";
  made->metrics_path = "/";
  made->scrape_interval = job.scrape_interval;
  made->scrape_timeout = std::min(made->scrape_timeout, job.scrape_interval);
  TargetJob target;
  target.job = std::move(made);
  target.relabel = job.relabel_configs;
  for (const CgroupJob::Groups& groups : job.groups) {
    collectors::CgroupSpec spec;
    spec.root = job.root;
    spec.paths = groups.paths;
    spec.labels.insert(groups.labels.begin(), groups.labels.end());
    spec.refresh_interval = job.scrape_interval;
    target.sources.push_back(collectors::make_cgroup_source(std::move(spec)));
  }
  return target;
}

}  // namespace

collectors::Credentials credentials_of(const notify::HttpAuth& auth) {
  if (auth.bearer.configured()) {
    auto token = std::make_shared<SecretReader>(auth.bearer);
    return [token, type = auth.bearer_type]() -> Result<HeaderList> {
      auto secret = token->current();
      if (!secret) return secret.error();
      return HeaderList{{"Authorization", type + " " + secret->reveal()}};
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

std::vector<TargetJob> target_jobs(const Config& config, const Features& features,
                                   boost::asio::any_io_executor executor,
                                   collectors::HttpClient& client) {
  std::vector<TargetJob> jobs;
  for (const ScrapeJob& job : config.scrape_configs)
    jobs.push_back(target_job(job, features, executor, client));
  for (const CgroupJob& job : config.cgroup_configs) jobs.push_back(target_job(job));
  return jobs;
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
  spec.params = server.params;
  spec.headers = headers_of(server.http);
  spec.credentials = credentials_of(server.http.auth);
  spec.tls = server.http.tls;
  spec.proxy = server.http.proxy;
  spec.allow_private = server.http.allow_private;
  return spec;
}

}  // namespace revisitd::daemon
