#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rules/explain.h"

namespace revisitd::rules {

// {service, trigger, condition, provided, verdict, since, judged, window, slot, share, trip, clear,
// coverage, least_coverage, counts {breach, ok, idle, blind}, comparisons [{left, op, right,
// of ("when" or "provided"), left_value, left_bounds, right_value, unit, truth ("true", "false",
// "unknown"), seen (of values older than the newest slot), undecided, bucket, nearest [{start,
// value, distance}]}], blind [{input, why, slots}], onset, newest {state, since}, trends [{signal,
// unit, values, from, to, change, least, mean, most}], flips [{kind, to, …, text}], held, summary,
// text}. Times are RFC 3339, numbers in base units, what is not known is null. Of a flip: shift has
// signal, amount, unit; threshold signal, threshold, before, unit; time state, slots, at; course
// slots, at; data state, slots; people knows, language, people, before.
nlohmann::ordered_json to_json(const Explanation& explanation);

}  // namespace revisitd::rules
