#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collectors/exposition.h"
#include "collectors/native_histogram.h"

// Samples as text: for programs (one JSON object a line) and for people.
namespace revisitd::collectors {

// {"name":…,"labels":{…},"value":…,"timestamp":…} without a newline. The value is a number that
// reads back as the same double, or "NaN", "+Inf", "-Inf"; the timestamp is in seconds, null where
// the page gives none. Labels keep the page's order; of a repeated name the last value stands.
std::string sample_json(const SampleView& sample);

// The same with the key "histogram" in the place of "value": {"count":…,"sum":…,
// "buckets":[[rule,low,high,count],…]}, as Prometheus' API has them: of the populated buckets, from
// the lowest up; rule 0 is open on the left, 1 open on the right, 3 closed on both sides.
std::string native_histogram_json(const SampleView& sample, const NativeHistogram& histogram);
// As PromQL writes one: "{count:3, sum:6.5, [-0.001,0.001]:1, (0.5,1]:2}".
std::string native_histogram_text(const NativeHistogram& histogram);

// name{a="b",c="d"}, escaped as on a page; names beyond the old character set in quotes inside the
// braces.
std::string series_text(const SampleView& sample);
// The shortest text that reads back as the same double; "NaN", "+Inf", "-Inf".
std::string value_text(double value);
// Unix seconds with at most three decimals: "1700000000.125".
std::string seconds_text(std::int64_t millis);

}  // namespace revisitd::collectors
