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

class Places {
 public:
  Places(std::string_view text, int line) : text_(text), line_(line) {}

  Place at(std::size_t offset) const {
    const Place within = place_of(text_, offset);
    return {line_ + within.line - 1, within.column};
  }

  // The labels in the braces that open at `at`, which becomes the place behind them. The name of a
  // metric that stands among them is left out.
  std::vector<LabelPlace> labels(std::size_t& at) const {
    std::vector<LabelPlace> labels;
    for (++at; at < text_.size() && text_[at] != '}';) {
      const std::size_t begin = at;
      const bool quoted = text_[at] == '"';
      at = quoted ? behind_quoted(text_, at) : std::min(text_.find('=', at), text_.size());
      const std::string_view name =
          quoted ? text_.substr(begin + 1, at - begin - 2) : text_.substr(begin, at - begin);
      if (at < text_.size() && text_[at] == '=') {
        labels.push_back({name, this->at(begin), this->at(at + 1)});
        at = behind_quoted(text_, at + 1);
      }
      if (at < text_.size() && text_[at] == ',') ++at;
    }
    at = std::min(at + 1, text_.size());
    return labels;
  }

 private:
  std::string_view text_;
  int line_;
};

}  // namespace

SamplePlaces places_of(std::string_view text, int line, std::size_t series) {
  text = text.substr(0, text.find('\n', series));
  const Places places(text, line);
  SamplePlaces result;
  result.begin = places.at(0);
  std::size_t brace = text.find('{');
  if (brace < series) result.labels = places.labels(brace);
  result.labels_end = places.at(series - 1);
  const std::size_t number = std::min(text.find(' ', series + 1), text.size());
  const std::size_t hash = std::min(text.find(" # {", series + 1), text.size());
  result.timestamp = result.value = places.at(series + 1);
  if (number < hash) {
    result.timestamp = places.at(number + 1);
    result.timestamp_text = text.substr(number + 1, hash - number - 1);
  }
  if (hash < text.size()) {
    const std::size_t begin = hash + 3;
    std::size_t end = begin;
    result.exemplar = places.at(begin);
    result.exemplar_labels = places.labels(end);
    result.exemplar_text = text.substr(begin, end - begin);
    result.exemplar_end = places.at(end - 1);
    result.exemplar_value = places.at(end + 1);
  }
  return result;
}

}  // namespace revisitd::collectors
