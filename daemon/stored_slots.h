#pragma once

#include <vector>

#include "rules/engine.h"
#include "storage/store.h"

// Between what the engine speaks of and the rows of slots in the store.
namespace revisitd::daemon {

// Appends the rows of a reading's values.
void add_rows(const rules::SlotReading& reading, std::vector<storage::SlotRow>& rows);

// What the store has of the stretches asked for.
rules::SlotHistory read_history(storage::Store& store,
                                const std::vector<rules::HistoryNeed>& needs);

// Stores those of the rows whose slots have no value yet: what was stored live stands. The rows of
// a series stand together, ascending.
void fill_holes(storage::Store& store, const std::vector<storage::SlotRow>& rows);

}  // namespace revisitd::daemon
