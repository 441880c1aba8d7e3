#include "collectors/openmetrics_places.h"

#include <algorithm>

namespace revisitd::collectors {

namespace {

// Behind the string in double quotes that begins at `at`.
std::size_t behind_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// The labels in the braces that open at `at`, which becomes the place behind them. The name of a
// metric that stands among them is left out.
std::vector<LabelPlace> labels_in(std::string_view text, std::size_t& at) {
  std::vector<LabelPlace> labels;
  for (++at; at < text.size() && text[at] != '}';) {
    const std::size_t begin = at;
    const bool quoted = text[at] == '"';
    at = quoted ? behind_quoted(text, at) : std::min(text.find('=', at), text.size());
    const std::string_view name =
        quoted ? text.substr(begin + 1, at - begin - 2) : text.substr(begin, at - begin);
    if (at < text.size() && text[at] == '=') {
      labels.push_back({name, begin});
      at = behind_quoted(text, at + 1);
    }
    if (at < text.size() && text[at] == ',') ++at;
  }
  at = std::min(at + 1, text.size());
  return labels;
}

}  // namespace

SamplePlaces places_of(std::string_view text, std::size_t series) {
  SamplePlaces places;
  text = text.substr(0, text.find('\n', series));
  places.value = series + 1;
  const std::size_t number = std::min(text.find(' ', series + 1), text.size());
  const std::size_t hash = std::min(text.find(" # {", series + 1), text.size());
  if (number < hash) {
    places.timestamp = number + 1;
    places.timestamp_text = text.substr(number + 1, hash - number - 1);
  }
  if (hash < text.size()) {
    std::size_t end = places.exemplar = hash + 3;
    places.exemplar_labels = labels_in(text, end);
    places.exemplar_braces = text.substr(places.exemplar, end - places.exemplar);
  }
  return places;
}

}  // namespace revisitd::collectors
