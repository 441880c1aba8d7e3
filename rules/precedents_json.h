#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rules/precedents.h"

namespace revisitd::rules {

// {"service","team","language","workload","record","envelope":{SIGNAL:{"budget","unit"}},"decided",
//  "ended"|null,"held","ending","flipped_by":[…],"reaffirmed","distance"}; times are dates.
nlohmann::ordered_json to_json(const Precedent& precedent, TimePoint at);

// A row of the trail, as to_json(const Event&) wrote it; what it does not hold stays empty.
TrailNote trail_note_from_json(const nlohmann::ordered_json& json);

}  // namespace revisitd::rules
