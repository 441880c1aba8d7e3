#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/exposition_format.h"
#include "collectors/label_view.h"
#include "collectors/native_histogram.h"
#include "rules/diagnostic.h"
#include "rules/result.h"

// What a page of metrics consists of, what can be wrong with it, and who receives it.
// ExpositionParser (exposition_parser.h) reads a text page, ProtobufParser (protobuf_parser.h) one
// of messages.
namespace revisitd::collectors {

// Bounds on what a page may hold; a page beyond one of them fails as a whole, with that bound
// named.
struct ExpositionLimits {
  std::size_t samples = 50'000;  // wanted or not, but for those that the sink drops
  std::size_t labels = 64;       // of one sample
  std::size_t metric_name_bytes = 1024;
  std::size_t label_name_bytes = 128;
  std::size_t label_value_bytes = 1024;
  std::size_t line_bytes = 128 * 1024;  // comments too; bounds what is kept between two pieces
  std::size_t native_buckets = 65'536;  // populated ones, of all native histograms of a page
};

enum class PageFault {
  syntax,                // a line that the format does not know
  html,                  // a web page in the place of metrics
  cut_off,               // an OpenMetrics page without its "# EOF"
  too_many_samples,      // beyond ExpositionLimits::samples
  too_many_labels,       // ::labels
  metric_name_too_long,  // ::metric_name_bytes
  label_name_too_long,   // ::label_name_bytes
  label_value_too_long,  // ::label_value_bytes
  line_too_long,         // ::line_bytes
  too_many_buckets,      // ::native_buckets
};

// The enumerator's own spelling, for metrics and logs.
std::string_view page_fault_name(PageFault fault);

// Why a page was lost. The place is where reading stopped; the message says what was expected and
// found there and holds no more than 60 bytes of the page; `source` is the offending line, cut
// after 1 KiB.
struct PageError {
  PageFault fault = PageFault::syntax;
  Place place;
  std::string message;
  std::string source;

  friend bool operator==(const PageError&, const PageError&) = default;
};

Diagnostic to_diagnostic(const PageError& error, std::string file);

using PageStatus = Result<Ok, PageError>;

// What a lint needs of the exemplar behind a sample; the rest of it is checked and dropped.
struct ExemplarView {
  double value = 0;
  std::size_t label_characters = 0;  // code points of all its label names and values together
};

// One sample. Everything is valid during the call only.
struct SampleView {
  std::string_view name;  // not empty, valid UTF-8
  LabelSpan
      labels;  // in page order, unescaped; a page may repeat names, and may call one "__name__"
  std::string_view series;                   // name and labels as they stand on the page
  double value = 0;                          // NaN and infinities as they come
  std::optional<std::int64_t> timestamp_ms;  // Unix epoch, where the page gives one
  std::optional<ExemplarView> exemplar;      // OpenMetrics only
  int line = 0;                              // 1-based
};

// What stands behind "# TYPE"; the text format says `unknown` as "untyped".
enum class MetricType {
  unknown,
  counter,
  gauge,
  histogram,
  gaugehistogram,
  summary,
  info,
  stateset
};

// The spelling of OpenMetrics: "unknown", "counter", …
std::string_view metric_type_name(MetricType type);

struct MetadataView {
  enum class Kind { type, help, unit };

  Kind kind = Kind::help;
  std::string_view family;                // as on the page, unescaped
  std::string_view text;                  // behind the name and its blank, as on the page
  MetricType type = MetricType::unknown;  // when kind is type
  int line = 0;                           // 1-based
};

// What a sink wants done with a series whenever it meets the same bytes again on a later page.
using SeriesMark = std::int32_t;
inline constexpr SeriesMark kUnmarked = -1;    // call sample() again
inline constexpr SeriesMark kSkipSeries = -2;  // do nothing
inline constexpr SeriesMark kDropSeries = -3;  // the same, and it counts for no limit on samples

// The value part of a sample whose series is known by its mark.
struct Reading {
  double value = 0;
  std::optional<std::int64_t> timestamp_ms;
  int line = 0;
};

// Receives what a page holds, in page order. Nothing of a page may be used before finish() has said
// that all of it was good.
class SampleSink {
 public:
  virtual ~SampleSink() = default;

  // Whether any sample of this metric is of use; asked once per run of lines with the same name.
  virtual bool wants(std::string_view /*name*/) { return true; }
  virtual void sample(const SampleView& sample) = 0;
  // A native histogram, ahead of the samples that it consists of otherwise; `sample` has its name,
  // labels and time, and the number of observations as its value.
  virtual void native_histogram(const SampleView& /*sample*/,
                                const NativeHistogram& /*histogram*/) {}
  // Of text only when every line is read (ExpositionScan::every_line), of protobuf for every family
  // of which some sample is wanted.
  virtual void metadata(const MetadataView& /*metadata*/) {}

  // Whether rules dropped what came last, so that it counts for no limit on samples. Asked where
  // there is no page memory.
  [[nodiscard]] virtual bool dropped() const { return false; }

  // With a page memory: asked after sample() for a mark ≥ 0 of the sink's own, kSkipSeries,
  // kDropSeries or kUnmarked.
  virtual SeriesMark mark(const SampleView& /*sample*/) { return kUnmarked; }
  // With a page memory: takes the place of sample() for a series with a mark ≥ 0.
  virtual void reading(SeriesMark /*mark*/, const Reading& /*reading*/) {}
};

}  // namespace revisitd::collectors
