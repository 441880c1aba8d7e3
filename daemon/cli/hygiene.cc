#include "daemon/cli/hygiene.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <set>

#include "collectors/safe_file.h"
#include "daemon/cli/api_client.h"
#include "daemon/live_history.h"
#include "daemon/peers.h"
#include "daemon/roster_sources.h"
#include "daemon/version.h"

namespace revisitd::daemon::cli {
namespace {

namespace asio = boost::asio;
using Json = nlohmann::ordered_json;
using Decisions = std::vector<std::shared_ptr<const rules::Decision>>;

// A fleet's answers for a week are held at a time.
constexpr Duration kPiece = std::chrono::hours(24 * 7);
constexpr std::size_t kRecordBytes = 1 << 20;

LiveHistory fetch(const Config& config, const rules::Engine& engine,
                  std::vector<rules::HistoryNeed> needs, TimePoint now) {
  asio::io_context context(1);
  collectors::HttpClientOptions options;
  options.user_agent = "revisitd/" + build_info().version;
  const auto client = collectors::make_http_client(context.get_executor(), options);
  std::map<std::string, std::unique_ptr<collectors::PromqlSource>> sources;
  for (const PrometheusServer& server : config.prometheus) {
    sources[server.name] = collectors::make_promql_source(
        context.get_executor(), *client, promql_spec(server), [now] { return now; });
  }
  std::optional<LiveHistory> live;
  std::exception_ptr trouble;
  asio::co_spawn(context, fetch_history(sources, engine, std::move(needs), kPiece),
                 [&](std::exception_ptr error, LiveHistory history) {
                   trouble = error;
                   live = std::move(history);
                 });
  while (!live && context.run_one() > 0) {
  }
  client->cancel_all();
  context.restart();
  context.poll();
  if (trouble) std::rethrow_exception(trouble);
  return live.value_or(LiveHistory{});
}

// The line of the record that the finding points at.
std::string line_at(const std::string& path, Place place) {
  if (place.line == 0) return "";
  const auto content = collectors::read_file(path, kRecordBytes);
  return content ? line_of(content->text, place) : "";
}

void take(LiveFindings& all, const rules::Decision& decision,
          const std::vector<rules::HygieneFinding>& findings) {
  for (const rules::HygieneFinding& f : findings) {
    LiveFinding finding{decision.service, std::string(hygiene_name(f.kind)), f.trigger,
                        to_diagnostic(decision, f)};
    finding.diagnostic.source = line_at(decision.path, f.place);
    all.findings.push_back(std::move(finding));
  }
}

// The daemon may have read the record elsewhere, or an earlier text of it.
LiveFinding finding_of(const rules::Decision& decision, const Json& told) {
  LiveFinding finding;
  finding.service = decision.service;
  finding.kind = told.value("kind", "");
  finding.trigger = told.value("trigger", "");
  const rules::Trigger* trigger = decision.find_trigger(finding.trigger);
  Place place = decision.place;
  if (trigger != nullptr) {
    place = trigger->place;
  } else if (finding.kind != rules::hygiene_name(rules::HygieneKind::no_trigger)) {
    place = decision.team_place;
  }
  finding.diagnostic = {decision.path, place, told.value("message", ""),
                        line_at(decision.path, place), Severity::warning};
  return finding;
}

}  // namespace

LiveFindings ask_servers(const Config& config, const Decisions& decisions, TimePoint now,
                         Duration look_back) {
  rules::EngineOptions engine_options = rules::default_engine_options();
  engine_options.ladder = config.global.slots;
  rules::Engine engine(engine_options);
  LiveFindings all;
  const RosterFilesReading people = read_roster_files(config.roster, now);
  for (const Diagnostic& d : people.diagnostics) all.notes.push_back(format_location(d));
  if (people.roster) engine.roster(people.roster);
  engine.decide(now, decisions, {});

  rules::HygieneOptions options;
  options.look_back = look_back;
  options.roster_expected = config.roster.any();
  std::vector<rules::HistoryNeed> needs;
  for (const auto& [service, state] : engine.decisions()) {
    for (rules::HistoryNeed& need : rules::hygiene_needs(state, now, options))
      needs.push_back(std::move(need));
  }
  const LiveHistory live = fetch(config, engine, std::move(needs), now);
  all.notes.insert(all.notes.end(), live.problems.begin(), live.problems.end());
  all.complete = live.problems.empty();
  std::set<std::string> scraped;
  for (const auto& [service, state] : engine.decisions()) {
    options.unasked.clear();
    for (const auto& [of, signal] : live.unasked) {
      if (of != service) continue;
      options.unasked.push_back(signal);
      const auto spec = state.decision->signals.find(signal);
      if (spec != state.decision->signals.end() &&
          spec->second.reduction != rules::Reduction::query)
        scraped.insert(signal);
    }
    take(all, *state.decision, rules::hygiene(engine, state, live.history, now, options));
  }
  for (const std::string& signal : scraped)
    all.notes.push_back("signal `" + signal +
                        "` is scraped: only a running daemon has its past, ask it with --url");
  return all;
}

Result<LiveFindings> ask_daemon(const ClientOptions& options, const Decisions& decisions) {
  const auto listed = get_data(options, "/api/v1/decisions");
  if (!listed) return listed.error();
  std::set<std::string> known;
  for (const Json& one : *listed) known.insert(one.value("service", ""));
  LiveFindings all;
  for (const auto& decision : decisions) {
    if (!known.contains(decision->service)) {
      all.notes.push_back("the daemon has no decision for `" + decision->service + "`");
      all.complete = false;
      continue;
    }
    const auto told = get_data(options, "/api/v1/decisions/" + escape_part(decision->service));
    if (!told) return told.error();
    for (const Json& f : told->value("hygiene", Json::array()))
      all.findings.push_back(finding_of(*decision, f));
  }
  return all;
}

}  // namespace revisitd::daemon::cli
