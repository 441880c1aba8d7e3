#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace revisitd::collectors {

struct LabelPlace {
  std::string_view name;  // without its quotes, escapes as on the page
  std::size_t at = 0;     // of the name, with its quote if it has one
};

// Where the parts of a sample stand that the parser hands out as values only. Offsets count bytes
// from the beginning of the sample.
struct SamplePlaces {
  std::size_t value = 0;
  std::size_t timestamp = 0;
  std::string_view timestamp_text;  // "" without one
  std::size_t exemplar = 0;
  std::string_view exemplar_braces;  // its labels with their braces, "" without an exemplar
  std::vector<LabelPlace> exemplar_labels;
};

// `text` begins with an OpenMetrics sample that the parser takes, whose series is `series` bytes
// long; what follows the sample's line is ignored.
SamplePlaces places_of(std::string_view text, std::size_t series);

}  // namespace revisitd::collectors
