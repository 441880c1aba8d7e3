#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/backfill_view.h"
#include "daemon/web/fleet.h"
#include "daemon/web/runtime_view.h"

namespace revisitd::daemon::web {
namespace {

Json verdicts_json(const std::array<std::size_t, 4>& counts) {
  Json json;
  for (const auto v : {rules::Verdict::tripped, rules::Verdict::blind, rules::Verdict::unproven,
                       rules::Verdict::clear}) {
    json[std::string(verdict_name(v))] = counts[static_cast<std::size_t>(v)];
  }
  return json;
}

Json revisits_json(const FleetCounts& counts) {
  Json json;
  for (std::size_t i = 0; i < counts.revisits.size(); ++i) {
    json[std::string(revisit_state_name(static_cast<rules::RevisitState>(i)))] = counts.revisits[i];
  }
  return json;
}

Json roster_json(const RosterStatus& roster) {
  std::size_t good = 0;
  for (const RosterSourceStatus& source : roster.sources) good += source.state == "good";
  return {{"source", roster.source},
          {"read_at", time_json(roster.read_at)},
          {"valid", roster.valid},
          {"problem", roster.problem},
          {"sources", {{"good", good}, {"bad", roster.sources.size() - good}}}};
}

Json records_json(const std::vector<RecordStatusRow>& records) {
  std::size_t in_force = 0, last_good = 0, errors = 0, warnings = 0;
  for (const RecordStatusRow& row : records) {
    if (row.in_force) ++in_force;
    if (row.last_good) ++last_good;
    for (const Diagnostic& d : row.diagnostics)
      ++(d.severity == Severity::error ? errors : warnings);
  }
  return {{"files", records.size()},
          {"in_force", in_force},
          {"last_good", last_good},
          {"errors", errors},
          {"warnings", warnings}};
}

}  // namespace

boost::asio::awaitable<HttpResponse> api_status(const Call& call) {
  AppView& app = call.app;
  const storage::StoreStats store = co_await app.store_stats();
  const RuntimeInfo runtime = app.runtime();
  const Readiness readiness = app.readiness();
  const FleetCounts fleet = count_fleet(app.engine());
  const TargetCounts targets = count_targets(app.targets());
  Json data{{"version", app.build().version},
            {"now", format_time(app.now())},
            {"started", format_time(runtime.started)},
            {"uptime_seconds", to_seconds(app.now() - runtime.started)},
            {"ready", readiness.ready},
            {"reasons", readiness.reasons},
            {"decisions", fleet.decisions},
            {"decisions_by_verdict", verdicts_json(fleet.decisions_by_verdict)},
            {"triggers", verdicts_json(fleet.triggers)},
            {"revisits", revisits_json(fleet)},
            {"targets", {{"up", targets.up}, {"down", targets.down}, {"unknown", targets.unknown}}},
            {"deliveries", {{"pending", store.pending}, {"dead", store.dead}}},
            {"roster", roster_json(app.roster_status())},
            {"records", records_json(app.records())},
            {"backfill", backfill_json(app.backfill())}};
  add_runtime_counts(data, app.runtime_facts());
  data["config"] = {{"loaded", format_time(runtime.config_loaded)},
                    {"last_reload_ok", runtime.last_reload_ok},
                    {"last_reload_error", runtime.last_reload_error}};
  co_return api_success(data);
}

HttpResponse api_config(const Call& call) {
  return api_success({{"yaml", call.app.config_yaml()}});
}

HttpResponse api_flags(const Call& call) {
  Json data = Json::object();
  for (const auto& [name, value] : call.app.flags()) data[name] = value;
  return api_success(data);
}

HttpResponse api_build(const Call& call) {
  const BuildInfo build = call.app.build();
  return api_success({{"version", build.version},
                      {"revision", build.revision},
                      {"compiler", build.compiler},
                      {"build_type", build.build_type}});
}

HttpResponse api_runtime(const Call& call) {
  const RuntimeInfo runtime = call.app.runtime();
  return api_success({{"startTime", format_time(runtime.started)},
                      {"reloadConfigSuccess", runtime.last_reload_ok},
                      {"lastConfigTime", format_time(runtime.config_loaded)},
                      {"last_reload_error", runtime.last_reload_error},
                      {"decisions", runtime.decisions},
                      {"triggers", runtime.triggers},
                      {"signals", runtime.signals},
                      {"targets", runtime.targets},
                      {"storage_path", runtime.storage_path}});
}

boost::asio::awaitable<HttpResponse> api_backup(const Call& call) {
  const auto path = co_await call.app.backup();
  if (!path) co_return api_error(ApiError::internal, path.error().message);
  co_return api_success({{"path", *path}});
}

}  // namespace revisitd::daemon::web
