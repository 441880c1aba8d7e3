#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/exposition.h"
#include "collectors/protobuf_cutter.h"
#include "collectors/protobuf_samples.h"

namespace revisitd::collectors {

// Reads one page of protobuf metrics: io.prometheus.client.MetricFamily messages, each behind its
// length as a varint, fed in pieces as they come from the wire. What is found is handed to a sink
// as a text page of the same metrics would be, in page order: a summary as its quantiles, _sum and
// _count, a histogram as its _bucket series (`le` in the spelling of OpenMetrics, +Inf added where
// it is missing), _sum and _count; ahead of them comes the native histogram, if it has one
// (SampleSink::native_histogram). SampleView::series stays empty, its line is 1. Help and type of a
// family come ahead of its samples.
//
// The sink is asked once per family for each series that its metrics may consist of. Families of
// which it wants none are skipped unread but for what precedes their metrics; of the others all is
// read and checked but native histograms whose plain name is not wanted. Exemplars are dropped,
// only their length is looked at. Fields that the schema does not know are passed over; a known one
// in a wire type that is not its own is an error.
//
// As in Prometheus, a family without a type is a counter, one without metrics says nothing, a
// metric without the values of its family's type has zeros, and a time of 0 is none. Names may be
// any UTF-8 without NUL, as those in quotes on a text page.
//
// A place on the page is line 1 and as column the number of bytes ahead of the culprit + 1: a field
// of a family, be it a whole metric, the family's length, or the page's end. One bad byte loses the
// page. A family must have its name and type ahead of its metrics, as every encoder in the field
// writes them, for then no more than one metric is kept between two pieces: what one may be is
// ExpositionLimits::line_bytes, as for a name and a help text.
//
// Not thread-safe. In the steady state nothing is allocated per sample.
class ProtobufParser {
 public:
  // `sink` must outlive the parser.
  explicit ProtobufParser(SampleSink& sink, const ExpositionLimits& limits = {});

  // As of ExpositionParser.
  PageStatus feed(std::string_view piece);
  PageStatus finish();

  // All samples met so far of families that the sink wants, as a text page would have them, and
  // the native histograms it was given.
  [[nodiscard]] std::size_t samples_seen() const { return samples_.seen(); }

 private:
  void begin_family();
  void take_field();
  void take_bytes();
  void take_payload();
  MessageStatus begin_metrics();
  void describe();
  void fail(PageFault fault, std::string message, std::uint64_t offset);
  void fail_field(PageFault fault, std::string message);

  SampleSink& sink_;
  ExpositionLimits limits_;
  ProtobufCutter cutter_;
  ProtobufSamples samples_;
  std::optional<PageError> error_;

  // Of the family being read.
  std::string name_;
  std::string help_;
  bool has_help_ = false;
  std::int32_t type_ = 0;    // as the schema numbers them
  bool in_metrics_ = false;  // the first one was met
  ProtobufFamily family_;    // from then on
};

}  // namespace revisitd::collectors
