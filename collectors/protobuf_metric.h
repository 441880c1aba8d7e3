#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/protobuf_native.h"

namespace revisitd::collectors {

// What a Metric message says, as far as a family's type has use for it. Labels are lent from the
// message. Buffers are kept from one message to the next.
struct ProtobufMetric {
  // A quantile or a bucket's bound, and what belongs to it.
  struct Point {
    double key = 0;
    double value = 0;
  };

  std::vector<LabelView> labels;  // unchecked
  std::int64_t timestamp_ms = 0;  // Unix epoch; 0: none
  double value = 0;               // of counters, gauges and untyped metrics
  std::uint64_t count = 0;        // of summaries and histograms, as sum
  double count_float = 0;         // stands instead of it where it is above 0
  double sum = 0;
  std::vector<Point> points;
  ProtobufNative native;

  void clear();
  [[nodiscard]] double observations() const;
};

// Reads a whole message; without `native` that part of a histogram is passed over. A payload that
// is of another type is passed over, and values that are not there are 0, as Prometheus has it. An
// error is one of the wire format.
MessageStatus read_metric(std::string_view message, MetricType type, bool native,
                          ProtobufMetric& out);

}  // namespace revisitd::collectors
