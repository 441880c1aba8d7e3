#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/web/html.h"
#include "rules/quantity.h"
#include "storage/store.h"

// One signal over time as an SVG drawing: a pure function of its arguments.
namespace revisitd::daemon::web {

// A horizontal line at a value that a record names.
struct PlotLine {
  enum class Kind {
    threshold,  // a trigger's `when`
    provided,   // a trigger's `provided`
    budget,     // the envelope
  };
  Kind kind = Kind::threshold;
  double value = 0;   // in the signal's unit
  std::string label;  // "tail-latency > 100ms"
};

struct Plot {
  std::string title;
  Unit unit = Unit::number;
  Duration length{};                          // slot length
  std::vector<storage::IndexedValue> values;  // ascending; slots without a value are left out
  TimePoint from{}, to{};                     // time axis, from < to
  std::vector<PlotLine> lines;
  std::optional<TimePoint> window_from;  // the trigger's window, which ends at `to`
  std::optional<TimePoint> onset;        // when the breach began
  int width = 760, height = 230;
  std::string id = "plot";  // unique in the page
  // Alone in a file: carries its own style and XML name space.
  bool standalone = false;
};

// Gaps stay gaps; the bucket interval of a quantile is a band; at most a few hundred points
// whatever the number of slots.
Html draw_plot(const Plot& plot);

}  // namespace revisitd::daemon::web
