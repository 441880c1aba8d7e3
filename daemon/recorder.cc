#include "daemon/recorder.h"

#include <nlohmann/json.hpp>

#include "rules/revisit_json.h"

namespace revisitd::daemon {
namespace {

using Json = nlohmann::ordered_json;

// Texts of records, people and targets may hold anything; a row must be valid JSON all the same.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

storage::TrailRow trail_row(const rules::Event& event) {
  storage::TrailRow row;
  row.at = event.at;
  row.type = rules::event_type_name(event.type);
  row.service = event.service;
  row.team = event.team;
  row.language = event.language;
  if (event.revisit) row.revisit = event.revisit->id;
  row.by = event.by;
  row.body = dump(rules::to_json(event));
  return row;
}

}  // namespace

storage::Batch record_step(const rules::Engine& engine, const rules::StepResult& step) {
  storage::Batch batch;
  for (const std::string& service : step.changed) {
    if (engine.decisions().contains(service)) {
      batch.puts.push_back({kDecisionKind, service, engine.save(service)});
    } else {
      batch.erases.emplace_back(kDecisionKind, service);
    }
  }
  for (const rules::Event& event : step.events) {
    batch.trail.push_back(trail_row(event));
    if (event.revisit && rules::is_final(event.revisit->state)) {
      batch.puts.push_back({kRevisitKind, event.revisit->id, dump(rules::to_json(*event.revisit))});
    }
  }
  return batch;
}

}  // namespace revisitd::daemon
