#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/exposition_parser.h"
#include "collectors/exposition_print.h"
#include "collectors/openmetrics_lint.h"
#include "collectors/sample_json.h"
#include "collectors/selector.h"

// Feeds any bytes to the exposition parser. The first byte chooses the format and how the rest is
// cut into pieces; what one reading finds, a reading in pieces must find, and so must one that
// remembers a page's layout: the same page's, or that of another, which ends at a form feed.
namespace revisitd::collectors {
namespace {

void require(bool good) {
  if (!good) std::abort();
}

class Recorder : public SampleSink {
 public:
  void sample(const SampleView& sample) override {
    require(!sample.name.empty() && sample.line > 0);
    record.push_back(sample_json(sample));
    series.emplace_back(sample.series);
  }
  SeriesMark mark(const SampleView&) override { return static_cast<SeriesMark>(series.size()) - 1; }
  void reading(SeriesMark mark, const Reading& reading) override {
    readings.push_back(series.at(static_cast<std::size_t>(mark)) + ' ' + value_text(reading.value));
  }

  std::vector<std::string> record;
  std::vector<std::string> series;
  std::vector<std::string> readings;
};

PageStatus read(ExpositionParser& parser, std::string_view text, std::size_t step) {
  for (std::size_t at = 0; at < text.size(); at += step) {
    const std::string piece(text.substr(at, step));
    if (auto status = parser.feed(piece); !status) return status;
  }
  return parser.finish();
}

ExpositionLimits small_limits() {
  ExpositionLimits limits;
  limits.line_bytes = 512;
  limits.label_value_bytes = 128;
  return limits;
}

void compare_pieces(ExpositionFormat format, std::string_view text, std::size_t step) {
  const ExpositionLimits limits = small_limits();
  Recorder whole;
  ExpositionParser in_one(format, whole, limits);
  const PageStatus status = read(in_one, text, text.size() + 1);
  Recorder pieces;
  ExpositionParser in_pieces(format, pieces, limits);
  const PageStatus again = read(in_pieces, text, step);
  require(static_cast<bool>(status) == static_cast<bool>(again));
  require(whole.record == pieces.record);
  if (!status) require(status.error() == again.error());
}

// Tells apart what becomes of a series by how its name begins: some are skipped from the second
// page on, some are never marked.
class Reader : public SampleSink {
 public:
  void sample(const SampleView& sample) override {
    if (!sample.name.starts_with('s'))
      note(std::string(sample.series), {sample.value, sample.timestamp_ms, sample.line});
  }
  SeriesMark mark(const SampleView& sample) override {
    if (sample.name.starts_with('s')) return kSkipSeries;
    if (sample.name.starts_with('u')) return kUnmarked;
    series_.emplace_back(sample.series);
    return static_cast<SeriesMark>(series_.size()) - 1;
  }
  void reading(SeriesMark mark, const Reading& reading) override {
    note(series_.at(static_cast<std::size_t>(mark)), reading);
  }

  std::vector<std::string> seen;

 private:
  void note(std::string series, const Reading& reading) {
    series += ' ' + value_text(reading.value) + ' ' + std::to_string(reading.line);
    if (reading.timestamp_ms) series += ' ' + std::to_string(*reading.timestamp_ms);
    seen.push_back(std::move(series));
  }

  std::vector<std::string> series_;
};

// A page that is good by itself is good, and says the same, whatever page came before it.
void compare_behind(ExpositionFormat format, std::string_view before, std::string_view text) {
  PageMemory fresh, memory;
  Reader alone, behind;
  ExpositionParser by_itself(format, alone, {}, ExpositionScan::wanted_lines, &fresh);
  if (!read(by_itself, text, text.size() + 1)) return;
  ExpositionParser first(format, behind, {}, ExpositionScan::wanted_lines, &memory);
  (void)read(first, before, before.size() + 1);
  behind.seen.clear();
  ExpositionParser second(format, behind, {}, ExpositionScan::wanted_lines, &memory);
  require(static_cast<bool>(read(second, text, text.size() + 1)));
  require(behind.seen == alone.seen);
}

void compare_memory(ExpositionFormat format, std::string_view text) {
  PageMemory memory;
  Recorder sink;
  ExpositionParser first(format, sink, {}, ExpositionScan::wanted_lines, &memory);
  if (!read(first, text, text.size() + 1)) return;
  const std::size_t samples = sink.record.size();
  ExpositionParser second(format, sink, {}, ExpositionScan::wanted_lines, &memory);
  require(static_cast<bool>(read(second, text, text.size() + 1)));
  require(sink.record.size() - samples + sink.readings.size() == samples);
}

}  // namespace
}  // namespace revisitd::collectors

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace revisitd::collectors;
  if (size == 0) return 0;
  const ExpositionFormat format =
      data[0] % 2 == 0 ? ExpositionFormat::prometheus : ExpositionFormat::openmetrics;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  compare_pieces(format, text, data[0] / 2U + 1);
  compare_memory(format, text);
  const std::size_t feed = text.find('\f');
  if (feed != std::string_view::npos)
    compare_behind(format, text.substr(0, feed), text.substr(feed + 1));
  if (format == ExpositionFormat::openmetrics) {
    for (const revisitd::Diagnostic& finding : lint_openmetrics(text, "page"))
      (void)format_diagnostic(finding);
  }
  const auto selector = Selector::parse(text.substr(0, 64));
  if (selector) (void)selector->matches("name", {});
  return 0;
}
