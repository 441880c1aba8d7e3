#pragma once

#include <algorithm>
#include <cstdint>

namespace revisitd::collectors {

// The finite samples of one gauge series within one slot, as far as mean, max, min and last need
// them.
struct GaugeRange {
  double sum = 0;
  double min = 0;
  double max = 0;
  double last = 0;
  std::uint32_t samples = 0;

  // Samples come in the order of their times.
  void add(double value) {
    min = samples == 0 ? value : std::min(min, value);
    max = samples == 0 ? value : std::max(max, value);
    sum += value;
    last = value;
    ++samples;
  }
};

}  // namespace revisitd::collectors
