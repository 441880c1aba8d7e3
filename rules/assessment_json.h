#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rules/assessment.h"

// The one JSON shape of assessments and of the inputs they rest on: the API, webhooks, the trail
// and the store all use it.
namespace revisitd::rules {

class JsonReader;

// {"service","decision","chosen","result":"stands"|"leans"|"close","leans":LANG|null,"margin","confidence",
//  "gate":[{"language","over","why"}],
//  "languages":{LANG:{"score","criteria":[{"name","score","weight","then","now","why"}]}},
//  "moved":[{"input","then","now"}],"missing":[…],"summary","at"}
// `then` and `now` of a criterion are objects by input: {"value","unit","source","at"}, null for
// what is not known; numbers are in base units.
nlohmann::ordered_json to_json(const Assessment& assessment);
// The same as text on one line.
std::string to_json_text(const Assessment& assessment);

// For the store: what a snapshot of a decision's inputs is kept as.
nlohmann::ordered_json to_json(const DecisionInputs& inputs);
// Reads back what to_json wrote; throws JsonReadError for anything else.
DecisionInputs read_decision_inputs(JsonReader& json);

}  // namespace revisitd::rules
