#pragma once

#include <cstdint>

#include "rules/slot.h"
#include "storage/connection.h"

namespace revisitd::storage {

// What a slot of the tail carries, as chunks and rows of text do: grid, slot and series belong to
// it, so that a value that turns up under another key is damage and not data.
std::int64_t tail_digest(std::int64_t grid, std::int64_t slot, std::int64_t series,
                         const rules::SlotValue& value);

// Makes it known to statements as tail_digest(grid, slot, series, value, low, high), for the
// migration that gives old rows their digests. Low and high are null where the value is exact.
void define_tail_digest(Connection& connection);

}  // namespace revisitd::storage
