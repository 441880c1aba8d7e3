#include "collectors/exposition_print.h"

#include <algorithm>
#include <utility>

#include "collectors/openmetrics_lint.h"
#include "collectors/page_parser.h"
#include "collectors/sample_json.h"

namespace revisitd::collectors {
namespace {

constexpr std::size_t kWidestColumn = 100;  // a longer series pushes its own value aside only

class JsonLines : public SampleSink {
 public:
  void sample(const SampleView& sample) override { lines_.push_back(sample_json(sample)); }
  void native_histogram(const SampleView& sample, const NativeHistogram& histogram) override {
    lines_.push_back(native_histogram_json(sample, histogram));
  }
  void print(const std::function<void(std::string_view)>& print) const {
    for (const std::string& line : lines_) print(line);
  }

 private:
  std::vector<std::string> lines_;
};

class Columns : public SampleSink {
 public:
  void sample(const SampleView& sample) override { add(sample, value_text(sample.value)); }
  void native_histogram(const SampleView& sample, const NativeHistogram& histogram) override {
    add(sample, native_histogram_text(histogram));
  }
  void print(const std::function<void(std::string_view)>& print) const {
    std::size_t width = 0;
    for (const Row& row : rows_) {
      if (row.series.size() <= kWidestColumn) width = std::max(width, row.series.size());
    }
    for (const Row& row : rows_) {
      const std::size_t gap = width > row.series.size() ? width - row.series.size() : 0;
      // A page may hold anything; a terminal may not.
      print(printable(row.series) + std::string(gap + 1, ' ') + row.value);
    }
  }

 private:
  void add(const SampleView& sample, std::string value) {
    if (sample.timestamp_ms) value += " @" + seconds_text(*sample.timestamp_ms);
    rows_.push_back({series_text(sample), std::move(value)});
  }

  struct Row {
    std::string series;
    std::string value;
  };
  std::vector<Row> rows_;
};

template <class Lines>
std::vector<Diagnostic> print_as(std::string_view text, const PrintOptions& options,
                                 const std::function<void(std::string_view)>& print) {
  Lines lines;
  PageParser parser(options.strict ? ExpositionFormat::openmetrics : options.format, lines,
                    print_limits());
  auto status = parser.feed(text);
  if (status) status = parser.finish();
  if (!status) return {to_diagnostic(status.error(), options.file)};
  lines.print(print);
  if (options.strict) return lint_openmetrics(text, options.file);
  return {};
}

}  // namespace

ExpositionLimits print_limits() {
  ExpositionLimits limits;
  limits.samples = 10'000'000;
  limits.labels = 1'000;
  limits.metric_name_bytes = limits.label_name_bytes = limits.label_value_bytes = 1 << 20;
  limits.line_bytes = 16 << 20;
  limits.native_buckets = 10'000'000;
  return limits;
}

std::vector<Diagnostic> print_page(std::string_view text, const PrintOptions& options,
                                   const std::function<void(std::string_view)>& print) {
  return options.json ? print_as<JsonLines>(text, options, print)
                      : print_as<Columns>(text, options, print);
}

}  // namespace revisitd::collectors
