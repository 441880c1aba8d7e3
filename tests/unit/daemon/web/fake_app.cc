#include "tests/unit/daemon/web/fake_app.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "rules/revisit_json.h"

namespace revisitd::daemon::web {
namespace {

using boost::asio::awaitable;

bool fits(const std::string& wanted, const std::string& given) {
  return wanted.empty() || wanted == given;
}

bool type_fits(const std::string& wanted, const std::string& given) {
  if (wanted.ends_with(".*")) return given.starts_with(wanted.substr(0, wanted.size() - 1));
  return fits(wanted, given);
}

bool fits(const storage::TrailQuery& query, const storage::TrailRow& row) {
  return (query.before_sequence == 0 || row.sequence < query.before_sequence) &&
         fits(query.service, row.service) && fits(query.team, row.team) &&
         fits(query.language, row.language) && fits(query.revisit, row.revisit) &&
         type_fits(query.type, row.type) && (!query.from || row.at >= *query.from) &&
         (!query.to || row.at < *query.to);
}

}  // namespace

void FakeApp::ask() const {
  if (asked++ == throws_at) throw std::runtime_error("nobody can answer that");
}

void FakeApp::keep(const rules::StepResult& step) {
  for (const rules::Event& event : step.events) {
    storage::TrailRow row;
    row.sequence = static_cast<std::int64_t>(trail_rows.size()) + 1;
    row.at = event.at;
    row.type = event_type_name(event.type);
    row.service = event.service;
    row.team = event.team;
    row.language = event.language;
    row.revisit = event.revisit ? event.revisit->id : "";
    row.by = event.by;
    row.body = rules::to_json(event).dump(-1, ' ', false,
                                          nlohmann::ordered_json::error_handler_t::replace);
    trail_rows.push_back(std::move(row));
  }
}

awaitable<std::vector<storage::TrailRow>> FakeApp::trail(storage::TrailQuery query) {
  ask();
  std::vector<storage::TrailRow> rows;
  for (auto row = trail_rows.rbegin(); row != trail_rows.rend() && rows.size() < query.limit;
       ++row) {
    if (fits(query, *row)) rows.push_back(*row);
  }
  co_return rows;
}

awaitable<std::vector<storage::DeliveryRow>> FakeApp::deliveries(storage::DeliveryQuery query) {
  ask();
  std::vector<storage::DeliveryRow> rows;
  for (const storage::DeliveryRow& row : delivery_rows) {
    if (query.state && *query.state != row.state) continue;
    if (fits(query.receiver, row.receiver) && rows.size() < query.limit) rows.push_back(row);
  }
  co_return rows;
}

awaitable<std::vector<storage::IndexedValue>> FakeApp::slots(std::string service,
                                                             std::string signal, Duration length,
                                                             std::int64_t first,
                                                             std::int64_t last) {
  ask();
  std::vector<storage::IndexedValue> values;
  for (const storage::IndexedValue& v : slot_values[{service, signal, length}]) {
    if (v.index >= first && v.index < last) values.push_back(v);
  }
  co_return values;
}

awaitable<rules::SlotHistory> FakeApp::history(std::vector<rules::HistoryNeed> needs) {
  ask();
  rules::SlotHistory history;
  for (const rules::HistoryNeed& need : needs) {
    auto& values = history.values[need.key];
    for (const storage::IndexedValue& v : co_await slots(need.key.service, need.key.signal,
                                                         need.key.length, need.first, need.last)) {
      values.emplace_back(v.index, v.value);
    }
  }
  co_return history;
}

awaitable<std::vector<rules::Revisit>> FakeApp::revisits(std::string state) {
  ask();
  std::vector<rules::Revisit> all = finished;
  for (const auto& [service, decision] : core.decisions()) {
    if (decision.revisit) all.push_back(*decision.revisit);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.since > b.since; });
  std::erase_if(
      all, [&](const auto& r) { return !fits(state, std::string(revisit_state_name(r.state))); });
  co_return all;
}

awaitable<Result<rules::Revisit, rules::ActionFailure>> FakeApp::act(rules::Action action) {
  ask();
  const auto step = core.act(clock, action);
  if (!step) co_return step.error();
  keep(*step);
  const rules::Revisit revisit = *step->events.back().revisit;
  if (is_final(revisit.state)) finished.push_back(revisit);
  co_return revisit;
}

awaitable<Status> FakeApp::reload() {
  ask();
  ++reloads;
  co_return reload_result;
}

awaitable<storage::StoreStats> FakeApp::store_stats() {
  ask();
  storage::StoreStats stats;
  for (const storage::DeliveryRow& row : delivery_rows) {
    if (row.state == storage::DeliveryState::pending) ++stats.pending;
    if (row.state == storage::DeliveryState::dead) ++stats.dead;
  }
  co_return stats;
}

awaitable<Result<Ok, rules::ActionFailure>> FakeApp::requeue(std::string delivery_id) {
  ask();
  for (storage::DeliveryRow& row : delivery_rows) {
    if (row.id != delivery_id || row.state != storage::DeliveryState::dead) continue;
    row.state = storage::DeliveryState::pending;
    co_return Ok{};
  }
  co_return rules::ActionFailure{rules::ActionError::unknown_revisit,
                                 "no dead delivery has the id '" + delivery_id + "'"};
}

boost::asio::awaitable<Result<std::string>> FakeApp::backup() {
  ask();
  co_return Result<std::string>("/var/lib/revisitd/backups/revisitd-1.db");
}

}  // namespace revisitd::daemon::web
