#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "collectors/promql_source.h"
#include "daemon/backfill_plan.h"
#include "storage/store.h"

namespace revisitd::daemon {

// The values of a chunk's answer that these services and signals want, as rows: a series' stand
// together, ascending.
template <class Names>  // of (service, signal)
std::vector<storage::SlotRow> fetched_rows(const BackfillChunk& chunk, const Names& wanted,
                                           const collectors::SlotHistoryAnswer& answer) {
  std::vector<storage::SlotRow> rows;
  for (const auto& [service, signal] : wanted) {
    const auto values = answer.find(service);
    if (values == answer.end()) continue;
    for (const auto& [index, value] : values->second) {
      if (!value.value || index < chunk.range.first || index >= chunk.range.last) continue;
      rows.push_back(
          {service, signal, chunk.question.length, index, rules::SlotValue::exact(*value.value)});
    }
  }
  return rows;
}

// Hands rows to a store a part at a time: live rounds want their turn.
boost::asio::awaitable<void> store_in_parts(
    std::vector<storage::SlotRow> rows,
    const std::function<boost::asio::awaitable<void>(std::vector<storage::SlotRow>)>& store);

// Slots of one series that are asked for at once when an answer holds as many services: values
// asked for at once are bounded, and slots of one service.
std::int64_t most_slots(std::size_t services);

}  // namespace revisitd::daemon
