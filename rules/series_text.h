#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/quantity.h"
#include "rules/result.h"

// The values of a signal, one a slot, as trigger tests write them:
//
//   80ms         one value, with the units that conditions have
//   80ms*960     the same 960 times
//   80msx960     961 times, and
//   _x144        144 missing, both as in promtool's tests
//   _  _*144     missing
//   80ms+5msx10  eleven values: 80ms, 85ms, … 130ms, likewise
//   2100-100x3   four values: 2100, 2000, 1900, 1800
//
// with blanks between them.
namespace revisitd::rules {

struct Series {
  std::vector<std::optional<double>> values;  // in the unit's base; nothing: missing
  std::optional<Unit> unit;                   // nothing when every value is missing
};

// A mistake in a series, at a byte offset into its text.
struct SeriesError {
  std::size_t offset = 0;
  std::string message;  // says what was expected
};

// At most a million values, all in one unit; plain numbers and shares may be mixed. A value of a
// ramp is the double nearest to first + n * step, to nine decimals.
Result<Series, SeriesError> parse_series(std::string_view text);

}  // namespace revisitd::rules
