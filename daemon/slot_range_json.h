#pragma once

#include <nlohmann/json.hpp>

#include "daemon/backfill_ranges.h"

// Slots in rows of the store: [first, last], and a list of such. Reading throws Json::exception.
namespace revisitd::daemon {

inline nlohmann::ordered_json ranges_json(const SlotRanges& ranges) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& [first, last] : ranges.stretches()) json.push_back({first, last});
  return json;
}

inline SlotRange range_from(const nlohmann::ordered_json& json) {
  return {json.at(0).get<std::int64_t>(), json.at(1).get<std::int64_t>()};
}

inline SlotRanges ranges_from(const nlohmann::ordered_json& json) {
  SlotRanges ranges;
  for (const nlohmann::ordered_json& stretch : json) ranges.add(range_from(stretch));
  return ranges;
}

}  // namespace revisitd::daemon
