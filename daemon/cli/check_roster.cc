#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>
#include <utility>

#include "collectors/backstage_entity.h"
#include "collectors/safe_file.h"
#include "daemon/cli/api_client.h"
#include "daemon/cli/check_text.h"
#include "daemon/cli/commands.h"
#include "daemon/config.h"
#include "daemon/roster_sources.h"
#include "daemon/version.h"
#include "rules/roster_decode.h"

// `check roster`: files and peers, read and asked as the daemon does it.
namespace revisitd::daemon::cli {
namespace {

namespace asio = boost::asio;
using Json = nlohmann::ordered_json;

bool is_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

// By what the file looks like: a table, a catalogue, or a native roster.
void add_file(const std::string& file, RosterConfig& sources) {
  if (file.ends_with(".csv") || file.ends_with(".tsv")) {
    sources.csv.push_back(file);
    return;
  }
  const auto content = collectors::read_file(file, rules::kRosterBytes);
  const bool catalogue = content && collectors::is_backstage_text(content->text);
  (catalogue ? sources.backstage : sources.files).push_back(file);
}

asio::awaitable<void> refresh_all(
    const std::vector<std::shared_ptr<collectors::RosterHttp>>& served) {
  for (const auto& source : served) co_await source->refresh(now());
}

RosterFilesReading read(const RosterConfig& config) {
  asio::io_context context(1);
  collectors::HttpClientOptions options;
  options.user_agent = "revisitd/" + build_info().version;
  const auto client = collectors::make_http_client(context.get_executor(), options);
  const RosterSources sources = make_roster_sources(config, client.get(), {.settle = {}}, {});
  bool done = sources.served.empty();
  std::exception_ptr trouble;
  if (!done) {
    asio::co_spawn(context, refresh_all(sources.served), [&](std::exception_ptr error) {
      trouble = std::move(error);
      done = true;
    });
  }
  while (!done && context.run_one() > 0) {
  }
  client->cancel_all();
  context.restart();
  context.poll();
  if (trouble) std::rethrow_exception(trouble);
  return read_roster_sources(sources, now());
}

// Puts the endpoint that the configuration names by this URL there, with its credentials.
bool add_known(const std::string& url, const RosterConfig& known, RosterConfig& sources) {
  for (const auto list : {&RosterConfig::http, &RosterConfig::backstage_api}) {
    for (const RosterEndpoint& endpoint : known.*list) {
      if (endpoint.url != url) continue;
      (sources.*list).push_back(endpoint);
      return true;
    }
  }
  return false;
}

// What a URL serves that no configuration speaks of is found out by asking: a native roster, or
// else a Backstage, whose URL may be that of its API, too.
void add_unknown(const RosterEndpoint& endpoint, RosterConfig& sources,
                 std::vector<Diagnostic>& diagnostics) {
  RosterConfig native, catalogue;
  native.http = catalogue.backstage_api = {endpoint};
  const std::size_t api = endpoint.url.find("/api/catalog");
  if (api != std::string::npos) {
    catalogue.backstage_api[0].url.resize(api);
    sources.backstage_api.push_back(catalogue.backstage_api[0]);
    return;
  }
  const RosterFilesReading as_native = read(native);
  if (as_native.roster) {
    sources.http.push_back(endpoint);
    return;
  }
  const RosterFilesReading as_catalogue = read(catalogue);
  // A page that could be had may be a roster with mistakes, or the start page of a Backstage.
  const bool had = std::any_of(as_native.diagnostics.begin(), as_native.diagnostics.end(),
                               [](const Diagnostic& d) { return d.place.line > 0; });
  if (as_catalogue.roster || !had) {
    sources.backstage_api.push_back(endpoint);
    return;
  }
  sources.http.push_back(endpoint);
  for (const Diagnostic& d : as_catalogue.diagnostics) {
    diagnostics.push_back(
        {endpoint.url, {}, "nor is it a Backstage: " + d.message, "", Severity::warning});
  }
}

Json to_json(const RosterFilesReading& reading) {
  Json json{
      {"people", 0}, {"teams", Json::object()}, {"on_no_team", 0}, {"services", Json::array()}};
  if (reading.roster) {
    for (const auto& [name, team] : reading.roster->teams)
      json["teams"][name] = team.members.size();
    json["people"] = reading.roster->on_teams(now());
    json["on_no_team"] = reading.roster->elsewhere.size();
  }
  for (const auto& service : reading.services)
    json["services"].push_back({{"service", service.name}, {"owner", service.owner}});
  json["diagnostics"] = diagnostics_json(reading.diagnostics);
  return json;
}

void print_counts(const RosterFilesReading& reading) {
  if (!reading.roster) return;
  for (const auto& [name, team] : reading.roster->teams)
    std::cout << name << ": " << counted(team.members.size(), "member") << "\n";
  const int people = reading.roster->on_teams(now());
  if (reading.roster->teams.size() > 1)
    std::cout << "on all teams: " << people << (people == 1 ? " person\n" : " people\n");
  if (const std::size_t elsewhere = reading.roster->elsewhere.size(); elsewhere > 0)
    std::cout << "on no team: " << elsewhere << "\n";
  if (!reading.services.empty())
    std::cout << "in catalogues: " << counted(reading.services.size(), "service") << "\n";
}

}  // namespace

int check_roster(const CheckRosterOptions& options) {
  RosterConfig known, sources;
  std::vector<Diagnostic> diagnostics;
  if (options.sources.empty() || !options.config_file.empty()) {
    LoadedConfig loaded =
        load_config(options.config_file.empty() ? "revisitd.yml" : options.config_file);
    if (!loaded.config) {
      print(loaded.diagnostics);
      return kBad;
    }
    known = std::move(loaded.config->roster);
    if (options.sources.empty()) sources = known;
  }
  RosterEndpoint endpoint;
  if (!options.http_config_file.empty()) {
    auto peer = read_peer(options.http_config_file);
    if (!peer) return complain(peer.error().message);
    endpoint.http = *std::move(peer);
  }
  for (const std::string& source : options.sources) {
    if (!is_url(source)) {
      add_file(source, sources);
    } else if (!add_known(source, known, sources)) {
      endpoint.url = source;
      add_unknown(endpoint, sources, diagnostics);
    }
  }
  RosterFilesReading reading = read(sources);
  reading.diagnostics.insert(reading.diagnostics.end(), diagnostics.begin(), diagnostics.end());
  if (options.json) {
    std::cout << dump(to_json(reading)) << "\n";
  } else {
    print(reading.diagnostics);
    print_counts(reading);
  }
  return has_error(reading.diagnostics) ? kBad : kGood;
}

}  // namespace revisitd::daemon::cli
