#include "daemon/config_reach.h"

#include <filesystem>

#include "collectors/http_url.h"
#include "collectors/record_paths.h"

namespace revisitd::daemon {
namespace {

class Look {
 public:
  explicit Look(const Config& config) : config_(config) {}

  void receiver(const notify::Receiver& receiver) {
    const std::string who = "receiver `" + receiver.name + "`";
    switch (receiver.kind) {
      case notify::ReceiverKind::slack:
        return url(receiver.slack.api_url, who, "api_url");
      case notify::ReceiverKind::webhook:
        url(receiver.webhook.url, who, "url");
        for (const SecretSource& key : receiver.webhook.signing_keys) secret(key, who);
        return auth(receiver.webhook.auth, who);
      case notify::ReceiverKind::alertmanager:
        return auth(receiver.alertmanager.auth, who);
    }
  }
  void auth(const notify::HttpAuth& auth, const std::string& who) {
    secret(auth.password, who);
    secret(auth.bearer, who);
  }
  void records() {
    for (const std::string& pattern : config_.records.files) {
      const collectors::RecordPaths paths = collectors::list_records({pattern});
      for (const auto& [directory, why] : paths.unlisted)
        warn("`records`: " + directory + ": " + why);
      if (paths.files.empty() && paths.unlisted.empty())
        warn("`records`: " + pattern + " names no file");
    }
  }
  void roster_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) warn("`roster`: " + path + ": no such file");
  }
  std::vector<Diagnostic> take() { return std::move(found_); }

 private:
  void warn(const std::string& message) {
    found_.push_back({config_.path, {}, message, "", Severity::warning});
  }
  std::optional<Secret> secret(const SecretSource& source, const std::string& who) {
    if (!source.configured()) return std::nullopt;
    auto value = SecretReader(source).current();
    if (value) return *std::move(value);
    warn(who + ": " + value.error().message);
    return std::nullopt;
  }
  void url(const SecretSource& source, const std::string& who, const std::string& key) {
    const auto value = secret(source, who);
    if (!value) return;
    const auto parsed = collectors::parse_http_url(value->reveal());
    if (parsed) return;
    const std::string where =
        source.file.empty() ? "`" + key + "`" : "what stands in " + source.file;
    warn(who + ": " + where + " is no URL: " + parsed.error().message);
  }

  const Config& config_;
  std::vector<Diagnostic> found_;
};

}  // namespace

std::vector<Diagnostic> unmet(const Config& config) {
  Look look(config);
  look.records();
  for (const notify::Receiver& receiver : config.receivers) look.receiver(receiver);
  for (const ScrapeJob& job : config.scrape_configs)
    look.auth(job.http.auth, "job `" + job.job_name + "`");
  for (const PrometheusServer& server : config.prometheus)
    look.auth(server.http.auth, "server `" + server.name + "`");
  for (const auto* endpoints : {&config.roster.http, &config.roster.backstage_api}) {
    for (const RosterEndpoint& endpoint : *endpoints) look.auth(endpoint.http.auth, "`roster`");
  }
  return look.take();
}

std::vector<Diagnostic> unmet_rosters(const Config& config) {
  Look look(config);
  for (const auto* files : {&config.roster.files, &config.roster.csv}) {
    for (const std::string& file : *files) look.roster_file(file);
  }
  return look.take();
}

}  // namespace revisitd::daemon
