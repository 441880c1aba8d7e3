#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "rules/explain.h"

namespace revisitd::rules {

// The trend of values by slot index over [first, last); the signal's name is left to the caller.
// `values` must not be empty.
SignalTrend trend_over(const std::vector<std::pair<std::int64_t, double>>& values,
                       std::int64_t first, std::int64_t last);

// "rose from 92ms to 131ms (+42.4%)", "steady around 92ms", "too few values for a trend".
std::string trend_words(const SignalTrend& trend);

}  // namespace revisitd::rules
