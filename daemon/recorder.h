#pragma once

#include "rules/engine.h"
#include "storage/store.h"

namespace revisitd::daemon {

// What a step of the engine means to the store: the state of what changed, finished revisits, and a
// line of the trail for every event. Pure; the deliveries of the same commit come from
// notify::plan().
storage::Batch record_step(const rules::Engine& engine, const rules::StepResult& step);

// Kinds of StateRow.
inline constexpr const char* kDecisionKind = "decision";  // by service: Engine::save()
inline constexpr const char* kRevisitKind = "revisit";    // by id: a finished revisit
// Of records, by collectors::absolute_path().
inline constexpr const char* kRecordKind = "record";    // record_to_json()
inline constexpr const char* kReadingKind = "reading";  // collectors::KeptReadings
inline constexpr const char* kMetaKind =
    "meta";  // "instance", "slots-in-progress.N", "roster", "roster-read", "notices"
inline constexpr const char* kProgressKey = "slots-in-progress.";  // and a part's number

}  // namespace revisitd::daemon
