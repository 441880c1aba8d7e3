#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "rules/event.h"
#include "rules/result.h"
#include "rules/revisit.h"

// The one JSON shape of revisits and events: the store, the API and the native webhook all use it,
// so a reader meets the same keys everywhere. Times are RFC 3339, values base units, shares doubles
// beside exact texts.
namespace revisitd::rules {

// {"revisit":ID,"service":…,"team":…,"language":…,"favours":…,"state":…,"reason":…,"since":…,"record":…,
//  "triggers":[{"name","verdict","condition","value","threshold","window","share","coverage","since","why",…}],
//  "assessment":{…},…}
nlohmann::ordered_json to_json(const Revisit& revisit);
nlohmann::ordered_json to_json(const TriggerEvidence& evidence);
// {"time":…,"type":…,"service":…,…}; the trail's body.
nlohmann::ordered_json to_json(const Event& event);
// Reads back what to_json wrote; unknown keys are ignored, so a newer version's rows can be shown.
Result<Revisit> revisit_from_json(const nlohmann::ordered_json& json);

}  // namespace revisitd::rules
