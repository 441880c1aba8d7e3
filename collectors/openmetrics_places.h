#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"

namespace revisitd::collectors {

struct LabelPlace {
  std::string_view name;  // without its quotes, escapes as on the page
  Place at;
  Place value;
};

// Where the parts of a sample stand that the parser hands out as values only.
struct SamplePlaces {
  Place begin;
  std::vector<LabelPlace> labels;  // of the series, in page order
  Place labels_end;                // their closing brace
  Place value;
  std::string_view timestamp_text;  // "" without one
  Place timestamp;                  // the value's without one
  std::string_view exemplar_text;   // its labels with their braces, "" without an exemplar
  Place exemplar;
  std::vector<LabelPlace> exemplar_labels;
  Place exemplar_end;  // their closing brace
  Place exemplar_value;
};

// `text` begins with an OpenMetrics sample that the parser takes, on line `line` of its page, whose
// series is `series` bytes long; what follows the sample's line is ignored.
SamplePlaces places_of(std::string_view text, int line, std::size_t series);

}  // namespace revisitd::collectors
