#include "daemon/roster_sources.h"

#include "collectors/backstage_files.h"
#include "collectors/roster_csv.h"
#include "collectors/roster_file.h"
#include "daemon/peers.h"
#include "rules/roster_merge.h"

namespace revisitd::daemon {
namespace {

using collectors::RosterHttpSpec;

RosterHttpSpec spec_of(const RosterEndpoint& endpoint, RosterHttpSpec::Answers answers) {
  RosterHttpSpec spec;
  spec.url = endpoint.url;
  spec.answers = answers;
  spec.refresh_interval = endpoint.refresh_interval;
  spec.timeout = endpoint.timeout;
  spec.headers = headers_of(endpoint.http);
  spec.credentials = credentials_of(endpoint.http.auth);
  spec.tls = endpoint.http.tls;
  spec.allow_private = endpoint.http.allow_private;
  return spec;
}

}  // namespace

RosterSources make_roster_sources(const RosterConfig& config, collectors::HttpClient* client,
                                  collectors::RosterSourceOptions options,
                                  const std::vector<collectors::LastReading>& last) {
  options.validity = config.validity;
  RosterSources sources;
  const auto before = [&](const std::string& name) -> collectors::LastReading {
    for (const collectors::LastReading& reading : last) {
      if (reading.roster->source == name) return reading;
    }
    return {};
  };
  const auto add_served = [&](const RosterEndpoint& endpoint, RosterHttpSpec::Answers answers) {
    if (client == nullptr) return;
    sources.served.push_back(std::make_shared<collectors::RosterHttp>(
        *client, spec_of(endpoint, answers), options, before(endpoint.url)));
    sources.all.push_back(sources.served.back());
  };
  for (const std::string& path : config.files)
    sources.all.push_back(
        std::make_shared<collectors::RosterFile>(path, options, before(path).roster));
  for (const RosterEndpoint& endpoint : config.http)
    add_served(endpoint, RosterHttpSpec::Answers::native);
  for (const std::string& path : config.csv) {
    sources.all.push_back(std::make_shared<collectors::RosterFile>(
        path, collectors::RosterFile::Format{"csv", collectors::decode_skills_csv}, options,
        before(path).roster));
  }
  if (!config.backstage.empty()) {
    sources.all.push_back(std::make_shared<collectors::BackstageFiles>(
        config.backstage, options, before(collectors::BackstageFiles::name_of(config.backstage))));
  }
  for (const RosterEndpoint& endpoint : config.backstage_api)
    add_served(endpoint, RosterHttpSpec::Answers::backstage);
  return sources;
}

RosterFilesReading read_roster_sources(const RosterSources& sources, TimePoint now) {
  RosterFilesReading reading;
  std::vector<rules::Roster> all;
  for (const auto& source : sources.all) {
    collectors::RosterLook look = source->look(now);
    for (Diagnostic& d : look.diagnostics) reading.diagnostics.push_back(std::move(d));
    if (look.roster) all.push_back(*look.roster);
    for (auto& service : source->services()) reading.services.push_back(std::move(service));
  }
  if (!all.empty() && all.size() == sources.all.size())
    reading.roster = std::make_shared<const rules::Roster>(rules::merge_rosters(all));
  return reading;
}

RosterFilesReading read_roster_files(const RosterConfig& config, TimePoint now) {
  RosterFilesReading reading =
      read_roster_sources(make_roster_sources(config, nullptr, {.settle = {}}, {}), now);
  for (const auto* endpoints : {&config.http, &config.backstage_api}) {
    for (const RosterEndpoint& endpoint : *endpoints) {
      reading.diagnostics.push_back(
          {endpoint.url, {}, "is asked by a running daemon only", "", Severity::warning});
    }
  }
  return reading;
}

}  // namespace revisitd::daemon
