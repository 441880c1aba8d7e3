#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/exposition.h"

namespace revisitd::collectors {

// Reads one page of protobuf metrics: io.prometheus.client.MetricFamily messages, each behind its
// length as a varint, fed in pieces as they come from the wire. What is found is handed to a sink
// as a text page of the same metrics would be, in page order: a summary as its quantiles, _sum and
// _count, a histogram as its _bucket series (`le` in the spelling of OpenMetrics, +Inf added where
// it is missing), _sum and _count; besides them comes the native histogram, if it has one
// (SampleSink::native_histogram). Families that the sink does not want are skipped unread; of the
// others all is read and checked. Exemplars are checked as far as their bytes go, and dropped.
//
// A place on the page is line 1 and the offset of the byte + 1 as column. One bad byte loses the
// page. A family must have its name and type ahead of its metrics, as every encoder in the field
// writes them, for then no more than one metric is kept between two pieces: what one may be is
// ExpositionLimits::line_bytes.
//
// Not thread-safe. In the steady state nothing is allocated per sample but for native histograms.
class ProtobufParser {
 public:
  // `sink` must outlive the parser.
  explicit ProtobufParser(SampleSink& sink, const ExpositionLimits& limits = {});

  // As of ExpositionParser.
  PageStatus feed(std::string_view piece);
  PageStatus finish();

  // All samples met so far of families that the sink wants, as a text page would have them.
  [[nodiscard]] std::size_t samples_seen() const { return samples_; }

 private:
  std::size_t samples_ = 0;
};

}  // namespace revisitd::collectors
