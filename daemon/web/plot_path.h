#pragma once

#include <string>
#include <vector>

#include "storage/store.h"

// A slot series as the paths of a plot: thinned to the plot's width without losing a spike, and
// never joined across a slot that has no value.
namespace revisitd::daemon::web {

// Where times and values lie in the drawing. y grows downwards.
struct PlotFrame {
  double left = 0, top = 0, width = 1, height = 1;
  TimePoint from{}, to{};
  double low = 0, high = 1;

  [[nodiscard]] double x(TimePoint at) const;
  // Values outside [low, high], infinities too, lie on the edge.
  [[nodiscard]] double y(double value) const;
};

// What a few neighbouring slots became.
struct PlotColumn {
  std::int64_t first = 0, last = 0;  // slots with values, inclusive
  bool whole = true;                 // every slot between them has a value
  double least = 0, most = 0;        // of the values
  bool rises = true;                 // the least came first
  double low = 0, high = 0;          // of the bucket intervals
  bool exact = true;                 // no value had an interval
};

// At most `columns` of them; each keeps the extremes of its slots. Values lie within [from, to),
// ascending.
std::vector<PlotColumn> thin(const std::vector<storage::IndexedValue>& values, Duration length,
                             TimePoint from, TimePoint to, int columns);

struct PlotPaths {
  std::string line;  // "M…L…" of SVG
  std::string band;  // closed areas; "" when every value is exact
  int points = 0;    // of the line
};

PlotPaths trace(const std::vector<PlotColumn>& columns, Duration length, const PlotFrame& frame);

// How many separate stretches of missing slots lie between the first and the last value.
int gap_count(const std::vector<storage::IndexedValue>& values);

}  // namespace revisitd::daemon::web
