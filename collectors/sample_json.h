#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collectors/exposition.h"

// Samples as text: for programs (one JSON object a line) and for people.
namespace revisitd::collectors {

// {"name":…,"labels":{…},"value":…,"timestamp":…} without a newline. The value is a number that
// reads back as the same double, or "NaN", "+Inf", "-Inf"; the timestamp is in seconds, null where
// the page gives none. Labels keep the page's order; of a repeated name the last value stands.
std::string sample_json(const SampleView& sample);

// name{a="b",c="d"}, escaped as on a page; names beyond the old character set in quotes inside the
// braces.
std::string series_text(const SampleView& sample);
// The shortest text that reads back as the same double; "NaN", "+Inf", "-Inf".
std::string value_text(double value);
// Unix seconds with at most three decimals: "1700000000.125".
std::string seconds_text(std::int64_t millis);

}  // namespace revisitd::collectors
