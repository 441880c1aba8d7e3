#include <limits>
#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/request_values.h"
#include "rules/roster_merge.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kUsualRows = 1000, kMostRows = 10'000;

Json trail_json(const storage::TrailRow& row) {
  Json json{{"sequence", row.sequence}};
  const Json body = Json::parse(row.body, nullptr, false);
  if (body.is_object()) {
    json.update(body);
    return json;
  }
  json.update(Json{{"time", format_time(row.at)},
                   {"type", row.type},
                   {"service", row.service},
                   {"team", row.team},
                   {"language", row.language},
                   {"by", row.by}});
  return json;
}

Result<storage::TrailQuery> read_trail_query(const HttpRequest& request) {
  storage::TrailQuery query;
  query.service = text_parameter(request, "service");
  query.team = text_parameter(request, "team");
  query.language = rules::lower_case(text_parameter(request, "language"));
  query.revisit = text_parameter(request, "revisit");
  query.type = text_parameter(request, "type");
  const auto start = moment_parameter(request, "start");
  if (!start) return start.error();
  const auto end = moment_parameter(request, "end");
  if (!end) return end.error();
  const auto limit = count_parameter(request, "limit", kUsualRows, kMostRows);
  if (!limit) return limit.error();
  const auto before = count_parameter(request, "before", 0, std::numeric_limits<int>::max());
  if (!before) return before.error();
  query.from = *start;
  query.to = *end;
  query.before_sequence = static_cast<std::int64_t>(*before);
  query.limit = *limit;
  query.newest_first = true;
  return query;
}

Json diagnostic_json(const Diagnostic& diagnostic) {
  return {{"severity", diagnostic.severity == Severity::error ? "error" : "warning"},
          {"file", diagnostic.file},
          {"line", diagnostic.place.line},
          {"column", diagnostic.place.column},
          {"message", diagnostic.message},
          {"source", diagnostic.source},
          {"text", format_diagnostic(diagnostic)}};
}

Json target_json(const TargetStatus& target) {
  return {{"kind", target.kind},
          {"job", target.job},
          {"url", target.url},
          {"service", target.service},
          {"labels", target.labels},
          {"health", target.health},
          {"last_error", target.last_error},
          {"last_scrape", time_json(target.last_scrape)},
          {"last_duration_seconds", to_seconds(target.last_duration)},
          {"samples", target.samples},
          {"interval_seconds", to_seconds(target.interval)}};
}

Json delivery_json(const storage::DeliveryRow& row) {
  return {{"id", row.id},
          {"receiver", row.receiver},
          {"type", row.type},
          {"service", row.service},
          {"revisit", row.revisit},
          {"state", storage::delivery_state_name(row.state)},
          {"attempts", row.attempts},
          {"created", format_time(row.created)},
          {"next_attempt", row.state == storage::DeliveryState::pending
                               ? Json(format_time(row.next_attempt))
                               : Json(nullptr)},
          {"finished", time_json(row.finished)},
          {"last_error", row.last_error}};
}

}  // namespace

awaitable<HttpResponse> api_trail(const Call& call) {
  const auto query = read_trail_query(call.request);
  if (!query) co_return api_error(ApiError::bad_data, query.error().message);
  Json data = Json::array();
  for (const storage::TrailRow& row : co_await call.app.trail(*query))
    data.push_back(trail_json(row));
  co_return api_success(data);
}

HttpResponse api_targets(const Call& call) {
  Json data = Json::array();
  for (const TargetStatus& target : call.app.targets()) data.push_back(target_json(target));
  return api_success(data);
}

HttpResponse api_records(const Call& call) {
  Json data = Json::array();
  for (const RecordStatusRow& row : call.app.records()) {
    Json diagnostics = Json::array();
    for (const Diagnostic& d : row.diagnostics) diagnostics.push_back(diagnostic_json(d));
    data.push_back({{"path", row.path},
                    {"service", row.service},
                    {"status", row.status},
                    {"in_force", row.in_force},
                    {"last_good", row.last_good},
                    {"diagnostics", std::move(diagnostics)}});
  }
  return api_success(data);
}

awaitable<HttpResponse> api_deliveries(const Call& call) {
  using storage::DeliveryState;
  storage::DeliveryQuery query;
  query.receiver = text_parameter(call.request, "receiver");
  const auto limit = count_parameter(call.request, "limit", kUsualRows, kMostRows);
  if (!limit) co_return api_error(ApiError::bad_data, limit.error().message);
  query.limit = *limit;
  if (const std::string state = text_parameter(call.request, "state"); !state.empty()) {
    for (const auto s : {DeliveryState::pending, DeliveryState::delivered, DeliveryState::dead}) {
      if (storage::delivery_state_name(s) == state) query.state = s;
    }
    if (!query.state) {
      co_return api_error(ApiError::bad_data, "`state`: expected pending, delivered or dead");
    }
  }
  Json data = Json::array();
  for (const storage::DeliveryRow& row : co_await call.app.deliveries(query))
    data.push_back(delivery_json(row));
  co_return api_success(data);
}

awaitable<HttpResponse> api_requeue(const Call& call) {
  const auto done = co_await call.app.requeue(call.arguments[0]);
  if (!done) {
    const bool closed = done.error().error == rules::ActionError::unavailable;
    co_return api_error(closed ? ApiError::unavailable : ApiError::not_found, done.error().message);
  }
  co_return api_success({{"id", call.arguments[0]}, {"state", "pending"}});
}

}  // namespace revisitd::daemon::web
