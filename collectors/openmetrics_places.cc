#include "collectors/openmetrics_places.h"

#include <algorithm>

namespace revisitd::collectors {

SamplePlaces places_of(std::string_view text, std::size_t series) {
  SamplePlaces places;
  text = text.substr(0, text.find('\n', series));
  places.value = series + 1;
  const std::size_t behind = std::min(text.find(' ', places.value), text.size());
  if (behind == text.size() || text.substr(behind).starts_with(" # {")) return places;
  places.timestamp = behind + 1;
  const std::size_t end = std::min(text.find(' ', places.timestamp), text.size());
  places.timestamp_text = text.substr(places.timestamp, end - places.timestamp);
  return places;
}

}  // namespace revisitd::collectors
