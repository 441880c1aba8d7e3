#pragma once

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/exposition_parser.h"
#include "collectors/sample_json.h"

// Pages in tests: text in, one readable line per sample out.
namespace revisitd::collectors {

// Keeps "series value[ @millis][ #characters]" per sample and "kind family text" per line of
// metadata.
class Transcript : public SampleSink {
 public:
  void sample(const SampleView& sample) override {
    std::string line = series_text(sample) + ' ' + value_text(sample.value);
    if (sample.timestamp_ms) line += " @" + std::to_string(*sample.timestamp_ms);
    if (sample.exemplar) line += " #" + std::to_string(sample.exemplar->label_characters);
    samples.push_back(std::move(line));
    lines.push_back(sample.line);
  }
  void metadata(const MetadataView& metadata) override {
    static constexpr std::string_view kKinds[] = {"type ", "help ", "unit "};
    std::string line(kKinds[static_cast<int>(metadata.kind)]);
    line.append(metadata.family).append(1, ' ').append(metadata.text);
    described.push_back(std::move(line));
  }

  std::vector<std::string> samples;
  std::vector<int> lines;
  std::vector<std::string> described;
};

struct ReadPage {
  Transcript seen;
  std::optional<PageError> error;

  bool good() const { return !error; }
  // "3:7 message", "" for a good page.
  std::string trouble() const {
    if (!error) return "";
    return std::to_string(error->place.line) + ':' + std::to_string(error->place.column) + ' ' +
           error->message;
  }
};

inline ReadPage read_page(ExpositionFormat format, std::string_view text,
                          const ExpositionLimits& limits = {}) {
  ReadPage page;
  ExpositionParser parser(format, page.seen, limits);
  auto status = parser.feed(text);
  if (status) status = parser.finish();
  if (!status) page.error = status.error();
  return page;
}

inline ReadPage read_text(std::string_view text, const ExpositionLimits& limits = {}) {
  return read_page(ExpositionFormat::prometheus, text, limits);
}
inline ReadPage read_openmetrics(std::string_view text, const ExpositionLimits& limits = {}) {
  return read_page(ExpositionFormat::openmetrics, text, limits);
}

inline std::string fixture(const std::string& name) {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/expositions/" + name,
                     std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace revisitd::collectors
